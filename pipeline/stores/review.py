"""What waits for the careful reader: the most severe first, each mention once."""

import sqlite3
from collections.abc import Iterable, Sequence

from pipeline import wire
from pipeline.records import Assessed
from pipeline.steps.reread import urgency

SCHEMA = """CREATE TABLE review (mention_id TEXT PRIMARY KEY, version INTEGER NOT NULL, urgency REAL NOT NULL,
 arrived INTEGER NOT NULL, body BLOB NOT NULL) WITHOUT ROWID;
CREATE INDEX review_order ON review (urgency DESC, arrived)"""


def put(db: sqlite3.Connection, waiting: Iterable[tuple[int, Assessed, bytes]]) -> None:
    """Let verdicts wait, each with its position in the log and its bytes; an edit takes the place of what it edits."""
    db.executemany(
        "INSERT INTO review VALUES (?,?,?,?,?) ON CONFLICT DO UPDATE SET version=excluded.version,"
        " urgency=excluded.urgency, arrived=excluded.arrived, body=excluded.body"
        " WHERE excluded.version > review.version",
        (
            (assessed.mention.id, assessed.version, urgency(assessed), position, body)
            for position, assessed, body in waiting
        ),
    )


def most_urgent(db: sqlite3.Connection, limit: int) -> list[Assessed]:
    """Return what to read next; of equal urgency the longest waiting first."""
    rows = db.execute("SELECT body FROM review ORDER BY urgency DESC, arrived LIMIT ?", (limit,))
    return [wire.decode(body, Assessed) for (body,) in rows]


def done(db: sqlite3.Connection, read: Sequence[Assessed]) -> None:
    """Forget what was read; an edit that came meanwhile goes on waiting."""
    db.executemany(
        "DELETE FROM review WHERE mention_id=? AND version=?",
        ((assessed.mention.id, assessed.version) for assessed in read),
    )


def count(db: sqlite3.Connection) -> int:
    """Return how many wait."""
    (number,) = db.execute("SELECT count(*) FROM review").fetchone()
    return int(number)
