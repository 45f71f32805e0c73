"""What is kept for how long: the log, the book-keeping, the bytes of what was refused.

Everything is trimmed in small batches, each a transaction of its own. Nothing that a group has not read leaves the
log; book-keeping becomes totals for each source and day, by the same judgement that the audit uses; bytes of refused
records go only when no row of the book-keeping points at them any more. So the balance holds before, between and after.
"""

import sqlite3
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from pipeline.audit import Books, Place
from pipeline.config import Retention
from pipeline.flow import Topic
from pipeline.runtimes.base import Runtime
from pipeline.stores import log
from pipeline.stores.folder import trimming
from pipeline.stores.kept import KeptStore
from pipeline.stores.log import Lane

_END = object()
EVERY = timedelta(hours=1)
BATCH = 1_000
_PAUSE = 0.02  # seconds after each batch, so that an alert never waits behind more than one
_ARRIVALS = (
    "SELECT r.id, r.source, r.day, a.item, a.fate, a.mention_id, a.revision FROM arrivals a JOIN readings r"
    " ON r.id = a.reading WHERE r.at < ? AND (r.finished OR r.problem != '') AND (a.reading, a.item) > (?, ?)"
    " ORDER BY a.reading, a.item LIMIT ?"
)


class Trimmer:
    """Trims a data folder once an hour of its clock; ``step`` does one batch and says whether there was any."""

    def __init__(self, pipeline: Runtime, rules: Retention) -> None:
        self._pipeline, self._view, self._rules = pipeline, pipeline.view, rules
        self._due: datetime | None = None
        self._batches: Iterator[None] | None = None

    def step(self) -> bool:
        """Do one batch of what is due; leave it for later while the folder is being copied."""
        now = self._pipeline.context().now
        if self._due is None or now >= self._due:
            self._due, self._batches = now + EVERY, self._all(now)
        elif self._batches is None:
            return False
        with trimming(self._pipeline.folder.path) as free:
            if not free:
                return False
            worked = next(self._batches, _END) is not _END
        if not worked:
            self._batches = None
        if worked:
            time.sleep(_PAUSE)
        return worked

    def _all(self, now: datetime) -> Iterator[None]:
        rules = self._rules
        with self._view.main.write("trim") as db:
            log.mark(db, now)
        yield from self._books(now - timedelta(days=rules.books_days))
        yield from self._bytes(self._view.rejected, now - timedelta(days=rules.rejected_days))
        yield from self._bytes(self._view.quarantine, now - timedelta(days=rules.quarantine_days))
        ages = {
            Topic.MENTIONS: rules.mentions_days,
            Topic.ASSESSED: rules.assessed_days,
            Topic.FLAGGED: rules.flagged_days,
            Topic.REJECTED: rules.rejected_days,
            Topic.LEDGER: rules.ledger_days,
        }
        for topic, days in ages.items():
            for lane in Lane:
                yield from self._lane(topic, lane, now - timedelta(days=days))
        yield from self._feed(now - timedelta(days=rules.ledger_days))

    def _lane(self, topic: Topic, lane: Lane, before: datetime) -> Iterator[None]:
        """Trim a lane up to where it ended at a moment, but nothing that is unread or that the books still need."""
        db = self._view.main.read
        up_to, done = log.end_at(db, topic, lane, before), log.done(db, topic, lane)
        if topic in (Topic.MENTIONS, Topic.ASSESSED, Topic.FLAGGED) and done is None:
            return
        if topic is Topic.REJECTED and self._has_books(before):
            return
        up_to = up_to if done is None else min(up_to, done)
        if topic is Topic.ASSESSED and not self._pipeline.flushed():
            return  # what the corpus may lose in a power failure it takes from here
        while self._deleted(lambda db: log.trim(db, topic, lane, up_to, BATCH)):
            yield

    def _has_books(self, before: datetime) -> bool:
        query = "SELECT 1 FROM arrivals a JOIN readings r ON r.id = a.reading WHERE r.at < ?"
        return self._view.main.read.execute(query, (before.timestamp(),)).fetchone() is not None

    def _books(self, before: datetime) -> Iterator[None]:
        """Turn rows of the book-keeping into totals; what has no place stays, so that the audit goes on saying so."""
        at = (0, 0)
        books: Books | None = None
        while True:
            query = (before.timestamp(), *at, BATCH)
            rows = self._view.main.read.execute(_ARRIVALS, query).fetchall()
            if not rows:
                break
            books = books or Books.of(self._view)
            judged = [(row, books.place_of(row[0], *row[3:])) for row in rows]
            placed = [(row, place) for row, place in judged if place not in (Place.NOWHERE, Place.IN_FLIGHT)]
            with self._view.main.write("trim") as db:
                db.executemany(
                    "INSERT INTO closed VALUES (?,?,?,1) ON CONFLICT DO UPDATE SET number=number+1",
                    ((row[1], row[2], place) for row, place in placed),
                )
                db.executemany(
                    "DELETE FROM arrivals WHERE reading=? AND item=?", ((row[0], row[3]) for row, _ in placed)
                )
                db.executemany(
                    "UPDATE readings SET offered=offered-1, taken=taken-1 WHERE id=?", ((row[0],) for row, _ in placed)
                )
            at = (rows[-1][0], rows[-1][3])
            yield
        closed = (
            "DELETE FROM readings WHERE id IN (SELECT id FROM readings r WHERE at < ? AND offered=0 AND taken=0 AND"
            " (finished OR problem != '') AND id < (SELECT max(id) FROM readings WHERE source=r.source) LIMIT ?)"
        )
        while self._deleted(lambda db: db.execute(closed, (before.timestamp(), BATCH)).rowcount):
            yield

    def _bytes(self, store: KeptStore, before: datetime) -> Iterator[None]:
        """Forget the bytes of refused records that no row of the book-keeping points at any more."""
        after = ("", "")
        while page := store.older(before, after, BATCH):
            after = page[-1]
            store.forget([place for _, place in page if not self._pointed_at(place)])
            yield

    def _pointed_at(self, place: str) -> bool:
        reading, _, item = place.partition(":")
        query = "SELECT 1 FROM arrivals WHERE reading=? AND item=?"
        rows = self._view.main.read.execute(query, (reading, item)) if reading.isdecimal() and item.isdecimal() else ()
        return any(rows)

    def _deleted(self, delete: Callable[[sqlite3.Connection], int]) -> bool:
        with self._view.main.write("trim") as db:
            return delete(db) > 0

    def _feed(self, before: datetime) -> Iterator[None]:
        oldest = "DELETE FROM feed WHERE seq IN (SELECT seq FROM feed WHERE at < ? ORDER BY seq LIMIT ?)"
        while self._deleted(lambda db: db.execute(oldest, (before.timestamp(), BATCH)).rowcount):
            yield
