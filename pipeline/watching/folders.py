"""Folders into which exports are put: what is ready is read, how far is kept."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec
import structlog

from connectors.watching.folder import FolderWatch, Ready
from pipeline.feeding import Feeder, FileReport
from pipeline.stores import fault
from pipeline.stores.log import Lane
from pipeline.stores.watches import WatchStore
from pipeline.watching.spool import Spool
from pipeline.watching.state import WatchState, state_of

_log = structlog.get_logger("yuqing.watching")
_KEPT_EVERY = timedelta(minutes=5)  # a look that found nothing to read need not reach the disk


class _Place(msgspec.Struct):
    key: str
    watch: FolderWatch
    format: str
    checkpoint: bytes
    kept: datetime | None


class Folders:
    """Every watched folder; belongs to one thread, but for ``states``."""

    def __init__(
        self, watches: Sequence[tuple[FolderWatch, str]], store: WatchStore, spool: Spool, feeder: Feeder
    ) -> None:
        self._store, self._spool, self._feeder = store, spool, feeder
        self._places = [
            _Place(f"folder {watch.folder.resolve()}", watch, format_name, b"", None) for watch, format_name in watches
        ]
        for place in self._places:
            place.checkpoint, place.kept = store.load(place.key)

    def look(self, now: datetime) -> None:
        """Read what is new in every folder and has stood still.

        Raises:
            YuqingError: the pipeline has stopped or a store is broken.
        """
        for place in self._places:
            ready, place.checkpoint = place.watch.look(place.checkpoint, now)
            for file in ready:
                report = self._read(file, place.format)
                if report is None:
                    continue
                fault.point("folder.before_checkpoint")
                place.checkpoint = place.watch.done(place.checkpoint, file, report.whole, report.problem)
                self._keep(place, now)
                _log.info("file_read", source=report.source, offered=report.offered, problem=bool(report.problem))
            if place.kept is None or now - place.kept >= _KEPT_EVERY:
                self._keep(place, now)

    def _keep(self, place: _Place, now: datetime) -> None:
        self._store.store(place.key, place.checkpoint, now)
        place.kept = now

    def _read(self, file: Ready, format_name: str) -> FileReport | None:
        """Read one file; None where it changed meanwhile, so that it cannot be said how far it was read."""
        try:
            path = self._spool.snapshot(file.path, file.state.size) if file.growing else file.path
        except OSError:  # gone since the look: the next one decides
            return None
        try:
            report = self._feeder.feed(path, format_name=format_name, lane=Lane.LIVE, after=file.after)
        finally:
            if file.growing:
                self._spool.drop(path)
        return report if file.growing or _stands(file) else None

    def states(self, now: datetime) -> list[WatchState]:
        """Return how each folder is doing."""
        return [state_of(place.key, place.watch, place.checkpoint, None, now) for place in self._places]


def _stands(file: Ready) -> bool:
    try:
        stat = file.path.stat()
    except OSError:
        return False
    return (stat.st_size, stat.st_mtime_ns) == (file.state.size, file.state.modified_ns)
