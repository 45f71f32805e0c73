"""敏感时间节点 (闽政办〔2016〕173号 二): public holidays, sessions and the deployment's own dates, years ahead."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from functools import lru_cache

import msgspec

_HABIT = "按惯例，以公告为准"
_FIXED = (
    ("消费者权益日", (3, 15), (3, 15), "每年 3 月 15 日"),
    ("全国两会", (3, 3), (3, 12), _HABIT),
    ("高考", (6, 7), (6, 9), _HABIT),
    ("烈士纪念日", (9, 30), (9, 30), "全国人大常委会决定（2014）"),
    ("国家公祭日", (12, 13), (12, 13), "全国人大常委会决定（2014）"),
)
_REST = "休息日"


class Occasion(msgspec.Struct, frozen=True):
    """A sensitive time from the first to the last day, both within it, and where that stands."""

    name: str
    first: date
    last: date
    basis: str

    def __str__(self) -> str:
        """Return it as people read it."""
        if self.first == self.last:
            return f"{self.name}（{self.first.month}月{self.first.day}日）"
        return f"{self.name}（{self.first.month}月{self.first.day}日至{self.last.month}月{self.last.day}日）"


def attention(day: date, own: Sequence[Occasion] = (), days_before: int = 1) -> tuple[Occasion, ...]:
    """Return the sensitive times that a day lies in, or that begin within ``days_before`` days."""
    years = {day.year, (day + timedelta(days=days_before)).year}
    known = [*own, *(occasion for year in sorted(years) for occasion in occasions(year))]
    ahead = timedelta(days=days_before)
    return tuple(occasion for occasion in known if occasion.first - ahead <= day <= occasion.last)


@lru_cache(maxsize=8)
def occasions(year: int) -> tuple[Occasion, ...]:
    """Return a year's public holidays, the lunar ones computed, and what returns each year on fixed days."""
    fixed = (Occasion(name, date(year, *first), date(year, *last), basis) for name, first, last, basis in _FIXED)
    return tuple(sorted((*_holidays(year), *fixed), key=lambda occasion: occasion.first))


def _holidays(year: int) -> Iterator[Occasion]:
    """Join days off that follow each other, exchanged working days included, under the holidays' names."""
    from holidays.countries.china import China  # noqa: PLC0415 (loads slowly, and not every command needs it)

    off: dict[date, str] = dict(China(years=year, language="zh_CN"))  # type: ignore[no-untyped-call]
    block: list[date] = []
    for day in [*sorted(off), date.max]:
        if block and not _only_a_weekend_between(block[-1], day):
            names = dict.fromkeys(
                name.removesuffix("（补假）")
                for each in block
                for name in off[each].split("; ")
                if not name.startswith(_REST)
            )
            if names:
                yield Occasion("、".join(names), block[0], block[-1], "全国年节及纪念日放假办法")
            block = []
        block.append(day)


def _only_a_weekend_between(one: date, other: date) -> bool:
    days = (other - one).days
    return days <= 3 and all((one + timedelta(days=number)).weekday() >= 5 for number in range(1, days))
