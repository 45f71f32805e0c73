"""The embedded log: one table a topic and lane, records in order, and how far each group has read."""

import sqlite3
from collections.abc import Iterable, Sequence
from datetime import datetime
from enum import IntEnum

from pipeline.flow import Topic


class Lane(IntEnum):
    """Partitions of the embedded log: what is live is read before what comes in bulk."""

    LIVE = 0
    BULK = 1


LOGGED = (Topic.MENTIONS, Topic.ASSESSED, Topic.FLAGGED, Topic.REJECTED, Topic.LEDGER)


def _table(topic: Topic, lane: Lane) -> str:
    return f"log_{topic.removeprefix('opinion.')}_{int(lane)}"


_OFFSETS = """CREATE TABLE offsets (grp TEXT NOT NULL, topic TEXT NOT NULL, lane INTEGER NOT NULL,
 position INTEGER NOT NULL, PRIMARY KEY (grp, topic, lane)) WITHOUT ROWID"""

_MARKS = """CREATE TABLE marks (topic TEXT NOT NULL, lane INTEGER NOT NULL, at REAL NOT NULL,
 position INTEGER NOT NULL, PRIMARY KEY (topic, lane, at)) WITHOUT ROWID"""

_LOSSES = """CREATE TABLE losses (grp TEXT NOT NULL, topic TEXT NOT NULL, lane INTEGER NOT NULL, since INTEGER NOT NULL,
 until INTEGER NOT NULL, at REAL NOT NULL, PRIMARY KEY (grp, topic, lane, since)) WITHOUT ROWID"""

SCHEMA = ";\n".join(
    [
        _OFFSETS,
        _MARKS,
        _LOSSES,
        *(
            f"CREATE TABLE {_table(topic, lane)} (position INTEGER PRIMARY KEY AUTOINCREMENT, value BLOB NOT NULL)"
            for topic in LOGGED
            for lane in Lane
        ),
    ]
)


def append(db: sqlite3.Connection, topic: Topic, lane: Lane, values: Iterable[bytes]) -> None:
    """Add records at the end of a topic's lane."""
    db.executemany(f"INSERT INTO {_table(topic, lane)}(value) VALUES (?)", ((value,) for value in values))


def put(db: sqlite3.Connection, topic: Topic, lane: Lane, position: int, value: bytes) -> None:
    """Add a record at its position, behind the last one."""
    db.execute(f"INSERT INTO {_table(topic, lane)} VALUES (?,?)", (position, value))


def read(db: sqlite3.Connection, topic: Topic, lane: Lane, after: int, limit: int) -> list[tuple[int, bytes]]:
    """Return up to ``limit`` records (all for -1) behind a position, each with its own."""
    query = f"SELECT position, value FROM {_table(topic, lane)} WHERE position > ? ORDER BY position LIMIT ?"
    return db.execute(query, (after, limit)).fetchall()


def at(db: sqlite3.Connection, topic: Topic, lane: Lane, position: int) -> bytes | None:
    """Return the record at a position, None when it is not kept."""
    row = db.execute(f"SELECT value FROM {_table(topic, lane)} WHERE position=?", (position,)).fetchone()
    return None if row is None else row[0]


def last(db: sqlite3.Connection, topic: Topic, lane: Lane) -> int:
    """Return the position of the last record ever appended, 0 when there was none."""
    row = db.execute("SELECT seq FROM sqlite_sequence WHERE name=?", (_table(topic, lane),)).fetchone()
    return 0 if row is None else int(row[0])


def first(db: sqlite3.Connection, topic: Topic, lane: Lane) -> int:
    """Return the position of the oldest record kept, 0 when none is."""
    row = db.execute(f"SELECT min(position) FROM {_table(topic, lane)}").fetchone()
    return int(row[0] or 0)


def trim(db: sqlite3.Connection, topic: Topic, lane: Lane, up_to: int, limit: int = -1) -> int:
    """Forget the oldest records up to a position, ``limit`` at most unless negative; return how many."""
    table = _table(topic, lane)
    oldest = f"SELECT position FROM {table} WHERE position <= ? ORDER BY position LIMIT ?"
    gone = db.execute(f"DELETE FROM {table} WHERE position IN ({oldest})", (up_to, limit)).rowcount
    db.execute("DELETE FROM marks WHERE topic=? AND lane=? AND position<?", (topic.value, int(lane), up_to))
    return gone


def mark(db: sqlite3.Connection, now: datetime) -> None:
    """Write down where each lane ends now, so that its records' age is known later."""
    for topic in LOGGED:
        for lane in Lane:
            row = (topic.value, int(lane), now.timestamp(), last(db, topic, lane))
            newest = "SELECT max(position) FROM marks WHERE topic=? AND lane=?"
            if row[3] > (db.execute(newest, row[:2]).fetchone()[0] or 0):
                db.execute("INSERT OR REPLACE INTO marks VALUES (?,?,?,?)", row)


def end_at(db: sqlite3.Connection, topic: Topic, lane: Lane, moment: datetime) -> int:
    """Return a position that a lane had reached by a moment, by the marks; 0 where none is so old."""
    query = "SELECT max(position) FROM marks WHERE topic=? AND lane=? AND at<=?"
    return int(db.execute(query, (topic.value, int(lane), moment.timestamp())).fetchone()[0] or 0)


def done(db: sqlite3.Connection, topic: Topic, lane: Lane) -> int | None:
    """Return the position that every group reading a lane is beyond, None when no group ever read it."""
    query = "SELECT min(position) FROM offsets WHERE topic=? AND lane=?"
    found: int | None = db.execute(query, (topic.value, int(lane))).fetchone()[0]
    return found


def committed(db: sqlite3.Connection, group: str, topic: Topic, lane: Lane) -> int:
    """Return the position up to which a group has done a lane."""
    query = "SELECT position FROM offsets WHERE grp=? AND topic=? AND lane=?"
    row = db.execute(query, (group, topic.value, int(lane))).fetchone()
    return 0 if row is None else int(row[0])


def commit(db: sqlite3.Connection, group: str, topic: Topic, lane: Lane, position: int) -> None:
    """Set how far a group has done a lane; in the transaction of what it did."""
    query = "INSERT INTO offsets VALUES (?,?,?,?) ON CONFLICT DO UPDATE SET position=excluded.position"
    db.execute(query, (group, topic.value, int(lane), position))


def lose(db: sqlite3.Connection, group: str, topic: Topic, lane: Lane, since: int, until: int, now: datetime) -> None:
    """Write down that a group never saw the records between two positions: they were no longer kept."""
    row = (group, topic.value, int(lane), since, until, now.timestamp())
    db.execute("INSERT OR IGNORE INTO losses VALUES (?,?,?,?,?,?)", row)


def behind(db: sqlite3.Connection, group: str, topic: Topic, lanes: Sequence[Lane] = tuple(Lane)) -> int:
    """Return how many records a group has still to do."""
    return sum(last(db, topic, lane) - committed(db, group, topic, lane) for lane in lanes)
