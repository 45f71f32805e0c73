"""What is to be sent, what was sent and what could not be: one row for each notification and channel."""

import sqlite3
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

import msgspec

from pipeline.alerts.notification import Notification

SCHEMA = """CREATE TABLE outbox (key TEXT NOT NULL, sink TEXT NOT NULL, issue_id TEXT NOT NULL, state TEXT NOT NULL,
 due REAL NOT NULL, attempts INTEGER NOT NULL DEFAULT 0, body BLOB NOT NULL, error TEXT NOT NULL DEFAULT '',
 changed REAL NOT NULL, PRIMARY KEY (key, sink)) WITHOUT ROWID;
CREATE INDEX outbox_due ON outbox (state, due);
CREATE INDEX outbox_of ON outbox (issue_id, sink, state)"""


class Delivery(StrEnum):
    """Where a notification stands on its way to one channel."""

    PENDING = "pending"
    SENDING = "sending"  # a crash leaves it here: sent again, marked as possibly repeated
    SENT = "sent"
    FAILED = "failed"  # the channel refused it for good
    SUPERSEDED = "superseded"  # a later revision of the same alert goes out instead


class Row(msgspec.Struct, frozen=True):
    """One notification on its way to one channel."""

    key: str
    sink: str
    issue_id: str
    attempts: int
    notification: Notification


def put(db: sqlite3.Connection, notification: Notification, issue_id: str, sink: str, due: datetime) -> None:
    """Add a notification unless its key is there, in place of an older one of the same matter that still waits."""
    at = due.timestamp()
    db.execute(
        "UPDATE outbox SET state=?, changed=? WHERE issue_id=? AND sink=? AND state=? AND key<>?",
        (Delivery.SUPERSEDED, at, issue_id, sink, Delivery.PENDING, notification.key),
    )
    db.execute(
        "INSERT OR IGNORE INTO outbox (key, sink, issue_id, state, due, body, changed) VALUES (?,?,?,?,?,?,?)",
        (notification.key, sink, issue_id, Delivery.PENDING, at, msgspec.json.encode(notification), at),
    )


def due(db: sqlite3.Connection, now: datetime, limit: int = 20) -> list[Row]:
    """Return what is to be sent now, the longest overdue first."""
    query = "SELECT * FROM outbox WHERE state=? AND due<=? ORDER BY due, key, sink LIMIT ?"
    rows = _dicts(db.execute(query, (Delivery.PENDING, now.timestamp(), limit)))
    return [Row(row["key"], row["sink"], row["issue_id"], row["attempts"], _notification(row["body"])) for row in rows]


def mark(db: sqlite3.Connection, row: Row, state: Delivery, now: datetime, *, error: str = "") -> None:
    """Set where a notification stands."""
    db.execute(
        "UPDATE outbox SET state=?, attempts=attempts+?, error=?, changed=? WHERE key=? AND sink=?",
        (state, state is Delivery.SENDING, error, now.timestamp(), row.key, row.sink),
    )


def postpone(db: sqlite3.Connection, row: Row, until: datetime, *, error: str) -> None:
    """Let a notification wait for its next attempt."""
    db.execute(
        "UPDATE outbox SET state=?, due=?, error=? WHERE key=? AND sink=?",
        (Delivery.PENDING, until.timestamp(), error, row.key, row.sink),
    )


def last_sent(db: sqlite3.Connection, issue_id: str, sink: str) -> datetime | None:
    """Return when a channel was last sent anything of a matter."""
    query = "SELECT max(changed) FROM outbox WHERE issue_id=? AND sink=? AND state=?"
    (at,) = db.execute(query, (issue_id, sink, Delivery.SENT)).fetchone()
    return None if at is None else datetime.fromtimestamp(at, UTC)


def recover(db: sqlite3.Connection) -> int:
    """Make what was being sent when the process died due again, marked as possibly repeated; return how many."""
    rows = db.execute("SELECT key, sink, body FROM outbox WHERE state=?", (Delivery.SENDING,)).fetchall()
    for key, sink, body in rows:
        again = msgspec.structs.replace(_notification(body), possibly_repeated=True)
        db.execute(
            "UPDATE outbox SET state=?, body=? WHERE key=? AND sink=?",
            (Delivery.PENDING, msgspec.json.encode(again), key, sink),
        )
    return len(rows)


def forget_canaries(db: sqlite3.Connection, before: datetime) -> None:
    """Drop the canary's messages of long ago: they are no one's."""
    db.execute("DELETE FROM outbox WHERE issue_id LIKE 'canary:%' AND changed < ?", (before.timestamp(),))


def counts(db: sqlite3.Connection) -> dict[Delivery, int]:
    """Return how many notifications stand where."""
    return {
        Delivery(state): count
        for state, count in db.execute(
            "SELECT state, count(*) FROM outbox WHERE issue_id NOT LIKE 'canary:%' GROUP BY state"
        )
    }


def _dicts(cursor: sqlite3.Cursor) -> list[dict[str, Any]]:
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor]


def _notification(body: bytes) -> Notification:
    return msgspec.json.decode(body, type=Notification)
