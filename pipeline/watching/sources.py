"""Feeds and list pages: each looked at when it is due, by a few threads, and its captures taken in."""

import threading
from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec
import structlog

from connectors.connector import ConnectorError
from connectors.watching.health import Notice, Trouble
from connectors.watching.watch import Polled, Watch
from pipeline.stores.watches import WatchStore
from pipeline.watching.spool import Spool
from pipeline.watching.state import WatchState, state_of

_log = structlog.get_logger("yuqing.watching")
_AFTER_A_FAULT = timedelta(minutes=30)


class _Place(msgspec.Struct):
    """Where one source stands: read by any thread, written by the one that looks at it."""

    key: str
    watch: Watch
    checkpoint: bytes
    next_at: datetime | None
    busy: bool = False
    broken: Notice | None = None


class Sources:
    """Every feed and list page; ``step`` may be called by several threads at once."""

    def __init__(self, watches: Sequence[tuple[str, Watch]], store: WatchStore, spool: Spool) -> None:
        self._store, self._spool = store, spool
        self._places = [_Place(key, watch, *store.load(key)) for key, watch in watches]
        self._lock = threading.Lock()

    def __bool__(self) -> bool:
        return bool(self._places)

    def step(self, now: datetime) -> bool:
        """Look at the source that has waited longest, and take in what it brought; say whether one was due.

        Raises:
            YuqingError: the pipeline has stopped or a store is broken.
        """
        place = self._due(now)
        if place is None:
            return False
        try:
            polled = self._poll(place, now)
            self._spool.take(place.key, polled)
            place.checkpoint, place.next_at = polled.checkpoint, polled.next_at
        finally:
            place.busy = False
        return True

    def _due(self, now: datetime) -> _Place | None:
        with self._lock:
            due = [
                place for place in self._places if not place.busy and (place.next_at is None or place.next_at <= now)
            ]
            if not due:
                return None
            place = min(due, key=lambda place: place.next_at.timestamp() if place.next_at else 0.0)
            place.busy = True
            return place

    def _poll(self, place: _Place, now: datetime) -> Polled:
        """Look once. A fault of our own reading is a trouble of that source and no end of all watching."""
        try:
            polled = place.watch.poll(place.checkpoint, now)
            place.broken = None
        except ConnectorError as error:  # its checkpoint is damaged: from the start, repeats are recognised
            _log.warning("checkpoint_thrown_away", watch=place.key)
            place.broken = Notice(Trouble.FAILING, str(error), now)
            return Polled(b"", now)
        except Exception as error:  # noqa: BLE001 (whatever a page does to a parser)
            _log.error("watch_failed", watch=place.key, error=type(error).__name__)
            text = f"读取时程序出错（{type(error).__name__}），半小时后再试；详见日志"
            place.broken = Notice(Trouble.FAILING, text, now)
            return Polled(place.checkpoint, now + _AFTER_A_FAULT)
        if polled.problem:
            _log.info("watch_problem", watch=place.key)
        return polled

    def states(self, now: datetime) -> list[WatchState]:
        """Return how each source is doing."""
        return [
            state_of(place.key, place.watch, place.checkpoint, place.next_at, now, place.broken)
            for place in self._places
        ]
