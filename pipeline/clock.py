"""The product's one clock: the machine's, one set back to a start (演示时钟), or one that stands still."""

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]


def real() -> datetime:
    """Return the machine's time, aware, UTC."""
    return datetime.now(UTC)


def started_at(start: datetime) -> Clock:
    """Return a clock that shows ``start`` now and runs on from there."""
    offset = start - real()
    return lambda: real() + offset


def standing_at(moment: datetime) -> Clock:
    """Return a clock that always shows the same moment."""
    return lambda: moment
