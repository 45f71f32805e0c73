"""How far each watched source was read, and which captures lie in the spool: both change in one transaction."""

from datetime import UTC, datetime

import msgspec

from pipeline.stores.database import Database

SCHEMA = """CREATE TABLE watches (key TEXT PRIMARY KEY, checkpoint BLOB NOT NULL, next_at REAL NOT NULL) WITHOUT ROWID;
CREATE TABLE spooled (id INTEGER PRIMARY KEY AUTOINCREMENT, watch TEXT NOT NULL, folder TEXT NOT NULL,
 format TEXT NOT NULL, collected_at REAL NOT NULL)"""


class Spooled(msgspec.Struct, array_like=True, frozen=True):
    """A capture that lies in the spool, the one file of ``folder``.

    Its name is not kept here: it might be one that no store may hold.
    """

    id: int
    watch: str
    folder: str
    format: str
    collected_at: float

    @property
    def at(self) -> datetime:
        """When it was captured."""
        return datetime.fromtimestamp(self.collected_at, UTC)


class WatchStore:
    """Checkpoints and spooled captures."""

    def __init__(self, main: Database) -> None:
        self._main = main

    def load(self, key: str) -> tuple[bytes, datetime | None]:
        """Return a source's checkpoint and when it is to be looked at; empty and None where it was never looked at."""
        row = self._main.read.execute("SELECT checkpoint, next_at FROM watches WHERE key=?", (key,)).fetchone()
        return (b"", None) if row is None else (row[0], datetime.fromtimestamp(row[1], UTC))

    def store(self, key: str, checkpoint: bytes, next_at: datetime, captured: list[Spooled] | None = None) -> None:
        """Keep a checkpoint, and with it the captures that it stands for, whose bytes are on the disk already."""
        with self._main.write("watch") as db:
            db.execute("INSERT OR REPLACE INTO watches VALUES (?,?,?)", (key, checkpoint, next_at.timestamp()))
            db.executemany(
                "INSERT INTO spooled (watch, folder, format, collected_at) VALUES (?,?,?,?)",
                (msgspec.structs.astuple(spooled)[1:] for spooled in captured or ()),
            )

    def spooled(self, watch: str = "") -> list[Spooled]:
        """Return what lies in the spool, of one source or of all, the oldest first."""
        query = "SELECT * FROM spooled WHERE ?1='' OR watch=?1 ORDER BY id"
        return [msgspec.convert(row, Spooled) for row in self._main.read.execute(query, (watch,))]

    def add(self, spooled: Spooled) -> Spooled:
        """Keep a file that a person brought, whose bytes are on the disk already; returns it with its number."""
        with self._main.write("watch") as db:
            insert = "INSERT INTO spooled (watch, folder, format, collected_at) VALUES (?,?,?,?) RETURNING id"
            (number,) = db.execute(insert, msgspec.structs.astuple(spooled)[1:]).fetchone()
        return msgspec.structs.replace(spooled, id=number)

    def lost(self, spooled: Spooled) -> None:
        """Forget a capture whose bytes are gone, as in a copy of the folder, so that its source is read anew."""
        with self._main.write("watch") as db:
            db.execute("DELETE FROM spooled WHERE id=?", (spooled.id,))
            db.execute("DELETE FROM watches WHERE key=?", (spooled.watch,))

    def fed(self, spooled: Spooled) -> None:
        """Forget a capture: every record of it has its fate."""
        with self._main.write("watch") as db:
            db.execute("DELETE FROM spooled WHERE id=?", (spooled.id,))
