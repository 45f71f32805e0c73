"""The balance: every record offered has exactly one place, recomputed from the stores."""

from collections.abc import Iterable
from enum import StrEnum

import msgspec

from pipeline import wire
from pipeline.flow import Group, Topic
from pipeline.records import Rejected
from pipeline.stores import log
from pipeline.stores.intake import Fate
from pipeline.stores.log import Lane
from pipeline.stores.view import View


class Line(msgspec.Struct):
    """The balance of one source on one day (of its reading, in the configured time zone)."""

    source: str
    day: str
    offered: int = 0
    indexed: int = 0
    updated: int = 0
    duplicate: int = 0
    quarantined: int = 0
    rejected: int = 0
    in_flight: int = 0

    def add(self, place: "Place", number: int = 1) -> None:
        """Count records at their place."""
        if place is not Place.NOWHERE:
            setattr(self, place.value, getattr(self, place.value) + number)

    @property
    def difference(self) -> int:
        """0 when nothing is missing and nothing is there twice."""
        placed = self.indexed + self.updated + self.duplicate + self.quarantined + self.rejected + self.in_flight
        return self.offered - placed


class Balance(msgspec.Struct):
    """All lines, and what else is wrong in words; ``holds`` is what the exit code says."""

    lines: list[Line]
    faults: list[str]

    @property
    def difference(self) -> int:
        """Sum of what is missing and what is too many, each without its sign."""
        return sum(abs(line.difference) for line in self.lines)

    @property
    def holds(self) -> bool:
        """Say whether every record has its place."""
        return not self.faults and self.difference == 0


class Elsewhere(msgspec.Struct):
    """What only the brokers know of a folder's mentions: who is under way, who was rejected, what is wrong."""

    waiting: set[str] = set()
    failed: set[str] = set()
    faults: list[str] = []


class Place(StrEnum):
    """Where a record of the book-keeping is; the names are those of the balance's columns."""

    INDEXED = "indexed"
    UPDATED = "updated"
    DUPLICATE = "duplicate"
    QUARANTINED = "quarantined"
    REJECTED = "rejected"
    IN_FLIGHT = "in_flight"
    NOWHERE = ""


class Books(msgspec.Struct, frozen=True):
    """What the stores say of the records: all that is needed to judge where one is."""

    versions: dict[str, int]
    waiting: set[str]
    failed: set[str]
    kept: set[str]
    secret: set[str]

    @classmethod
    def of(cls, view: View, elsewhere: Elsewhere | None = None) -> "Books":
        """Read the stores; what is under way is read before the corpus, so that what arrives in between counts once."""
        waiting = _waiting(view) if elsewhere is None else elsewhere.waiting
        versions = view.corpus.versions()
        rejected = log.read(view.main.read, Topic.REJECTED, Lane.LIVE, 0, -1)
        failed = {wire.decode(value, Rejected).mention_id for _, value in rejected}
        if elsewhere is not None:
            failed |= elsewhere.failed
        return cls(versions, waiting, failed, view.rejected.places(), view.quarantine.places())

    def place_of(self, reading: int, item: int, fate: str, mention_id: str, revision: int) -> Place:
        """Return where one record is."""
        place = f"{reading}:{item}"
        if fate == Fate.QUARANTINED:
            return Place.QUARANTINED if place in self.secret else Place.NOWHERE
        if fate == Fate.REJECTED:
            return Place.REJECTED if place in self.kept else Place.NOWHERE
        if fate == Fate.DUPLICATE:
            return Place.DUPLICATE
        if self.versions.get(mention_id, -1) >= revision * 4:
            return Place.INDEXED if fate == Fate.NEW else Place.UPDATED
        if mention_id in self.failed:
            return Place.REJECTED
        return Place.IN_FLIGHT if mention_id in self.waiting else Place.NOWHERE


def audit(view: View, elsewhere: Elsewhere | None = None) -> Balance:
    """Recompute the balance from arrivals, log, corpus, rejected store and quarantine.

    With ``elsewhere`` the stages run on brokers: what is under way is read there, not in the folder's own log.
    """
    books = Books.of(view, elsewhere)
    db = view.main.read
    faults = [*_faults(view, books.versions, alone=elsewhere is None)]
    if elsewhere is not None:
        faults += elsewhere.faults
    lines: dict[int, Line] = {}
    table: dict[tuple[str, str], Line] = {}
    for source, day, place, number in db.execute("SELECT * FROM closed"):
        line = table.setdefault((source, day), Line(source, day))
        line.offered += number
        line.add(Place(place), number)
    for reading, source, day, offered, taken, finished in db.execute(
        "SELECT id, source, day, offered, taken, finished OR problem != '' FROM readings ORDER BY id"
    ):
        line = lines[reading] = table.setdefault((source, day), Line(source, day))
        line.offered += offered
        if not finished:
            line.in_flight += max(0, offered - taken)
    for reading, *arrival in db.execute("SELECT reading, item, fate, mention_id, revision FROM arrivals"):
        lines[reading].add(books.place_of(reading, *arrival))
    return Balance(sorted(table.values(), key=lambda line: (line.day, line.source)), faults)


def _waiting(view: View) -> set[str]:
    """Return the ids of mentions that the log holds and that are not yet judged or not yet in the corpus."""
    db = view.main.read
    ids: set[str] = set()
    for lane in Lane:
        after = log.committed(db, Group.DETECT, Topic.MENTIONS, lane)
        ids |= {_id(value) for _, value in log.read(db, Topic.MENTIONS, lane, after, -1)}
    after = log.committed(db, Group.INDEX, Topic.ASSESSED, Lane.LIVE)
    return ids | {_id(value) for _, value in log.read(db, Topic.ASSESSED, Lane.LIVE, after, -1)}


class _Identified(msgspec.Struct):
    id: str = ""
    mention: "_Identified | None" = None


def _id(value: bytes) -> str:
    found = wire.decode(value, _Identified)
    return found.id if found.mention is None else found.mention.id


def _faults(view: View, versions: dict[str, int], *, alone: bool) -> Iterable[str]:
    """Yield what is wrong in words; ``alone`` says that the corpus holds what came through this folder only."""
    db = view.main.read
    if alone:
        ids = {mention_id for (mention_id,) in db.execute("SELECT id FROM seen")}
        strangers = versions.keys() - ids
        if strangers:
            yield f"语料库中有 {len(strangers)} 条来历不明的信息"
    twice = db.execute(
        "SELECT count(*) FROM (SELECT 1 FROM feed WHERE kind='alert' GROUP BY issue_id,"
        " json_extract(body, '$.alert.revision') HAVING count(*) > 1)"
    ).fetchone()[0]
    if twice:
        yield f"有 {twice} 次提醒发出了两遍"
    if not alone:
        return
    for group, topic in ((Group.DETECT, Topic.MENTIONS), (Group.LEDGER, Topic.FLAGGED)):
        for lane in Lane:
            first, done = log.first(db, topic, lane), log.committed(db, group, topic, lane)
            if first > done + 1:
                yield _loss(topic, done + 1, first - 1)
    for topic, since, until in db.execute("SELECT topic, since, until FROM losses ORDER BY at"):
        yield _loss(topic, since, until)


def _loss(topic: str, since: int, until: int) -> str:
    return f"{topic} 的第 {since} 至 {until} 条已过保留期而未处理，数据有缺失"
