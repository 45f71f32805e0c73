"""When a notification goes out: at once at the top tier and for what got worse, else grouped and spaced."""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta, tzinfo

from classifiers.assessment import Severity
from pipeline.records import AlertReason, Grade

_WORSE = {
    AlertReason.SEVERITY_RAISED,
    AlertReason.GRADE_RAISED,
    AlertReason.CLOCK_WARNING,
    AlertReason.DIRECTIVE,
    AlertReason.ESCALATED,
}
_GRAVE = {Grade.PARTICULARLY_MAJOR, Grade.MAJOR}


@dataclass(frozen=True, slots=True)
class Timing:
    """How long notifications are held back; the page is never held back.

    ``quiet`` are the hours from and to which only what cannot wait goes out: the top tier, the grades with the short
    clock, and a deadline that is over (they fail open). ``zone`` is that of the quiet hours.
    """

    group: timedelta = timedelta(seconds=30)  # the first one waits so long for what follows at once
    interval: timedelta = timedelta(minutes=5)  # between two of one matter to one channel
    digest: timedelta = timedelta(minutes=30)  # a digest goes out at each full one
    quiet: tuple[time, time] | None = None
    zone: tzinfo = UTC

    def due(
        self,
        severity: Severity | None,
        reason: AlertReason,
        now: datetime,
        last: datetime | None,
        *,
        grade: Grade | None = None,
        overdue: bool = False,
        digest: bool = False,
    ) -> datetime:
        """Return when a notification is due, given when the channel was last sent one of the same matter."""
        if severity is Severity.MAJOR_EMERGENCY or grade in _GRAVE or overdue:
            return now
        if reason in _WORSE:
            return self._after_quiet(now)
        if digest:
            return self._after_quiet(self._full(now))
        waited = now + self.group
        return self._after_quiet(waited if last is None else max(waited, last + self.interval))

    def _full(self, now: datetime) -> datetime:
        """Return the next full interval of the digest."""
        length = self.digest.total_seconds()
        return datetime.fromtimestamp((now.timestamp() // length + 1) * length, UTC)

    def _after_quiet(self, at: datetime) -> datetime:
        if self.quiet is None:
            return at
        begins, ends = self.quiet
        local = at.astimezone(self.zone)
        clock = local.time()
        overnight = begins > ends
        if not (clock >= begins or clock < ends if overnight else begins <= clock < ends):
            return at
        end = local.replace(hour=ends.hour, minute=ends.minute, second=0, microsecond=0)
        if overnight and clock >= begins:
            end += timedelta(days=1)
        return end.astimezone(UTC)


def wait_after(attempts: int) -> timedelta:
    """Return how long to wait after a number of failed attempts: 2 s doubling to 10 minutes, without end."""
    return timedelta(seconds=min(2.0 * 2 ** min(attempts - 1, 20), 600.0))
