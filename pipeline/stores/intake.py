"""Where mentions come in: what is new, what is an edit, what was here before; one row of book-keeping a record."""

import hashlib
import sqlite3
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

import msgspec
from msgspec import structs

from connectors.connector import Item, Quarantined, Refused
from connectors.mention import Engagement, Mention
from pipeline import wire
from pipeline.flow import Topic
from pipeline.records import Rejected
from pipeline.stores import log
from pipeline.stores.database import Database
from pipeline.stores.kept import Kept, KeptStore
from pipeline.stores.log import Lane


class Fate(StrEnum):
    """What became of an offered record at the door."""

    NEW = "new"
    UPDATED = "updated"  # an edit, or higher counts
    DUPLICATE = "duplicate"  # nothing new in it
    QUARANTINED = "quarantined"
    REJECTED = "rejected"


SCHEMA = """CREATE TABLE readings (id INTEGER PRIMARY KEY AUTOINCREMENT, source TEXT NOT NULL, day TEXT NOT NULL,
 file TEXT NOT NULL, sha256 TEXT NOT NULL, offered INTEGER NOT NULL, taken INTEGER NOT NULL DEFAULT 0,
 after INTEGER NOT NULL DEFAULT 0, finished INTEGER NOT NULL DEFAULT 0, problem TEXT NOT NULL DEFAULT '',
 at REAL NOT NULL);
CREATE TABLE arrivals (reading INTEGER NOT NULL, item INTEGER NOT NULL, fate TEXT NOT NULL,
 mention_id TEXT NOT NULL DEFAULT '', revision INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (reading, item)) WITHOUT ROWID;
CREATE TABLE closed (source TEXT NOT NULL, day TEXT NOT NULL, place TEXT NOT NULL, number INTEGER NOT NULL,
 PRIMARY KEY (source, day, place)) WITHOUT ROWID;
CREATE TABLE seen (id TEXT PRIMARY KEY, hash BLOB NOT NULL, revision INTEGER NOT NULL, collected_at REAL NOT NULL,
 counts BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE superseded (id TEXT NOT NULL, hash BLOB NOT NULL, PRIMARY KEY (id, hash)) WITHOUT ROWID"""


class Reading(msgspec.Struct, array_like=True):
    """One reading of one file: where it stands and what the file offers by an independent count."""

    id: int
    source: str
    day: str
    file: str
    sha256: str
    offered: int
    taken: int
    after: int
    finished: bool
    problem: str


def content_hash(mention: Mention) -> bytes:
    """Return the hash whose change makes a revision: words, state and directive; not counts, author or times."""
    parts = (mention.title, mention.text, mention.quoted_text, mention.state.value, mention.directive)
    return hashlib.blake2b(msgspec.json.encode(parts), digest_size=12).digest()


class Intake:
    """Takes items of a reading into the log, each exactly once."""

    def __init__(self, main: Database, rejected: KeptStore, quarantine: KeptStore, timezone: str) -> None:
        self._main, self._rejected, self._quarantine = main, rejected, quarantine
        self._zone = ZoneInfo(timezone)

    def begin(self, source: str, file: str, sha256: str, offered: int, now: datetime, after: int = 0) -> Reading:
        """Return the reading of a file: the unfinished one of the same bytes, or a new one that begins ``after``."""
        query = "SELECT * FROM readings WHERE sha256=? AND file=? AND source=? AND finished=0 AND problem=''"
        with self._main.write("reading") as db:
            row = db.execute(query, (sha256, file, source)).fetchone()
            if row is None:
                day = now.astimezone(self._zone).date().isoformat()
                insert = (
                    "INSERT INTO readings (source, day, file, sha256, offered, after, at) VALUES (?,?,?,?,?,?,?)"
                    " RETURNING *"
                )
                row = db.execute(insert, (source, day, file, sha256, offered, after, now.timestamp())).fetchone()
        return msgspec.convert(row, Reading, strict=False)

    def take(self, reading: Reading, items: Sequence[Item], lane: Lane, now: datetime) -> list[Fate]:
        """Take a batch: log, book-keeping and checkpoint in one transaction; returns each item's fate."""
        self._keep(reading, items, now)
        with self._main.write("intake", durable=lane is Lane.LIVE) as db:
            fates, taken = _sort(db, items)
            log.append(db, Topic.MENTIONS, lane, (wire.encode(mention) for mention in taken if mention is not None))
            log.append(db, Topic.REJECTED, Lane.LIVE, map(wire.encode, _rejections(items)))
            db.executemany(
                "INSERT INTO arrivals VALUES (?,?,?,?,?)",
                (
                    (reading.id, reading.taken + n, fate.value, *_identity(item, mention))
                    for n, (item, fate, mention) in enumerate(zip(items, fates, taken, strict=True), start=1)
                ),
            )
            after = max((ref.row for item in items if (ref := item.raw_ref) is not None), default=reading.after)
            after = max(after, reading.after)
            db.execute(
                "UPDATE readings SET taken=?, after=?, at=? WHERE id=?",
                (reading.taken + len(items), after, now.timestamp(), reading.id),
            )
        reading.taken += len(items)
        reading.after = after
        return fates

    def probe(self, mention: Mention) -> None:
        """Let a synthetic mention into the log without book-keeping: nobody offered it, nothing counts it."""
        with self._main.write("probe") as db:
            log.append(db, Topic.MENTIONS, Lane.LIVE, [wire.encode(mention)])

    def finish(self, reading: Reading, problem: str = "") -> None:
        """Close a reading: its file was read to the end, or cannot be read for the reason given."""
        with self._main.write("reading") as db:
            db.execute("UPDATE readings SET finished=?, problem=? WHERE id=?", (not problem, problem, reading.id))

    def _keep(self, reading: Reading, items: Sequence[Item], now: datetime) -> None:
        refused: list[Kept] = []
        quarantined: list[Kept] = []
        at = now.astimezone(UTC).isoformat()
        for n, item in enumerate(items, start=reading.taken + 1):
            if isinstance(item, Mention):
                continue
            ref, place = item.raw_ref, f"{reading.id}:{n}"
            if isinstance(item, Refused):
                refused.append(Kept(place, "connect", item.reason, item.detail, ref.file, ref.row, at, item.raw))
            else:
                quarantined.append(Kept(place, "connect", "secret", "", ref.file, ref.row, at, item.raw))
        if refused:
            self._rejected.put(refused)
        if quarantined:
            self._quarantine.put(quarantined)


def _rejections(items: Sequence[Item]) -> Iterator[Rejected]:
    """Yield reason and place of each refused record; what stood in it is in the rejected store alone."""
    for item in items:
        if isinstance(item, Refused):
            yield Rejected("connect", item.reason, "", item.raw_ref)


def _identity(item: Item, mention: Mention | None) -> tuple[str, int]:
    if mention is not None:
        return mention.id, mention.revision
    return (item.id, 0) if isinstance(item, Mention) else ("", 0)


def _sort(db: sqlite3.Connection, items: Sequence[Item]) -> tuple[list[Fate], list[Mention | None]]:
    """Give each item its fate, and each mention that goes into the log its revision."""
    ids = msgspec.json.encode([item.id for item in items if isinstance(item, Mention)]).decode()
    rows = db.execute("SELECT * FROM seen WHERE id IN (SELECT value FROM json_each(?))", (ids,))
    seen = {row[0]: row[1:] for row in rows}
    fates: list[Fate] = []
    taken: list[Mention | None] = []
    changed: dict[str, tuple[bytes, int, float, bytes]] = {}
    for item in items:
        mention = None
        if isinstance(item, Quarantined):
            fate = Fate.QUARANTINED
        elif isinstance(item, Refused):
            fate = Fate.REJECTED
        elif (before := seen.get(item.id)) is None:
            fate, mention = Fate.NEW, structs.replace(item, revision=0)
            seen[item.id] = changed[item.id] = _row(item, content_hash(item), 0)
        else:
            fate, mention, row = _again(db, item, before)
            if row is not None:
                seen[item.id] = changed[item.id] = row
        fates.append(fate)
        taken.append(mention)
    db.executemany("INSERT OR REPLACE INTO seen VALUES (?,?,?,?,?)", ((key, *row) for key, row in changed.items()))
    return fates, taken


def _row(mention: Mention, digest: bytes, revision: int) -> tuple[bytes, int, float, bytes]:
    return digest, revision, mention.collected_at.timestamp(), msgspec.json.encode(mention.engagement)


def _again(
    db: sqlite3.Connection, mention: Mention, before: tuple[bytes, int, float, bytes]
) -> tuple[Fate, Mention | None, tuple[bytes, int, float, bytes] | None]:
    """Return the fate of a mention whose id is known, and what is to be remembered of it.

    A different text is a revision unless it is older than the one we have: by its time of collection, or where that is
    the same because that text was here before.
    """
    digest = content_hash(mention)
    old_digest, revision, collected, counts = before
    if digest == old_digest:
        merged = _merge(msgspec.json.decode(counts, type=Engagement), mention.engagement)
        if merged is None:
            return Fate.DUPLICATE, None, None
        mention = structs.replace(mention, revision=revision, engagement=merged)
        return Fate.UPDATED, mention, _row(mention, digest, revision)
    when = mention.collected_at.timestamp()
    query = "SELECT 1 FROM superseded WHERE id=? AND hash=?"
    if when < collected or (when == collected and db.execute(query, (mention.id, digest)).fetchone()):
        return Fate.DUPLICATE, None, None
    db.execute("INSERT OR IGNORE INTO superseded VALUES (?,?)", (mention.id, old_digest))
    mention = structs.replace(mention, revision=revision + 1)
    return Fate.UPDATED, mention, _row(mention, digest, revision + 1)


def _merge(old: Engagement, new: Engagement) -> Engagement | None:
    """Return the higher of each count, or None when none is higher than before."""
    higher = False
    counts: dict[str, int | None] = {}
    for name in ("reposts", "comments", "likes", "reads"):
        before, after = getattr(old, name), getattr(new, name)
        higher |= after is not None and (before is None or after > before)
        known = [count for count in (before, after) if count is not None]
        counts[name] = max(known) if known else None
    return Engagement(**counts, lower_bound=new.lower_bound) if higher else None
