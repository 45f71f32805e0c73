"""Bytes that became no mention: the rejected store, and the store for those cleared to see state secrets.

Both are files of their own, readable by their owner alone. They are written before the main file says what became of
the row, so that a row said to be rejected always has its bytes; a row written twice is the same row.
"""

from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from pipeline.records import Rejected
from pipeline.stores.database import Database

_SCHEMA = """CREATE TABLE kept (place TEXT PRIMARY KEY, stage TEXT NOT NULL, reason TEXT NOT NULL, detail TEXT NOT NULL,
 file TEXT NOT NULL, row INTEGER NOT NULL, at TEXT NOT NULL, raw BLOB NOT NULL) WITHOUT ROWID"""

VERSION = 1


class Kept(msgspec.Struct, frozen=True):
    """One record kept: ``place`` is unique (reading and item, or mention id), ``at`` an ISO time."""

    place: str
    stage: str
    reason: str
    detail: str
    file: str
    row: int
    at: str
    raw: bytes


def kept_of(rejected: Rejected, place: str, at: str, raw: bytes) -> Kept:
    """Return what is kept of a record that a step could not process."""
    file, row = ("", 0) if rejected.raw_ref is None else (rejected.raw_ref.file, rejected.raw_ref.row)
    return Kept(place, rejected.stage, rejected.reason, rejected.detail, file, row, at, raw)


class KeptStore:
    """Holds the bytes of what was refused."""

    def __init__(self, path: Path, *, read_only: bool = False) -> None:
        self._database = Database(path, [_SCHEMA], read_only=read_only)

    def put(self, records: Iterable[Kept]) -> None:
        """Keep records; the same place again replaces it."""
        with self._database.write("kept") as db:
            db.executemany(
                "INSERT OR REPLACE INTO kept VALUES (?,?,?,?,?,?,?,?)", map(msgspec.structs.astuple, records)
            )

    def get(self, place: str) -> Kept | None:
        """Return one record by its place."""
        row = self._database.read.execute("SELECT * FROM kept WHERE place=?", (place,)).fetchone()
        return None if row is None else Kept(*row)

    def all(self) -> list[Kept]:
        """Return every record, the oldest first."""
        return [Kept(*row) for row in self._database.read.execute("SELECT * FROM kept ORDER BY at, place")]

    def places(self) -> set[str]:
        """Return the places of all records."""
        return {place for (place,) in self._database.read.execute("SELECT place FROM kept")}

    def counts(self) -> dict[tuple[str, ...], int]:
        """Return the number of records by stage and reason."""
        rows = self._database.read.execute("SELECT stage, reason, count(*) FROM kept GROUP BY 1, 2")
        return {(stage, reason): number for stage, reason, number in rows}

    def older(self, before: datetime, after: tuple[str, str], limit: int) -> list[tuple[str, str]]:
        """Return when and at which place records older than a moment were kept, the oldest first, behind another."""
        query = "SELECT at, place FROM kept WHERE at < ? AND (at, place) > (?, ?) ORDER BY at, place LIMIT ?"
        return self._database.read.execute(query, (before.astimezone(UTC).isoformat(), *after, limit)).fetchall()

    def forget(self, places: Iterable[str]) -> None:
        """Forget records whose time is over."""
        with self._database.write("kept") as db:
            db.executemany("DELETE FROM kept WHERE place=?", ((place,) for place in places))

    def drop(self, place: str) -> None:
        """Forget one record, because it was tried again with success."""
        with self._database.write("kept") as db:
            db.execute("DELETE FROM kept WHERE place=?", (place,))

    def close(self) -> None:
        """Close the file."""
        self._database.close()
