"""What waits for the careful reader: a table ordered by urgency, on the disk before its source is told."""

from collections.abc import Iterable
from pathlib import Path

from pipeline.stores.database import Database

_SCHEMA = """CREATE TABLE waiting (id TEXT PRIMARY KEY, version INTEGER NOT NULL, urgency REAL NOT NULL,
 value BLOB NOT NULL) WITHOUT ROWID;
CREATE INDEX waiting_urgency ON waiting (urgency DESC)"""


class Queue:
    """One record a mention, its newest; the most urgent comes first."""

    def __init__(self, path: Path) -> None:
        self._database = Database(path, [_SCHEMA])

    def put(self, records: Iterable[tuple[str, int, float, bytes]]) -> None:
        """Add records as id, version, urgency and bytes; an older version never takes a newer one's place."""
        with self._database.write("queue") as db:
            db.executemany(
                "INSERT INTO waiting VALUES (?,?,?,?) ON CONFLICT DO UPDATE SET version=excluded.version,"
                " urgency=excluded.urgency, value=excluded.value WHERE excluded.version >= version",
                records,
            )

    def take(self, limit: int) -> list[tuple[str, int, bytes]]:
        """Return the most urgent records as id, version and bytes; they stay until they are dropped."""
        query = "SELECT id, version, value FROM waiting ORDER BY urgency DESC LIMIT ?"
        return self._database.read.execute(query, (limit,)).fetchall()

    def drop(self, done: Iterable[tuple[str, int]]) -> None:
        """Forget records by id and version; a newer one that came meanwhile stays."""
        with self._database.write("queue") as db:
            db.executemany("DELETE FROM waiting WHERE id=? AND version=?", done)

    def __len__(self) -> int:
        """Return how many records wait."""
        return int(self._database.read.execute("SELECT count(*) FROM waiting").fetchone()[0])

    def close(self) -> None:
        """Close the file."""
        self._database.close()
