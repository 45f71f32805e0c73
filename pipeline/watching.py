"""What a running pipeline looks after beside its stages: watched folders and files handed over by ``ingest``."""

import signal
import threading
import time
from pathlib import Path
from types import FrameType

import structlog

from pipeline import handover
from pipeline.errors import YuqingError
from pipeline.feeding import files_of
from pipeline.service import Service
from pipeline.stores.log import Lane

_log = structlog.get_logger("yuqing.watching")
_POLL = 0.1


class Watcher:
    """Reads each file of the watched folders once it no longer grows, and again when it changes."""

    def __init__(self, running: Service) -> None:
        self._running = running
        self._sizes: dict[Path, tuple[int, int]] = {}
        self._read: set[tuple[Path, int, int]] = set()
        self.stopping = threading.Event()

    def run_until_stopped(self) -> None:
        """Watch until SIGINT, SIGTERM or ``stopping``; then everything taken in so far is kept.

        Raises:
            YuqingError: the pipeline stopped by itself.
        """
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._stop)
        self.run()

    def run(self) -> None:
        """Watch until ``stopping`` is set."""
        look = 0.0
        while not self.stopping.is_set():
            failure = self._running.pipeline.failure
            if failure is not None:
                raise YuqingError(f"处理中断：{failure}") from failure
            if handover.serve(self._running.pipeline, self._running.feeder):
                continue
            if time.monotonic() >= look:
                self.look()
                look = time.monotonic() + self._running.settings.input.watch_seconds
            self.stopping.wait(_POLL)

    def look(self) -> None:
        """Read what is new in the watched folders and stood still since the last look."""
        for path in files_of(folder for folder in self._running.settings.input.watch if folder.exists()):
            stat = path.stat()
            state = (stat.st_size, stat.st_mtime_ns)
            if self._sizes.get(path) != state:
                self._sizes[path] = state
            elif (path, *state) not in self._read:
                report = self._running.feeder.feed(path, lane=Lane.LIVE)
                self._read.add((path, *state))
                _log.info("file_read", source=report.source, offered=report.offered, problem=bool(report.problem))

    def _stop(self, _number: int, _frame: FrameType | None) -> None:
        self.stopping.set()
