"""How a watched source is doing, for the page and the metrics."""

from datetime import datetime
from typing import Protocol

import msgspec

from connectors.watching.health import Health, Notice, Trouble


class WatchState(msgspec.Struct, frozen=True):
    """One source: ``kind`` is folder, feed or page; ``trouble`` and ``text`` say what is wrong, if anything."""

    kind: str
    name: str
    place: str
    last_success: datetime | None
    last_new: datetime | None
    next_at: datetime | None
    trouble: Trouble | None = None
    text: str = ""
    since: datetime | None = None


class _Told(Protocol):
    @property
    def name(self) -> str: ...

    def warning(self, checkpoint: bytes, now: datetime) -> Notice | None: ...

    def health(self, checkpoint: bytes) -> Health: ...


def state_of(
    key: str, watch: _Told, checkpoint: bytes, next_at: datetime | None, now: datetime, broken: Notice | None = None
) -> WatchState:
    """Return the state of a watch by its checkpoint; ``broken`` goes before what the watch itself says."""
    kind, _, place = key.partition(" ")
    health = watch.health(checkpoint)
    notice = broken or watch.warning(checkpoint, now)
    said = (None, "", None) if notice is None else (notice.trouble, notice.text, notice.since)
    return WatchState(kind, watch.name, place, health.last_success, health.last_new, next_at, *said)
