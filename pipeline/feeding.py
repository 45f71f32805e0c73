"""Reading exports into the pipeline: recognised, counted, taken in batches, never faster than they are worked off."""

import hashlib
import time
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

import msgspec
import structlog

from connectors import catalogue
from connectors.connector import Connector, ConnectorError, Item, Reading
from pipeline.errors import YuqingError
from pipeline.runtimes.base import Runtime
from pipeline.stores.intake import Fate
from pipeline.stores.log import Lane

_log = structlog.get_logger("yuqing.feeding")

BATCH = 256
BACKLOG = 2_000  # mentions in flight at which a reading waits


class FileReport(msgspec.Struct):
    """What became of one file: the fates of its records, or the problem with the file as a whole."""

    file: str
    source: str = ""
    offered: int = 0
    fates: dict[Fate, int] = {}
    problem: str = ""


def files_of(paths: Iterable[Path]) -> Iterator[Path]:
    """Yield every file of the paths, folders opened, hidden files left out, in order of names.

    Raises:
        ConnectorError: a path does not exist or a folder cannot be opened.
    """
    for path in paths:
        if not path.exists():
            raise ConnectorError(f"没有这个文件或文件夹：{path}")
        if path.is_dir():
            try:
                inside = sorted(path.iterdir())
            except OSError as error:
                raise ConnectorError(f"文件夹 {path} 打不开：{error.strerror}。请检查权限") from error
            yield from files_of(entry for entry in inside if not entry.name.startswith("."))
        else:
            yield path


class Feeder:
    """Feeds files to a running pipeline."""

    def __init__(self, pipeline: Runtime, salt: bytes, timezone: str, secret_marks: tuple[str, ...] = ()) -> None:
        self._pipeline = pipeline
        self._salt, self._timezone, self._secret_marks = salt, timezone, secret_marks

    def feed(
        self,
        path: Path,
        *,
        format_name: str = "auto",
        lane: Lane = Lane.BULK,
        collected_at: datetime | None = None,
        name: str = "",
        pause: float = 0.0,
    ) -> FileReport:
        """Read one file to its end; what is wrong with the whole of it is in the report.

        ``name`` is shown and kept instead of the file's own. ``pause`` seconds pass after
        each batch, for a reading that must not take the machine.
        """
        report = FileReport(name or path.name)
        try:
            connector = catalogue.recognise(path) if format_name == "auto" else catalogue.named(format_name)
            report.source = connector.name
            self._read(path, connector, report, lane, collected_at, pause)
        except ConnectorError as error:
            report.problem = str(error)
        return report

    def _read(
        self,
        path: Path,
        connector: Connector,
        report: FileReport,
        lane: Lane,
        collected_at: datetime | None,
        pause: float,
    ) -> None:
        try:
            digest = _sha256(path)
            collected = collected_at or datetime.fromtimestamp(path.stat().st_mtime, UTC)
        except OSError as error:
            raise ConnectorError(f"{path.name} 打不开：{error.strerror}。请检查路径与权限") from error
        intake, now = self._pipeline.intake, self._pipeline.context().now
        report.offered = connector.count(path)
        place = intake.begin(connector.name, report.file, digest, report.offered, now)
        reading = Reading(collected, self._salt, self._timezone, self._secret_marks, place.after)
        try:
            items = iter(connector.read(path, reading))
            while batch := self._next(items):
                for fate in intake.take(place, batch, lane, self._pipeline.context().now):
                    report.fates[fate] = report.fates.get(fate, 0) + 1
                self.wait_until_behind(BACKLOG)
                if pause:
                    time.sleep(pause)
        except ConnectorError as error:
            intake.finish(place, str(error))
            raise
        intake.finish(place)

    @staticmethod
    def _next(items: Iterator[Item]) -> list[Item]:
        return list(islice(items, BATCH))

    def finish(self) -> None:
        """Wait until everything is judged, in the ledger and in the corpus."""
        self.wait_until_behind(0)

    def wait_until_behind(self, limit: int) -> None:
        """Wait until no more than ``limit`` records are in flight.

        Raises:
            YuqingError: the pipeline stopped meanwhile.
        """
        while self._pipeline.in_flight() > limit or self._pipeline.index_behind() > 5 * limit:
            if self._pipeline.failure is not None:
                raise YuqingError(f"处理中断：{self._pipeline.failure}") from self._pipeline.failure
            time.sleep(0.002)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
