"""The demonstration's story, read from the tables beside it: who wrote what and when, and in which export it lies.

The day is Tuesday 2026-06-16. Four rounds of export (9:00, 12:00, 15:00, 18:00) bring what was written since the last
one; a time ``HH:MM@1500`` belongs to a later round than its own hour: an edited post, or an old one found late.
"""

import csv
import functools
import tomllib
from collections.abc import Iterator
from datetime import datetime, timedelta
from importlib.resources import files
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

ZONE = ZoneInfo("Asia/Shanghai")
EXPORTS = Path(__file__).parent / "exports"
DAY = datetime(2026, 6, 16, tzinfo=ZONE)
ROUNDS = ("0900", "1200", "1500", "1800")
TELLING_DAY = "06-16"


class Entry(msgspec.Struct, frozen=True):
    """One line of a table: its cells by the header's names, its moment, and the round of its export."""

    cells: dict[str, str]
    at: datetime
    round: str


def round_time(name: str) -> datetime:
    """Return the moment at which a round of export was made."""
    return DAY + timedelta(hours=int(name[:2]), minutes=int(name[2:]))


@functools.cache
def table(name: str) -> tuple[Entry, ...]:
    """Return the entries of ``story/<name>.txt``, cells split by ``|``, the second column being the time."""
    text = (files("pipeline.demo") / "story" / f"{name}.txt").read_text(encoding="utf-8")
    rows = csv.DictReader(text.splitlines(), delimiter="|", quoting=csv.QUOTE_NONE, strict=True)
    return tuple(_entry(row) for row in rows)


def articles(channel: str) -> Iterator[tuple[dict[str, Any], datetime, str]]:
    """Yield each article of a channel with its moment and its round."""
    for article in _toml("articles")[channel]:
        at = moment(article["at"])
        yield article, at, article.get("round") or round_of(at)


def threads() -> Iterator[tuple[dict[str, Any], str]]:
    """Yield each forum thread with its round; ``posts`` hold the first post and the replies."""
    for thread in _toml("threads")["thread"]:
        yield thread, thread["round"]


def broken(channel: str, round_name: str) -> list[dict[str, Any]]:
    """Return the rows that are broken on purpose in one channel's export of one round."""
    return [row for row in _toml("broken").get(channel, []) if row["round"] == round_name]


def moment(text: str) -> datetime:
    """Return the moment of ``HH:MM``, ``MM-DD HH:MM`` or ``MM-DD`` in the year of the story."""
    day, _, clock = text.rpartition(" ") if ":" in text else (text, "", "00:00")
    stamp = f"{DAY.year}-{day or TELLING_DAY} {clock}"
    return datetime.strptime(stamp, "%Y-%m-%d %H:%M").replace(tzinfo=ZONE)


def round_of(at: datetime) -> str:
    """Return the first round made at or after a moment."""
    return next(name for name in ROUNDS if at <= round_time(name))


def _entry(row: dict[str, str]) -> Entry:
    written, _, later = row["时间"].partition("@")
    at = moment(written)
    return Entry(cells=row, at=at, round=later or round_of(at))


@functools.cache
def _toml(name: str) -> dict[str, Any]:
    return tomllib.loads((files("pipeline.demo") / "story" / f"{name}.toml").read_text(encoding="utf-8"))
