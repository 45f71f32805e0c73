"""Moments as people write them on the command line."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from pipeline.errors import ConfigError

_DATE = len("2026-11-20")


def moments(since: str, until: str, timezone: str) -> tuple[datetime | None, datetime | None]:
    """Return both ends of a span of time; a date alone counts as a whole day, a time without a zone is local.

    Raises:
        ConfigError: one or both cannot be read, or the span is empty.
    """
    faults: list[str] = []
    ends: list[datetime | None] = []
    for name, written, whole_day in (("--since", since, timedelta()), ("--until", until, timedelta(days=1))):
        moment = None
        try:
            if written:
                moment = datetime.fromisoformat(written)
                moment += whole_day if len(written) <= _DATE else timedelta()
                moment = moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(timezone))
        except (ValueError, OverflowError):
            faults.append(f"{name} {written!r} 不是时间：请写成 2026-11-20 或 2026-11-20T08:00+08:00")
        ends.append(moment)
    first, end = ends
    if first is not None and end is not None and first >= end:
        faults.append(f"--since {since} 不早于 --until {until}：时段是空的")
    if faults:
        raise ConfigError("\n".join(faults))
    return first, end
