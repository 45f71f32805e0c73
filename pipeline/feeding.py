"""Reading exports into the pipeline: recognised, counted, taken in batches, never faster than they are worked off."""

import hashlib
import time
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

import msgspec
import structlog

from connectors import catalogue
from connectors.connector import Connector, ConnectorError, Item, Quarantined, Reading, RefusalReason, Refused
from connectors.explaining import Explainer, Explanation
from connectors.mention import RawRef
from connectors.reading.encodings import decode
from connectors.reading.items import safe_file
from connectors.reading.secrets import is_secret
from pipeline.errors import YuqingError
from pipeline.runtimes.base import Runtime
from pipeline.stores.intake import Fate
from pipeline.stores.log import Lane

_log = structlog.get_logger("yuqing.feeding")

UNRECOGNISED = "unrecognised"
"""The source of what no connector knows."""

_MOST_KEPT = 8 << 20  # bytes of a file that is refused as a whole
BATCH = 256


class FileReport(msgspec.Struct):
    """What became of one file: the fates of its records, or the problem with the file as a whole.

    ``whole`` is how many records, from the file's start, need not be read again when it has grown: all but a last one
    that was cut off.
    """

    file: str
    source: str = ""
    offered: int = 0
    fates: dict[Fate, int] = {}
    problem: str = ""
    whole: int = 0
    explanation: Explanation | None = None


def files_of(paths: Iterable[Path]) -> Iterator[Path]:
    """Yield every file of the paths, folders opened, hidden files left out, in order of names.

    Raises:
        ConnectorError: a path does not exist or a folder cannot be opened.
    """
    for path in paths:
        try:
            if not path.exists():
                raise ConnectorError(f"没有这个文件或文件夹：{path}")
            inside = sorted(path.iterdir()) if path.is_dir() else None
        except OSError as error:
            raise ConnectorError(f"{path} 打不开：{error.strerror}。请检查权限") from error
        if inside is not None:
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
        after: int = 0,
        pause: float = 0.0,
        explained: FileReport | None = None,
    ) -> FileReport:
        """Read one file to its end; what is wrong with the whole of it is in the report.

        ``name`` is shown and kept instead of the file's own. The first ``after`` records were read before and are not
        offered again. ``pause`` seconds pass after each batch, for a reading that must not take the machine. A report
        given as ``explained`` is filled while the file is read, and at the end says what was made of it.
        """
        report = explained or FileReport("")
        report.file = safe_file(name or path.name, self._secret_marks)
        try:
            connector = catalogue.recognise(path) if format_name == "auto" else catalogue.named(format_name)
            report.source = connector.name
            explainer = Explainer(path, connector, chosen=format_name != "auto") if explained else None
            self._read(path, connector, report, lane, collected_at, after, pause, explainer)
            if explainer is not None:
                report.explanation = explainer.explanation(report.offered)
        except ConnectorError as error:
            report.problem = str(error)
        return report

    def feed_capture(
        self,
        path: Path,
        format_name: str,
        collected_at: datetime,
        *,
        lane: Lane = Lane.LIVE,
        explained: FileReport | None = None,
    ) -> FileReport:
        """Read what no one else has; what cannot be read as a whole is kept as one refused record."""
        report = self.feed(path, format_name=format_name, lane=lane, collected_at=collected_at, explained=explained)
        if report.problem:
            self._keep(path, report)
        return report

    def _keep(self, path: Path, report: FileReport) -> None:
        with path.open("rb") as file:
            data = file.read(_MOST_KEPT)
        place = RawRef(report.file, 1, hashlib.sha256(data).hexdigest())
        item: Item = Refused(RefusalReason.BAD_SHAPE, report.problem, place, data)
        if is_secret(decode(data).text, self._secret_marks):
            item = Quarantined(place, data)
        now = self._pipeline.context().now
        reading = self._pipeline.intake.begin(report.source or UNRECOGNISED, report.file, place.sha256, 1, now)
        for fate in self._pipeline.intake.take(reading, [item], Lane.LIVE, now):
            report.fates[fate] = report.fates.get(fate, 0) + 1
        self._pipeline.intake.finish(reading)

    def _read(
        self,
        path: Path,
        connector: Connector,
        report: FileReport,
        lane: Lane,
        collected_at: datetime | None,
        after: int,
        pause: float,
        explainer: Explainer | None,
    ) -> None:
        try:
            digest = _sha256(path)
            collected = collected_at or datetime.fromtimestamp(path.stat().st_mtime, UTC)
        except OSError as error:
            raise ConnectorError(f"{path.name} 打不开：{error.strerror}。请检查路径与权限") from error
        intake, now = self._pipeline.intake, self._pipeline.context().now
        report.offered = max(connector.count(path) - after, 0)
        place = intake.begin(connector.name, report.file, digest, report.offered, now, after)
        trace = None if explainer is None else explainer.see
        reading = Reading(collected, self._salt, self._timezone, self._secret_marks, place.after, trace)
        try:
            items = iter(connector.read(path, reading))
            cut = False
            while batch := self._next(items):
                cut = isinstance(batch[-1], Refused) and batch[-1].reason is RefusalReason.CUT_OFF
                for fate in intake.take(place, batch, lane, self._pipeline.context().now):
                    report.fates[fate] = report.fates.get(fate, 0) + 1
                self._wait_while(self._pipeline.full)
                if pause:
                    time.sleep(pause)
        except ConnectorError as error:
            intake.finish(place, str(error))
            raise
        intake.finish(place)
        report.whole = place.after - cut

    @staticmethod
    def _next(items: Iterator[Item]) -> list[Item]:
        return list(islice(items, BATCH))

    def finish(self) -> None:
        """Wait until everything is judged, in the ledger and in the corpus."""
        self._wait_while(lambda: self._pipeline.in_flight() > 0 or self._pipeline.index_behind() > 0)

    def finish_review(self, seconds: float) -> int:
        """Wait, at most some seconds, for the careful reader and what comes of it; return how many still wait."""
        until = time.monotonic() + seconds
        while self._pipeline.review_queue() and time.monotonic() < until and not self._pipeline.problems():
            time.sleep(0.05)
        self.finish()
        return self._pipeline.review_queue()

    def _wait_while(self, busy: Callable[[], bool]) -> None:
        """Wait for the pipeline.

        Raises:
            YuqingError: the pipeline stopped meanwhile.
        """
        while busy():
            if self._pipeline.failure is not None:
                raise YuqingError(f"处理中断：{self._pipeline.failure}") from self._pipeline.failure
            time.sleep(0.002)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
