"""The embedded log: one table a topic and lane, records in order, and how far each group has read."""

import sqlite3
from collections.abc import Iterable, Sequence
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

SCHEMA = ";\n".join(
    [
        _OFFSETS,
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


def trim(db: sqlite3.Connection, topic: Topic, lane: Lane, up_to: int) -> None:
    """Forget records up to a position."""
    db.execute(f"DELETE FROM {_table(topic, lane)} WHERE position <= ?", (up_to,))


def committed(db: sqlite3.Connection, group: str, topic: Topic, lane: Lane) -> int:
    """Return the position up to which a group has done a lane."""
    query = "SELECT position FROM offsets WHERE grp=? AND topic=? AND lane=?"
    row = db.execute(query, (group, topic.value, int(lane))).fetchone()
    return 0 if row is None else int(row[0])


def commit(db: sqlite3.Connection, group: str, topic: Topic, lane: Lane, position: int) -> None:
    """Set how far a group has done a lane; in the transaction of what it did."""
    query = "INSERT INTO offsets VALUES (?,?,?,?) ON CONFLICT DO UPDATE SET position=excluded.position"
    db.execute(query, (group, topic.value, int(lane), position))


def behind(db: sqlite3.Connection, group: str, topic: Topic, lanes: Sequence[Lane] = tuple(Lane)) -> int:
    """Return how many records a group has still to do."""
    return sum(last(db, topic, lane) - committed(db, group, topic, lane) for lane in lanes)
