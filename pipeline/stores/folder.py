"""The data folder: private, held by one process at a time, every store at its place."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from pipeline.errors import DataFolderBusyError, StoreError


class Places:
    """Where the stores of a data folder lie."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.main = path / "yuqing.db"  # log, state, ledger and outbox
        self.corpus = path / "corpus.db"  # the full-text index; filled again from the log, as far back as that is kept
        self.rejected = path / "rejected.db"  # bytes that could not be processed
        self.quarantine = path / "quarantine.db"  # bytes that bear the mark of a state secret
        self.spool = path / "spool"  # captures of watched sources on their way in
        self.access = path / "access.db"  # users, tokens and the log of access
        self.salt = path / "salt"  # of authors' pseudonyms, unless the configuration names another file
        self.inbox = path / "inbox"  # where `ingest` leaves requests for the process that holds the folder
        self.answers = path / "answers"  # where that process answers


def holder(path: Path) -> str:
    """Return the number of the process that holds a data folder, or nothing; takes no lock that would outlive it."""
    try:
        lock = os.open(path / "lock", os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return ""
    try:
        fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return os.pread(lock, 64, 0).decode(errors="replace").partition(" ")[0] or "未知"
    finally:
        os.close(lock)
    return ""


@contextmanager
def untrimmed(path: Path) -> Iterator[None]:
    """Keep the holder of a folder from trimming while the block runs; waits for what it is trimming now."""
    lock = os.open(path / "trimming", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_SH)
        yield
    finally:
        os.close(lock)


@contextmanager
def trimming(path: Path) -> Iterator[bool]:
    """Yield whether the folder may be trimmed now: not while it is being copied."""
    free = False
    lock = os.open(path / "trimming", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        with suppress(BlockingIOError):
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            free = True
        yield free
    finally:
        os.close(lock)


class DataFolder(Places):
    """Holds the folder's lock from construction to ``close`` or the end of the process."""

    def __init__(self, path: Path, *, takes_requests: bool = False) -> None:
        """Make the folder if need be and take its lock; ``takes_requests`` says that the holder watches the inbox.

        Raises:
            DataFolderBusyError: another process holds it.
            StoreError: it cannot be made or written.
        """
        super().__init__(path)
        try:
            for folder in (path, self.inbox, self.answers):
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._lock = os.open(path / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise StoreError(
                f"数据目录 {path} 无法使用：{error.strerror}。请检查权限与磁盘空间，或用 --data 另指一处"
            ) from error
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            pid, _, listens = os.pread(self._lock, 64, 0).decode(errors="replace").partition(" ")
            os.close(self._lock)
            raise DataFolderBusyError(
                f"数据目录 {path} 正被另一个进程（进程号 {pid or '未知'}）使用：请先停止它，或用 --data 另指一处",
                takes_requests=listens.strip() == "run",
            ) from error
        os.ftruncate(self._lock, 0)
        os.pwrite(self._lock, f"{os.getpid()} {'run' if takes_requests else 'once'}".encode(), 0)

    def close(self) -> None:
        """Give the folder back."""
        os.close(self._lock)
