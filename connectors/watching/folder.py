"""A folder into which exports are put: a file is ready when it stands still, and again when it has grown.

A file of lines whose last line has no end yet waits for it, but not for ever, and one that grows without a pause is
read as far as it has whole lines; a file that is put in anew under its old name is read from its start, a file of lines
that has only grown from where it was left.
"""

import hashlib
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

import msgspec

from connectors.watching.health import Health, Notice, Trouble
from connectors.watching.watch import load_checkpoint

_LINES: Final = frozenset({".csv", ".tsv", ".jsonl", ".ndjson", ".txt"})
_UNFINISHED: Final = (".tmp", ".part", ".partial", ".crdownload", ".download", ".swp", "~")
_BLOCK: Final = 1 << 20


class Mark(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is known of one file: its state at the last look, since when, and what was read of it."""

    size: int
    modified_ns: int
    since: datetime
    read_size: int = -1
    read_modified_ns: int = -1
    read_prefix: str = ""  # hash of the bytes that were read
    rows: int = 0
    unread_since: datetime | None = None
    problem: str = ""  # why it could not be read as a whole


class FolderCheckpoint(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is known of a folder's files, by their path below it."""

    files: dict[str, Mark] = {}
    health: Health = Health()


class Ready(msgspec.Struct, frozen=True):
    """A file to read now; records up to ``after`` were read before. ``key`` names it to ``done``.

    Of a ``growing`` one, which never stands still, only the first ``state.size`` bytes are to be read: whole lines.
    """

    path: Path
    key: str
    after: int
    state: Mark
    growing: bool = False


class FolderWatch:
    """Watches one folder and those below it."""

    def __init__(
        self,
        name: str,
        folder: Path,
        *,
        settle: timedelta = timedelta(seconds=2),
        patience: timedelta = timedelta(minutes=1),
        expected: timedelta = timedelta(days=2),
        timezone: str = "Asia/Shanghai",
    ) -> None:
        self.name = name
        self.folder = folder
        self.expected = expected
        self._settle = settle
        self._patience = patience
        self._timezone = timezone

    def look(self, checkpoint: bytes, now: datetime) -> tuple[list[Ready], bytes]:
        """Return the files that are ready, in order of names, and the checkpoint to store."""
        known = self._load(checkpoint)
        files: dict[str, Mark] = {}
        ready: list[Ready] = []
        try:
            found = list(_files(self.folder))
        except OSError as error:
            failed = known.health.failed(now, f"文件夹 {self.folder} 打不开：{error.strerror}。请检查权限。")
            return [], msgspec.json.encode(msgspec.structs.replace(known, health=failed))
        for path in found:
            try:
                stat = path.stat()
                key = path.relative_to(self.folder).as_posix()
                mark = _seen(known.files.get(key), stat.st_size, stat.st_mtime_ns, now)
                files[key] = mark
                if self._is_ready(path, mark, now):
                    ready.append(Ready(path, key, _resume(path, mark), mark))
                elif (whole := self._grown(path, mark, now)) > max(mark.read_size, 0):
                    state = msgspec.structs.replace(mark, size=whole)
                    ready.append(Ready(path, key, _resume(path, state), state, growing=True))
            except OSError:  # gone or closed to us between two calls: the next look decides
                continue
        health = known.health.succeeded(now, held=len(files), new=len(ready))
        health = msgspec.structs.replace(health, empty_since=None)  # exports may be taken out again
        return ready, msgspec.json.encode(FolderCheckpoint(files, health))

    def done(self, checkpoint: bytes, file: Ready, rows: int, problem: str = "") -> bytes:
        """Return the checkpoint after ``rows`` records of the file, from its start, are safe.

        A file with a ``problem`` is not tried again before it changes, and then from its start.
        """
        known = self._load(checkpoint)
        size = file.state.size
        lines = file.path.suffix.lower() in _LINES
        try:
            prefix = _prefix(file.path, size) if lines else ""
            cut = lines and not _ends_with_line(
                file.path, size
            )  # the last record was half of one: it comes again whole
        except OSError:
            prefix, cut = "", True
        mark = msgspec.structs.replace(
            known.files.get(file.key, file.state),
            read_size=size,
            read_modified_ns=file.state.modified_ns,
            read_prefix="" if problem else prefix,
            rows=max(rows - cut, 0),
            unread_since=None,
            problem=problem,
        )
        return msgspec.json.encode(msgspec.structs.replace(known, files={**known.files, file.key: mark}))

    def warning(self, checkpoint: bytes, now: datetime) -> Notice | None:
        """Return what must be said about the folder at ``now``."""
        known = self._load(checkpoint)
        unread = [mark for mark in known.files.values() if mark.problem]
        if unread:
            last = max(unread, key=lambda mark: mark.since)
            text = last.problem if len(unread) == 1 else f"{last.problem}（共有 {len(unread)} 个文件读不了）"
            return Notice(Trouble.UNREADABLE, text, last.since)
        return known.health.warning(self.expected, now, self._timezone)

    def health(self, checkpoint: bytes) -> Health:
        """Return how the folder is doing."""
        return self._load(checkpoint).health

    def _is_ready(self, path: Path, mark: Mark, now: datetime) -> bool:
        if mark.size == 0 or (mark.size, mark.modified_ns) == (mark.read_size, mark.read_modified_ns):
            return False
        stood = now - mark.since
        if path.suffix.lower() not in _LINES:
            return stood >= self._settle
        return stood >= self._patience or (stood >= self._settle and _ends_with_line(path, mark.size))

    def _grown(self, path: Path, mark: Mark, now: datetime) -> int:
        """Return how many bytes of whole lines a file holds that has grown too long without a pause, else 0."""
        unread = mark.unread_since
        if path.suffix.lower() not in _LINES or unread is None or now - unread < self._patience:
            return 0
        with path.open("rb") as file:
            start = max(mark.size - _BLOCK, 0)
            file.seek(start)
            return start + file.read(mark.size - start).rfind(b"\n") + 1

    def _load(self, checkpoint: bytes) -> FolderCheckpoint:
        return load_checkpoint(checkpoint, FolderCheckpoint, self.name)


def _files(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.iterdir()):
        name = path.name
        if name.startswith((".", "~$")) or name.lower().endswith(_UNFINISHED) or path.is_symlink():
            continue
        if path.is_dir():
            yield from _files(path)
        elif path.is_file():
            yield path


def _seen(mark: Mark | None, size: int, modified_ns: int, now: datetime) -> Mark:
    if mark is None:
        return Mark(size, modified_ns, now, unread_since=now)
    if (mark.size, mark.modified_ns) == (size, modified_ns):
        return mark
    unread = mark.unread_since or now
    return msgspec.structs.replace(mark, size=size, modified_ns=modified_ns, since=now, unread_since=unread, problem="")


def _ends_with_line(path: Path, size: int) -> bool:
    with path.open("rb") as file:
        file.seek(size - 1)
        return file.read(1) == b"\n"


def _resume(path: Path, mark: Mark) -> int:
    """Return the rows that need not be read again: those of a file of lines that begins as it did and is longer."""
    if path.suffix.lower() not in _LINES or not 0 <= mark.read_size <= mark.size:
        return 0
    return mark.rows if mark.read_prefix and _prefix(path, mark.read_size) == mark.read_prefix else 0


def _prefix(path: Path, size: int) -> str:
    hasher = hashlib.sha256()
    with path.open("rb") as file:
        while size > 0 and (block := file.read(min(size, _BLOCK))):
            hasher.update(block)
            size -= len(block)
    return hasher.hexdigest()
