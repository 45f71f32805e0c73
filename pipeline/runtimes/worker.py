"""The groups as Faust agents: a thin driver that only carries batches to an engine and acknowledges what is done.

Faust decides nothing here. Its records are bytes; an agent's body never raises; a batch is acknowledged whole once the
engine says that it is done, and never in part. What cannot go on ends the process (``EXIT``) without acknowledging
anything, and its supervisor starts it anew.
"""

import asyncio
import os
import signal
import socket
import threading
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import faust
import structlog
from faust.types import TP

from pipeline.broker.connection import Connection
from pipeline.broker.reader import Lag
from pipeline.errors import StoppedError, TransientError
from pipeline.flow import consumed_by
from pipeline.runtimes.belt import BeltedTransport, pause_between_failed_metadata_updates
from pipeline.runtimes.engine import Engine, Taken

_log = structlog.get_logger("yuqing.worker")

EXIT = 75  # to be started anew (EX_TEMPFAIL)
MOST = 16  # records at once: a thousand mentions, well under a second of work
WITHIN = 0.01  # seconds that a batch waits for more
_PATIENCE = 10.0  # seconds for an orderly stop
_LOOK = 5.0
_STUCK, _IDLE = 60.0, 120.0  # seconds without progress, or without a partition, until the process gives up


class Worker:
    """One process of a group."""

    def __init__(self, connection: Connection, engine: Engine, name: str, folder: Path, stopping: threading.Event):
        """Take the brokers, what to do with a batch, a name that stays over restarts, and a folder for Faust."""
        pause_between_failed_metadata_updates()
        self._connection, self._engine, self._stopping = connection, engine, stopping
        self._topic = consumed_by(engine.group)
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="engine")
        self.app = faust.App(connection.group(engine.group), **self._options(name, folder))
        self.app.transport = BeltedTransport(self.app.conf.broker_consumer, self.app)
        source = self.app.topic(
            connection.topic(self._topic),
            key_type=bytes,
            value_type=bytes,
            key_serializer="raw",
            value_serializer="raw",
        )
        self.app.agent(source, name=engine.group.value, concurrency=1)(self._agent)

    def _options(self, name: str, folder: Path) -> Mapping[str, Any]:
        given = self._connection.settings
        return {
            "broker": [f"kafka://{broker}" for broker in given.brokers],
            "broker_credentials": self._credentials(),
            "store": "memory://",
            "datadir": folder,
            "autodiscover": False,
            "web_enabled": False,
            "topic_disable_leader": True,
            "topic_allow_declare": False,
            "consumer_group_instance_id": f"{socket.gethostname()}-{name}",
            "consumer_auto_offset_reset": "earliest",
            "consumer_metadata_max_age_ms": 5000,
            "consumer_max_fetch_size": 4 << 20,
            "broker_commit_interval": given.commit_seconds,
            "broker_session_timeout": given.session_seconds,
            "broker_heartbeat_interval": given.session_seconds / 4,
            "broker_max_poll_interval": 86_400.0,  # a sink may be away for hours; the watchdog knows better
            "stream_wait_empty": True,
            "stream_buffer_maxsize": 4 * MOST,
            "worker_redirect_stdouts": False,
        }

    def _credentials(self) -> Any:
        given, tls = self._connection.settings, self._connection.tls
        if given.sasl:
            return faust.SASLCredentials(
                username=given.username, password=self._connection.password, mechanism=given.sasl, ssl_context=tls
            )
        return None if tls is None else faust.SSLCredentials(context=tls)

    async def _agent(self, stream: Any) -> None:
        loop = asyncio.get_running_loop()
        async for events in stream.noack_take(MOST, within=WITHIN):
            batch = [
                Taken(self._topic, event.message.partition, event.message.offset, event.value or b"")
                for event in events
            ]
            try:
                await loop.run_in_executor(self._pool, self._engine.work, batch)
            except StoppedError:
                leave("stopped_in_a_batch")
            except BaseException as error:  # noqa: BLE001 (an agent that raises loses its batch)
                leave("engine_failed", error=type(error).__name__)
            for event in events:
                await stream.ack(event)

    async def run(self) -> None:
        """Work until SIGTERM or SIGINT; the batch in hand is finished, if that does not take too long."""
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stop.set)
        self.app.finalize()
        try:
            await self.app.start()
        except Exception as error:  # noqa: BLE001 (the brokers are away, whatever the client calls it)
            leave("cannot_start", error=type(error).__name__)
        threading.Thread(target=self._watch, name="watchdog", daemon=True).start()
        _log.info("worker_started", group=self._engine.group.value)
        while not stop.is_set() and not self.app.should_stop:
            await asyncio.wait([asyncio.ensure_future(stop.wait())], timeout=0.5)
        if not stop.is_set():
            leave("faust_crashed")
        threading.Timer(_PATIENCE, leave, ["stop_took_too_long"]).start()
        if self._engine.waits_for():  # it waits for something outside: it would not come to an end by itself
            self._stopping.set()
        await self.app.stop()
        _log.info("worker_stopped", group=self._engine.group.value)
        os._exit(0)  # the timer and the client's threads end with the process

    def _watch(self) -> None:
        """Leave where nothing moves although there is work, or where no partition is given to us."""
        lag: Lag | None = None
        moved = assigned = time.monotonic()
        before: dict[TP, int] = {}
        while True:
            time.sleep(_LOOK)
            ours = self.app.consumer.assignment()
            now = time.monotonic()
            try:
                lag = lag or Lag(self._connection)
                ends = lag.ends(self._topic, 1 + max((place.partition for place in ours), default=0))
                done = lag.committed(self._engine.group)
            except TransientError:
                lag, moved, assigned = None, now, now  # the brokers are away: nobody moves
                continue
            after = {place: done.get((place.topic, place.partition), 0) for place in ours}
            waits = any(offset < ends[place.partition] for place, offset in after.items())
            if after != before or not waits or self._engine.waits_for():
                before, moved = after, now
            if ours:
                assigned = now
            if now - moved > _STUCK:
                leave("no_progress")
            if now - assigned > _IDLE:
                leave("no_partition")


def leave(why: str, **more: str) -> None:
    """End the process at once, acknowledging nothing more."""
    _log.error("worker_leaves", why=why, **more)
    os._exit(EXIT)
