"""How every SQLite file of the product is opened: WAL, durable at each commit, versioned, never newer than the code."""

import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from pipeline.errors import StoreError
from pipeline.stores import fault


class Database:
    """One file with one writer at a time and a reader for each thread; a process holds one object a file."""

    def __init__(self, path: Path, migrations: Sequence[str], *, read_only: bool = False) -> None:
        """Open a file, private to the user, and bring its schema up to date.

        ``migrations[n]`` leads from version n to n + 1; a file of a later version is refused. ``read_only`` opens a
        file beside the process that writes it.

        Raises:
            StoreError: the file cannot be opened, is no database, or is newer than the program.
        """
        self.path = path
        self._lock = threading.RLock()
        self._local = threading.local()
        self._durable = True
        if read_only and not path.exists():
            raise StoreError(f"{path.parent} 中还没有数据：先用 yuqing ingest 或 yuqing run 读入")
        try:
            path.touch(mode=0o600)
            self._db = self._open()
            if not read_only:
                self._db.execute("PRAGMA journal_mode=WAL")
            version = int(self._db.execute("PRAGMA user_version").fetchone()[0])
        except (sqlite3.Error, OSError) as error:
            raise StoreError(f"无法打开数据文件 {path}：{error}。请检查磁盘空间与权限") from error
        if version > len(migrations):
            self._db.close()
            raise StoreError(
                f"数据文件 {path} 由更新的版本写成（{version}），本程序只认得 {len(migrations)}：请升级程序"
            )
        for number in range(version, len(migrations)):
            with self.write("migrate") as db:
                for statement in migrations[number].split(";\n"):
                    db.execute(statement)
                db.execute(f"PRAGMA user_version={number + 1}")

    def _open(self) -> sqlite3.Connection:
        db = sqlite3.connect(self.path, isolation_level=None, check_same_thread=False, timeout=30)
        db.execute("PRAGMA synchronous=FULL")  # a commit is on the disk: what is told "done" is done
        db.execute("PRAGMA wal_autocheckpoint=4000")
        db.execute("PRAGMA cache_size=-16384")
        return db

    @contextmanager
    def write(self, name: str, *, durable: bool = True) -> Iterator[sqlite3.Connection]:
        """Run the body in one transaction: all of it or nothing; ``name`` says whose, for the fault harness.

        Without ``durable`` a power failure may take it back, together with everything after it: for work that is done
        again from what was read. The next durable transaction makes all before it durable too.

        Raises:
            StoreError: the disk is full or broken; nothing of the body was kept.
        """
        with self._lock:
            try:
                if durable is not self._durable:
                    self._db.execute(f"PRAGMA synchronous={'FULL' if durable else 'NORMAL'}")
                    self._durable = durable
                self._db.execute("BEGIN IMMEDIATE")
                try:
                    yield self._db
                    fault.point(f"{name}.before_commit")
                    self._db.execute("COMMIT")
                except BaseException:
                    if self._db.in_transaction:
                        self._db.execute("ROLLBACK")
                    raise
            except sqlite3.OperationalError as error:
                raise StoreError(
                    f"写入 {self.path.name} 失败：{error}。已回到上一次完整的状态，请腾出空间后重新启动"
                ) from error
        fault.point(f"{name}.after_commit")

    @property
    def read(self) -> sqlite3.Connection:
        """The calling thread's own connection for reading; it sees what is committed."""
        db: sqlite3.Connection | None = getattr(self._local, "db", None)
        if db is None:
            db = self._local.db = self._open()
            db.execute("PRAGMA query_only=1")
        return db

    def close(self) -> None:
        """Close the writer and the calling thread's reader."""
        reader: sqlite3.Connection | None = getattr(self._local, "db", None)
        if reader is not None:
            reader.close()
            self._local.db = None
        self._db.close()
