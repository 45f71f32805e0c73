"""How a watched source is doing, and when to say a word: a night is no silence, an empty success is one."""

from datetime import datetime, time, timedelta
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

import msgspec

_DAY_BEGINS: Final = time(7)
_DAY_ENDS: Final = time(23)
_LONGEST: Final = timedelta(days=60)
_FAILURES: Final = 3  # in a row, before a word is said


class Trouble(StrEnum):
    """What is wrong with a source; a closed set, used as a metric label."""

    SILENT = "silent"  # nothing new for longer than expected
    EMPTY = "empty"  # answers, but holds nothing although it always held something
    FAILING = "failing"  # cannot be fetched
    UNREADABLE = "unreadable"  # brings what no connector can read


class Notice(msgspec.Struct, frozen=True):
    """What to tell about a source, in Chinese, and since when."""

    trouble: Trouble
    text: str
    since: datetime


class Health(msgspec.Struct, frozen=True, omit_defaults=True):
    """What the last looks at a source found."""

    watched_since: datetime | None = None
    last_success: datetime | None = None
    last_new: datetime | None = None
    failures: int = 0  # in a row
    empty_since: datetime | None = None  # answers hold nothing since then
    held_something: bool = False
    problem: str = ""

    def succeeded(self, now: datetime, *, held: int, new: int) -> "Health":
        """Return the health after an answer that held so many entries, so many of them new."""
        empty = self.held_something and held == 0
        return msgspec.structs.replace(
            self,
            watched_since=self.watched_since or now,
            last_success=now,
            last_new=now if new else self.last_new,
            failures=0,
            empty_since=(self.empty_since or now) if empty else None,
            held_something=self.held_something or held > 0,
            problem="",
        )

    def failed(self, now: datetime, problem: str) -> "Health":
        """Return the health after a look that failed."""
        return msgspec.structs.replace(
            self, watched_since=self.watched_since or now, failures=self.failures + 1, problem=problem
        )

    def warning(self, expected: timedelta, now: datetime, timezone: str = "Asia/Shanghai") -> Notice | None:
        """Return what must be said of the source at ``now``; ``expected`` is the longest usual silence by day."""
        since = self.last_new or self.watched_since
        if since is None:
            return None
        if self.failures >= _FAILURES:
            reached = self.last_success or since
            return Notice(Trouble.FAILING, f"连续 {self.failures} 次采集失败：{self.problem}", reached)
        if self.empty_since is not None:
            return Notice(
                Trouble.EMPTY, "能访问但取不到任何条目，以前一直有；可能改版、登录失效或被限制。", self.empty_since
            )
        if by_day(since, now, timezone) > expected:
            hours = (now - since).total_seconds() / 3600
            return Notice(Trouble.SILENT, f"已 {hours:.0f} 小时没有新内容，超过预期间隔。", since)
        return None


def by_day(since: datetime, until: datetime, timezone: str) -> timedelta:
    """Return how much of the time between lies in the hours in which people publish (7 to 23, local time)."""
    zone = ZoneInfo(timezone)
    start, end = max(since, until - _LONGEST).astimezone(zone), until.astimezone(zone)
    total = timedelta(0)
    day = start.date()
    while day <= end.date():
        opens, closes = datetime.combine(day, _DAY_BEGINS, zone), datetime.combine(day, _DAY_ENDS, zone)
        total += max(min(closes, end) - max(opens, start), timedelta(0))
        day += timedelta(days=1)
    return total
