"""Counts as platforms print them: 「1.2万」, 「100万+」, 「3,417」; empty is unknown, never nought."""

import re
import unicodedata
from typing import NamedTuple

from connectors.mention import Engagement

_UNITS = {
    "": 1,
    "千": 10**3,
    "k": 10**3,
    "万": 10**4,
    "w": 10**4,
    "百万": 10**6,
    "m": 10**6,
    "千万": 10**7,
    "亿": 10**8,
}
_COUNT = re.compile(
    r"(?<![\d.])(\d{1,3}(?:,\d{3})+|\d+)(\.\d+)?\s*(百万|千万|[千万亿kwm])?\s*(\+|以上|余)?", re.IGNORECASE
)
_LARGEST = 10**12


class Count(NamedTuple):
    """A count, None where unknown; ``lower_bound`` where it was written as 「100万+」."""

    value: int | None = None
    lower_bound: bool = False


def read_count(value: object) -> Count:
    """Return the first count in ``value`` (a number, or text as a page shows it); nonsense is unknown."""
    if isinstance(value, bool) or value is None:
        return Count()
    if isinstance(value, int | float):
        return Count(int(value)) if 0 <= value <= _LARGEST else Count()
    text = unicodedata.normalize("NFKC", str(value)).strip()
    match = None if text.startswith("-") else _COUNT.search(text)
    if match is None:
        return Count()
    whole, fraction, unit, more = match.groups()
    if len(whole) > len(str(_LARGEST)):
        return Count()
    factor = _UNITS[(unit or "").lower()]
    digits = (fraction or ".")[1:]
    number = int(whole.replace(",", "") + digits) * factor // 10 ** len(digits)
    return Count(number, more is not None) if number <= _LARGEST else Count()


def engagement(
    *, reposts: object = None, comments: object = None, likes: object = None, reads: object = None
) -> Engagement:
    """Return an ``Engagement`` from four counts in any form that ``read_count`` takes."""
    reposted, commented, liked, read = (read_count(value) for value in (reposts, comments, likes, reads))
    bound = any(count.lower_bound for count in (reposted, commented, liked, read))
    return Engagement(reposted.value, commented.value, liked.value, read.value, lower_bound=bound)


def highest(first: Engagement, second: Engagement) -> Engagement:
    """Return the higher of two readings of the same post, count by count; the later reading never lowers one."""

    def larger(one: int | None, other: int | None) -> int | None:
        return max((value for value in (one, other) if value is not None), default=None)

    return Engagement(
        larger(first.reposts, second.reposts),
        larger(first.comments, second.comments),
        larger(first.likes, second.likes),
        larger(first.reads, second.reads),
        lower_bound=first.lower_bound or second.lower_bound,
    )
