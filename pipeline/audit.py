"""The balance: every record offered has exactly one place, recomputed from the stores."""

from collections.abc import Iterable

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


def audit(view: View, elsewhere: Elsewhere | None = None) -> Balance:
    """Recompute the balance from arrivals, log, corpus, rejected store and quarantine.

    With ``elsewhere`` the stages run on brokers: what is under way is read there, not in the folder's own log.
    """
    waiting = _waiting(view) if elsewhere is None else elsewhere.waiting
    # The corpus is read after what is under way: what arrives in between is counted once, as indexed.
    versions = view.corpus.versions()
    db = view.main.read
    failed = {wire.decode(value, Rejected).mention_id for _, value in log.read(db, Topic.REJECTED, Lane.LIVE, 0, -1)}
    kept = view.rejected.places()
    secret = view.quarantine.places()
    faults = [*_faults(view, versions, alone=elsewhere is None)]
    if elsewhere is not None:
        failed |= elsewhere.failed
        faults += elsewhere.faults
    lines: dict[int, Line] = {}
    table: dict[tuple[str, str], Line] = {}
    for reading, source, day, offered, taken, finished in db.execute(
        "SELECT id, source, day, offered, taken, finished OR problem != '' FROM readings ORDER BY id"
    ):
        line = lines[reading] = table.setdefault((source, day), Line(source, day))
        line.offered += offered
        if not finished:
            line.in_flight += max(0, offered - taken)
    arrivals = db.execute("SELECT reading, item, fate, mention_id, revision FROM arrivals")
    for reading, item, fate, mention_id, revision in arrivals:
        line = lines[reading]
        place = f"{reading}:{item}"
        if fate == Fate.QUARANTINED:
            line.quarantined += place in secret
        elif fate == Fate.REJECTED:
            line.rejected += place in kept
        elif fate == Fate.DUPLICATE:
            line.duplicate += 1
        elif versions.get(mention_id, -1) >= revision * 4:
            if fate == Fate.NEW:
                line.indexed += 1
            else:
                line.updated += 1
        elif mention_id in failed:
            line.rejected += 1
        elif mention_id in waiting:
            line.in_flight += 1
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
                yield f"{topic} 的第 {done + 1} 至 {first - 1} 条已过保留期而未处理，数据有缺失"
