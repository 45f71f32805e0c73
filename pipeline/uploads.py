"""Files that a person brings by the page: kept before it is said so, read one after another, each explained."""

import re
import shutil
import unicodedata
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path

import msgspec
import structlog

from pipeline.errors import NotFoundError
from pipeline.feeding import FileReport
from pipeline.service import Service
from pipeline.stores.watches import Spooled

_log = structlog.get_logger("yuqing.uploads")
_MOST_WAITING = 20
_MOST_REMEMBERED = 100
_LONGEST_NAME = 180  # bytes: file systems allow 255


class UploadState(StrEnum):
    """How far an upload is."""

    WAITING = "waiting"
    READING = "reading"
    DONE = "done"
    FAILED = "failed"  # by a fault of ours; the file is kept and read again at the next start


class Upload(msgspec.Struct):
    """One file: what became of it so far."""

    id: str
    report: FileReport
    state: UploadState = UploadState.WAITING


class Uploads:
    """The uploads of one process; a file that waits or is being read when it ends is read at the next start."""

    def __init__(self, running: Service) -> None:
        self._running = running
        self._known: dict[str, Upload] = {}
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="upload")

    @property
    def full(self) -> bool:
        """Whether so many files wait that no more should be taken."""
        return sum(upload.state is UploadState.WAITING for upload in self._known.values()) >= _MOST_WAITING

    def place(self, name: str) -> Path:
        """Return where to write a file that a person calls so; its name there is safe."""
        return self._running.watching.spool.new_file(safe_name(name))

    def has_room(self, size: int) -> bool:
        """Whether the disk holds a file of so many bytes and what is made of it."""
        return shutil.disk_usage(self._running.pipeline.folder.path).free > 3 * size

    def drop(self, path: Path) -> None:
        """Throw away a file that did not come whole."""
        self._running.watching.spool.drop(path)

    def take(self, path: Path, format_name: str, modified: datetime | None) -> Upload:
        """Keep a file that lies whole at its place; when this returns it survives the process."""
        now = self._running.pipeline.context().now
        collected = min(modified or now, now)
        spooled = self._running.watching.spool.register(path, format_name, collected)
        upload = Upload(uuid.uuid4().hex, FileReport(path.name))
        while len(self._known) >= _MOST_REMEMBERED:
            del self._known[next(iter(self._known))]
        self._known[upload.id] = upload
        self._worker.submit(self._read, upload, spooled)
        return upload

    def get(self, upload_id: str) -> Upload:
        """Return an upload.

        Raises:
            NotFoundError: there is none of that id, or it is long ago.
        """
        try:
            return self._known[upload_id]
        except KeyError:
            raise NotFoundError("没有这次导入的记录：它已完成多时，或服务重启过；去向见“来源”页的表") from None

    def stop(self) -> None:
        """Take no more; what still waits is read at the next start."""
        self._worker.shutdown(wait=False, cancel_futures=True)

    def _read(self, upload: Upload, spooled: Spooled) -> None:
        upload.state = UploadState.READING
        try:
            self._running.watching.spool.feed_one(spooled, upload.report)
        except Exception as error:  # noqa: BLE001 (the worker goes on with the next; the file is kept)
            _log.error("upload_failed", error=type(error).__name__)
            upload.report.problem = "处理时出错，文件已保留，服务重启后会再读一次；详见日志"
            upload.state = UploadState.FAILED
            return
        upload.state = UploadState.DONE


def safe_name(name: str) -> str:
    """Return a file name without folders, control characters or a leading dot, short enough for any disk."""
    plain = unicodedata.normalize("NFC", name).replace("\\", "/").rpartition("/")[2]
    plain = re.sub(r"[\x00-\x1f\x7f]", "", plain.encode("utf-8", "replace").decode()).lstrip(". ").strip()
    stem, dot, suffix = plain.rpartition(".")
    if not dot or len(suffix) > 10:
        stem, dot, suffix = plain, "", ""
    room = _LONGEST_NAME - len(suffix) - 1
    stem = stem.encode()[:room].decode("utf-8", "ignore") or "file"
    return f"{stem}{dot}{suffix}"


def moment(milliseconds: int | None) -> datetime | None:
    """Return the time that a browser names for a file, None where it is no sensible one."""
    if milliseconds is None or not 0 < milliseconds < 1 << 42:
        return None
    return datetime.fromtimestamp(milliseconds / 1000, UTC)
