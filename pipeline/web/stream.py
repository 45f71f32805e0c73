"""The live stream: the ledger's feed as server-sent events, resumed by number with no gap and no double.

A client is served from the ledger itself, at its own pace: nothing is queued for it, so a slow one costs no memory and
delays nobody. One thread waits for news on behalf of all.
"""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable

import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from pipeline.desk import Desk
from pipeline.web import views

HEARTBEAT = 5.0  # seconds between signs of life; the page takes four missed ones for a dead stream
_STUCK = 30.0  # seconds after which a client that takes nothing is let go; it resumes when it comes back
_BATCH = 100
_MOST, _MOST_EACH = 200, 5
RECHECK = 60.0  # seconds between two looks whether the visitor may still come in


class TooManyStreamsError(Exception):
    """No further stream can be opened, for all or for this visitor."""


class Broadcaster:
    """Wakes every open stream when the feed grows, and counts the streams."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._waiting: set[asyncio.Event] = set()
        self._open: dict[str, int] = {}
        self._stop = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread = threading.Thread(target=self._watch, name="broadcast", daemon=True)

    def start(self) -> None:
        """Begin to wait for news; to be called in the event loop that serves."""
        self._loop = asyncio.get_running_loop()
        self._thread.start()

    def stop(self) -> None:
        """End every stream and the thread."""
        self._stop.set()
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._wake)
        self._thread.join(timeout=5)

    @property
    def stopping(self) -> bool:
        """Whether the streams should end."""
        return self._stop.is_set()

    def _watch(self) -> None:
        seen = self._desk.last_seq()
        while not self._stop.is_set():
            if self._desk.wait(seen, timeout=0.5):
                seen = self._desk.last_seq()
                if self._loop is not None:
                    self._loop.call_soon_threadsafe(self._wake)

    def _wake(self) -> None:
        for event in self._waiting:
            event.set()

    def enter(self, name: str) -> None:
        """Count a stream in.

        Raises:
            TooManyStreamsError: there are too many.
        """
        if sum(self._open.values()) >= _MOST or self._open.get(name, 0) >= _MOST_EACH:
            raise TooManyStreamsError
        self._open[name] = self._open.get(name, 0) + 1

    def leave(self, name: str) -> None:
        """Count a stream out."""
        self._open[name] -= 1
        if not self._open[name]:
            del self._open[name]

    async def follow(self, after: int) -> AsyncIterator[bytes]:
        """Yield the events behind a number for ever, and a sign of life while there are none."""
        news = asyncio.Event()
        self._waiting.add(news)
        try:
            while not self.stopping:
                news.clear()
                events = await run_in_threadpool(self._desk.feed, after, _BATCH)
                if events:
                    after = events[-1].seq
                    yield b"".join(_frame("alert", views.event_out(event), event.seq) for event in events)
                    continue
                yield _frame("status", await run_in_threadpool(self._desk.status))
                try:
                    await asyncio.wait_for(news.wait(), HEARTBEAT)
                except TimeoutError:
                    continue
        finally:
            self._waiting.discard(news)


def _frame(event: str, data: msgspec.Struct, seq: int | None = None) -> bytes:
    head = b"" if seq is None else b"id: %d\n" % seq
    return head + b"event: " + event.encode() + b"\ndata: " + msgspec.json.encode(data) + b"\n\n"


def start_of(header: str | None, query: int | None, last: int) -> tuple[int, bool]:
    """Return the number to go on from, and whether the client must load its list anew.

    A number that we never gave (not a number, or beyond the newest: the ledger is another one) cannot be resumed.
    """
    if header is None and query is None:
        return last, False
    try:
        after = int(header if header is not None else query or 0)
    except ValueError:
        return last, True
    return (after, False) if 0 <= after <= last else (last, True)


class EventStream(Response):
    """An answer of server-sent events that lets go of a client that takes nothing or may no longer come in."""

    def __init__(
        self,
        broadcaster: Broadcaster,
        name: str,
        after: int,
        *,
        reset: bool,
        still_known: Callable[[], bool],
        recheck: float = RECHECK,
    ) -> None:
        super().__init__()
        self._broadcaster, self._name, self._after, self._reset = broadcaster, name, after, reset
        self._still_known, self._recheck = still_known, recheck

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve until the client goes, the session ends or the server stops."""
        headers = [
            (b"content-type", b"text/event-stream; charset=utf-8"),
            (b"cache-control", b"no-store"),
            (b"x-accel-buffering", b"no"),
        ]
        try:
            await send({"type": "http.response.start", "status": 200, "headers": headers})
            gone = asyncio.create_task(_gone(receive))
            pump = asyncio.create_task(self._pump(send))
            await asyncio.wait((gone, pump), return_when=asyncio.FIRST_COMPLETED)
            for task in (gone, pump):
                task.cancel()
            await asyncio.gather(gone, pump, return_exceptions=True)
        finally:
            self._broadcaster.leave(self._name)

    async def _pump(self, send: Send) -> None:
        async def give(body: bytes, *, more: bool = True) -> None:
            await asyncio.wait_for(send({"type": "http.response.body", "body": body, "more_body": more}), _STUCK)

        await give(b"retry: 2000\n\n")
        if self._reset:
            await give(b"id: %d\nevent: reset\ndata: {}\n\n" % self._after)
        loop = asyncio.get_running_loop()
        checked = loop.time()
        async for body in self._broadcaster.follow(self._after):
            if loop.time() - checked >= self._recheck:
                if not await run_in_threadpool(self._still_known):
                    break
                checked = loop.time()
            await give(body)
        await give(b"", more=False)


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
