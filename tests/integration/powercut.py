"""A disk that loses at a power cut whatever was not synced: SQLite on files of our own making.

Every write goes to the file at once, where the running process finds it, and into a second folder only when the file
is synced. A cut kills the process and puts the second folder in place of the first; a torn cut keeps of the unsynced
sectors a random half, as real disks do. ``python -m tests.integration.powercut`` runs the long form.
"""

import argparse
import json
import os
import random
import sqlite3
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import apsw

from tests.integration import kill

_VFS = "cut"
_SECTOR = 512
_disks: list["Disk"] = []  # a VFS ends with its object
_VOLATILE = ("-shm",)  # shared memory is no file to a disk


class Disk(apsw.VFS):
    """The files of one folder, and in ``durable`` what of them would survive."""

    def __init__(self, folder: Path, durable: Path) -> None:
        self.folder, self.durable = folder.resolve(), durable
        self.lock = threading.Lock()
        self.pending: dict[str, list[tuple[int, bytes | None]]] = {}  # offset and bytes, or a size and nothing
        durable.mkdir(exist_ok=True)
        super().__init__(_VFS, "")

    def xOpen(self, name: Any, flags: Any) -> apsw.VFSFile:  # noqa: N802 (SQLite's name)
        return _File(self, name, flags)

    def xDelete(self, filename: str, syncdir: bool) -> None:  # noqa: N802 (SQLite's name)
        super().xDelete(filename, syncdir)
        with self.lock:
            self.pending.pop(filename, None)
            (self.durable / Path(filename).name).unlink(missing_ok=True)

    def write(self, name: str, offset: int, data: bytes | None) -> None:
        """Take a write that may be lost, or without data a new size."""
        with self.lock:
            self.pending.setdefault(name, []).append((offset, data))

    def sync(self, name: str) -> None:
        """Make what was written to a file safe."""
        with self.lock:
            place = self.durable / Path(name).name
            handle = os.open(place, os.O_RDWR | os.O_CREAT, 0o600)
            for offset, data in self.pending.pop(name, []):
                if data is None:
                    os.ftruncate(handle, offset)
                else:
                    os.pwrite(handle, data, offset)
            os.close(handle)


class _File(apsw.VFSFile):
    def __init__(self, disk: Disk, name: Any, flags: Any) -> None:
        self._disk = disk
        self._name = name.filename() if hasattr(name, "filename") else str(name or "")
        super().__init__("", name, flags)

    @property
    def _ours(self) -> bool:
        return Path(self._name).parent == self._disk.folder

    def xWrite(self, data: bytes, offset: int) -> None:  # noqa: N802 (SQLite's name)
        if self._ours:
            self._disk.write(self._name, offset, bytes(data))
        super().xWrite(data, offset)

    def xTruncate(self, size: int) -> None:  # noqa: N802 (SQLite's name)
        if self._ours:
            self._disk.write(self._name, size, None)
        super().xTruncate(size)

    def xSync(self, flags: int) -> None:  # noqa: N802 (SQLite's name)
        super().xSync(flags)
        if self._ours:
            self._disk.sync(self._name)


class _Cursor:
    def __init__(self, rows: list[Any], description: Any, rowcount: int) -> None:
        self._rows, self.description, self.rowcount = iter(rows), description, rowcount

    def __iter__(self) -> Iterator[Any]:
        return self._rows

    def fetchone(self) -> Any:
        return next(self._rows, None)

    def fetchall(self) -> list[Any]:
        return list(self._rows)


class _Connection:
    """As much of ``sqlite3.Connection`` as the product uses, over the other binding."""

    def __init__(self, path: str, flags: int, timeout: float) -> None:
        self._db = _translated(lambda: apsw.Connection(path, flags=flags, vfs=_VFS))
        self._db.set_busy_timeout(int(timeout * 1000))

    def execute(self, statement: str, arguments: Sequence[Any] = ()) -> _Cursor:
        def run() -> _Cursor:
            cursor = self._db.execute(statement, tuple(arguments))
            try:
                description = cursor.get_description()
            except apsw.ExecutionCompleteError:
                description = ()
            rows = cursor.fetchall()
            return _Cursor(rows, description, self._db.changes())

        cursor: _Cursor = _translated(run)
        return cursor

    def executemany(self, statement: str, rows: Iterable[Sequence[Any]]) -> None:
        _translated(lambda: self._db.executemany(statement, (tuple(row) for row in rows)))

    @property
    def in_transaction(self) -> bool:
        return bool(self._db.in_transaction)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, _: BaseException | None, __: TracebackType | None) -> None:
        if self.in_transaction:
            self.execute("COMMIT" if kind is None else "ROLLBACK")

    def close(self) -> None:
        with suppress(apsw.IOError):  # a read-only file cannot be locked to write; SQLite itself passes over that
            self._db.close()


def _translated(work: Callable[[], Any]) -> Any:
    try:
        return work()
    except apsw.ConstraintError as error:
        raise sqlite3.IntegrityError(str(error)) from error
    except (apsw.FullError, apsw.IOError, apsw.BusyError, apsw.CantOpenError) as error:
        raise sqlite3.OperationalError(str(error)) from error
    except apsw.Error as error:
        raise sqlite3.DatabaseError(str(error)) from error


def connect(path: str | Path, *, uri: bool = False, timeout: float = 5.0, **_: Any) -> _Connection:
    """Take the place of ``sqlite3.connect``."""
    flags = apsw.SQLITE_OPEN_READWRITE | apsw.SQLITE_OPEN_CREATE
    if uri and "mode=ro" in str(path):
        flags = apsw.SQLITE_OPEN_READONLY
    return _Connection(str(path), flags | (apsw.SQLITE_OPEN_URI if uri else 0), timeout)


def installed(data: Path) -> Disk:
    """Let this process keep a data folder on such a disk from now on."""
    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    disk = Disk(data, durable_of(data))
    _disks.append(disk)
    sqlite3.connect = connect  # type: ignore[assignment]
    return disk


def durable_of(data: Path) -> Path:
    """Return where the durable side of a data folder lies."""
    return data.with_name(data.name + ".durable")


def cut(data: Path, chance: random.Random | None = None) -> int:
    """Cut the power: leave of the folder what was synced, with ``chance`` torn; return the bytes that were lost."""
    durable, lost = durable_of(data), 0
    durable.mkdir(exist_ok=True)
    for path in sorted(data.glob("*.db*")):
        kept = durable / path.name
        if path.name.endswith(_VOLATILE):
            path.unlink()
            continue
        before, after = path.read_bytes(), kept.read_bytes() if kept.exists() else b""
        if chance is not None:
            after = _torn(before, after, chance)
        lost += sum(a != b for a, b in zip(_sectors(before), _sectors(after), strict=False)) * _SECTOR
        lost += abs(len(before) - len(after))
        if after or kept.exists():
            path.write_bytes(after)
            kept.write_bytes(after)
        else:
            path.unlink()
    return lost


def _sectors(data: bytes) -> list[bytes]:
    return [data[start : start + _SECTOR] for start in range(0, len(data), _SECTOR)]


def _torn(before: bytes, after: bytes, chance: random.Random) -> bytes:
    """Return a file of which each sector is as it was written or as it was synced."""
    new, old = _sectors(before), _sectors(after)
    length = chance.choice((len(new), len(old)))
    new += [b"\0" * _SECTOR] * (length - len(new))
    old += [b"\0" * _SECTOR] * (length - len(old))
    return b"".join(chance.choice(pair) for pair in zip(new[:length], old[:length], strict=True))


def main() -> None:
    """Cut the power again and again and say whether the end is that of an undisturbed run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mentions", type=int, default=5_000)
    parser.add_argument("--cuts", type=int, default=40)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--torn", action="store_true", help="keep a random half of the unsynced sectors")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        sources = kill.generate(folder, given.mentions)
        started = time.monotonic()
        undisturbed = kill.run(folder / "a", sources, kill.Plan())
        chance = random.Random(given.seed) if given.torn else None
        lost: list[int] = []
        plan = kill.Plan(
            given.cuts,
            given.seed,
            seconds_a_life=max(0.2, (time.monotonic() - started) / (given.cuts + 1)),
            pause=0.005,
            sabotage=lambda: installed(folder / "b"),
            after_kill=lambda: lost.append(cut(folder / "b", chance)),
        )
        found = kill.run(folder / "b", sources, plan)
        wrong = [*undisturbed.faults, *found.faults, *kill.differences(undisturbed.state, found.state)]
        print(
            json.dumps(
                {
                    "mentions": given.mentions,
                    "cuts": found.kills,
                    "at_named_points": found.named,
                    "cuts_that_lost_something": sum(map(bool, lost)),
                    "bytes_lost": sum(lost),
                    "alerts": len({row["issue_id"] for row in found.state.get("feed", [])}),
                    "differences": wrong,
                }
            )
        )
    sys.exit(1 if wrong or found.kills < given.cuts else 0)


if __name__ == "__main__":
    main()
