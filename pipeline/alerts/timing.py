"""When a notification goes out: at once at the top tier and for what got worse, else grouped and spaced."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from classifiers.assessment import Severity
from pipeline.records import AlertReason

_WORSE = {
    AlertReason.SEVERITY_RAISED,
    AlertReason.GRADE_RAISED,
    AlertReason.CLOCK_WARNING,
    AlertReason.DIRECTIVE,
    AlertReason.ESCALATED,
}


@dataclass(frozen=True, slots=True)
class Timing:
    """How long notifications are held back; the page is never held back."""

    group: timedelta = timedelta(seconds=30)  # the first one waits so long for what follows at once
    interval: timedelta = timedelta(minutes=5)  # between two of one matter to one channel

    def due(self, severity: Severity | None, reason: AlertReason, now: datetime, last: datetime | None) -> datetime:
        """Return when a notification is due, given when the channel was last sent one of the same matter."""
        if severity is Severity.MAJOR_EMERGENCY or reason in _WORSE:
            return now
        if last is None:
            return now + self.group
        return max(now + self.group, last + self.interval)


def wait_after(attempts: int) -> timedelta:
    """Return how long to wait after a number of failed attempts: 2 s doubling to 10 minutes, without end."""
    return timedelta(seconds=min(2.0 * 2 ** min(attempts - 1, 20), 600.0))
