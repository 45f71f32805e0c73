"""The systems of government departments as data: their names at each level, what they look after, what they were."""

from collections.abc import Iterator, Mapping
from functools import cache
from importlib import resources

import msgspec


class System(msgspec.Struct, frozen=True):
    """One line of business from the ministry down; the first name of each level is the formal one.

    ``vertical`` is ``central`` where the local bodies answer to their own superior (税务, 海关 …), ``county`` where
    only those of the counties do, else empty. ``cues`` are words of the matters that it looks after.
    """

    name: str
    vertical: str
    national: tuple[str, ...]
    provincial: tuple[str, ...]
    local: tuple[str, ...]
    cues: tuple[str, ...]


class Former(msgspec.Struct, frozen=True):
    """What became of a body that a reform renamed, merged or split, and by which document."""

    systems: tuple[str, ...]
    year: str
    became: str
    source: str


class Listed(msgspec.Struct, frozen=True):
    """One of the twenty-three departments of 鲁政办发〔2014〕8号's annex and who does its work now."""

    name: str
    systems: tuple[str, ...]
    now: str
    year: str
    source: str


def _rows(name: str, columns: int) -> Iterator[list[str]]:
    text = resources.files("pipeline.places.data").joinpath(name).read_text("utf-8")
    for line in text.splitlines():
        if line and not line.startswith("#"):
            cells = line.split("\t")
            yield cells + [""] * (columns - len(cells))


@cache
def systems() -> Mapping[str, System]:
    """Return every system by its name."""
    return {
        name: System(name, vertical, *(tuple(cell.split()) for cell in cells))
        for name, vertical, *cells in _rows("systems.tsv", 6)
    }


@cache
def former_names() -> Mapping[str, Former]:
    """Return what became of each name from before a reform."""
    return {
        name: Former(tuple(now.split()), year, became, source)
        for names, now, year, became, source in _rows("reorganised.tsv", 5)
        for name in names.split()
    }


@cache
def listed_departments() -> tuple[Listed, ...]:
    """Return the twenty-three departments with weight in macro-economy and livelihood (鲁政办发〔2014〕8号 附件)."""
    return tuple(
        Listed(name, tuple(now.split()), today, year, source)
        for name, now, today, year, source in _rows("shandong_2014.tsv", 5)
    )
