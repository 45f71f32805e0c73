"""Captures on their way in: on the disk before the checkpoint says so, gone once every record has its fate."""

import os
import shutil
import uuid
from datetime import datetime
from pathlib import Path

import structlog

from connectors.watching.watch import Capture, Polled
from pipeline.feeding import Feeder, FileReport
from pipeline.stores import fault
from pipeline.stores.log import Lane
from pipeline.stores.watches import Spooled, WatchStore

_log = structlog.get_logger("yuqing.spool")
UPLOAD = "upload"
"""The source of what a person brings by the page."""


class Spool:
    """A private folder with a folder of its own for each capture, so that every file keeps its name."""

    def __init__(self, folder: Path, store: WatchStore, feeder: Feeder) -> None:
        folder.mkdir(mode=0o700, exist_ok=True)
        self._folder, self._store, self._feeder = folder, store, feeder

    def recover(self) -> None:
        """Take in what an earlier process left, and throw away what no checkpoint speaks of: it is captured again."""
        known = {spooled.folder for spooled in self._store.spooled()}
        for entry in self._folder.iterdir():
            if entry.name not in known:
                shutil.rmtree(entry)
        self.feed()

    def take(self, watch: str, polled: Polled) -> None:
        """Keep what one look brought, its checkpoint with it, and take the captures into the pipeline."""
        spooled = [self._keep(watch, capture) for capture in polled.captures]
        fault.point("spool.before_checkpoint")
        self._store.store(watch, polled.checkpoint, polled.next_at, spooled)
        if spooled:
            self.feed(watch)

    def feed(self, watch: str = "") -> None:
        """Take the captures of one source, or of all, into the pipeline."""
        for spooled in self._store.spooled(watch):
            self.feed_one(spooled)

    def feed_one(self, spooled: Spooled, explained: FileReport | None = None) -> None:
        """Take one capture into the pipeline; a report is filled meanwhile."""
        folder = self._folder / spooled.folder
        path = next(folder.iterdir(), None) if folder.exists() else None
        if path is None:
            _log.warning("spooled_file_gone", watch=spooled.watch)
            self._store.lost(spooled)
            return
        lane = Lane.BULK if spooled.watch == UPLOAD else Lane.LIVE
        self._feeder.feed_capture(path, spooled.format, spooled.at, lane=lane, explained=explained)
        fault.point("spool.before_forgetting")
        self._store.fed(spooled)
        shutil.rmtree(folder)

    def new_file(self, name: str) -> Path:
        """Return a place of its own for a file that a person brings; nothing is there yet."""
        return self._new_folder() / name

    def register(self, path: Path, format_name: str, collected_at: datetime) -> Spooled:
        """Keep a file that now lies whole at a place of ``new_file``; from here on it survives the process."""
        for place in (path, path.parent, self._folder):
            _sync(place)
        return self._store.add(Spooled(0, UPLOAD, path.parent.name, format_name, collected_at.timestamp()))

    def snapshot(self, path: Path, size: int) -> Path:
        """Return a copy of a growing file's first bytes, under its own name; the caller gives it to ``drop``."""
        folder = self._new_folder()
        left = size
        with path.open("rb") as source, (folder / path.name).open("wb") as copy:
            while left and (block := source.read(min(left, 1 << 20))):
                left -= len(block)
                copy.write(block)
        shutil.copystat(path, folder / path.name)
        return folder / path.name

    @staticmethod
    def drop(file: Path) -> None:
        """Throw away a snapshot, or a file that did not come whole."""
        shutil.rmtree(file.parent)

    def _keep(self, watch: str, capture: Capture) -> Spooled:
        folder = self._new_folder()
        handle = os.open(folder / capture.name, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(capture.data)
            file.flush()
            os.fsync(file.fileno())
        for place in (folder, self._folder):
            _sync(place)
        return Spooled(0, watch, folder.name, capture.format, capture.collected_at.timestamp())

    def _new_folder(self) -> Path:
        folder = self._folder / uuid.uuid4().hex
        folder.mkdir(mode=0o700)
        return folder


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
