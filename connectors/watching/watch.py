"""The contract of a watch: look once, hand over what was captured, return the checkpoint to be stored with it."""

import re
from datetime import datetime, timedelta
from typing import Final, Protocol, TypeVar
from urllib.parse import urlsplit

import msgspec

from connectors.connector import ConnectorError
from connectors.watching.health import Health, Notice

_T = TypeVar("_T", bound=msgspec.Struct)
_LONGEST_WAIT: Final = timedelta(hours=6)


class Capture(msgspec.Struct, frozen=True):
    """A page or feed as its server gave it: what a person would have saved as a file.

    ``name`` is a safe file name; ``format`` a connector's name or ``auto``; the bytes are read like any export.
    """

    name: str
    url: str
    data: bytes
    format: str
    collected_at: datetime


class Polled(msgspec.Struct, frozen=True):
    """What one look brought: store ``checkpoint`` in the same step as the captures, and look again at ``next_at``."""

    checkpoint: bytes
    next_at: datetime
    captures: tuple[Capture, ...] = ()
    problem: str = ""


class Watch(Protocol):
    """A source that is looked at again and again; it stores nothing and reads no clock."""

    name: str

    @property
    def expected(self) -> timedelta:
        """The longest silence by day that is usual for it."""

    def poll(self, checkpoint: bytes, now: datetime) -> Polled:
        """Look once; ``checkpoint`` is what the last look returned, empty at first.

        A fault of the source is told in the answer, never raised.
        """

    def warning(self, checkpoint: bytes, now: datetime) -> Notice | None:
        """Return what must be said about the source at ``now``."""

    def health(self, checkpoint: bytes) -> Health:
        """Return how the source is doing."""


class Schedule(msgspec.Struct, frozen=True):
    """How often a source is looked at, and the longest silence by day that is usual for it."""

    every: timedelta = timedelta(minutes=15)
    expected: timedelta = timedelta(hours=24)
    timezone: str = "Asia/Shanghai"

    def after_failure(self, now: datetime, failures: int, retry_after: float | None = None) -> datetime:
        """Return when to try again: each failure doubles the wait, a server's own wish is never undercut."""
        wait = min(self.every * (1 << min(failures, 10)), max(_LONGEST_WAIT, self.every))
        if retry_after is not None:
            wait = max(wait, min(timedelta(seconds=retry_after), timedelta(days=1)))
        return now + wait


def load_checkpoint(checkpoint: bytes, kind: type[_T], name: str) -> _T:
    """Return a stored checkpoint, a fresh one where none was stored.

    Raises:
        ConnectorError: the bytes are no such checkpoint.
    """
    if not checkpoint:
        return kind()
    try:
        return msgspec.json.decode(checkpoint, type=kind)
    except msgspec.MsgspecError as error:
        raise ConnectorError(f"来源“{name}”的断点记录损坏；删除该断点即可从头采集（不会重复提醒）。") from error


def file_name(url: str, suffix: str) -> str:
    """Return a safe file name that tells where a capture came from."""
    parts = urlsplit(url)
    words = re.sub(r"[^A-Za-z0-9.]+", "-", f"{parts.hostname or 'page'}{parts.path}-{parts.query}").strip("-.")
    return f"{words[:120]}{suffix}"
