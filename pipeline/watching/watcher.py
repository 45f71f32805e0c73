"""The loop of a running pipeline: hand-overs and folders in its own thread, feeds and pages in a few others."""

import signal
import threading
import time
from types import FrameType

from pipeline import handover
from pipeline.errors import YuqingError
from pipeline.service import Service

_POLL = 0.1
_FETCHERS = 4  # a slow server holds up one of them and no other source


class Watcher:
    """Looks at everything that is to be looked at until it is told to stop."""

    def __init__(self, running: Service) -> None:
        self._running = running
        self.stopping = threading.Event()
        self._failure: BaseException | None = None

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
        watching = self._running.watching
        watching.spool.recover()
        count = _FETCHERS if watching.sources else 0
        fetchers = [threading.Thread(target=self._fetch, name=f"fetch-{n}", daemon=True) for n in range(count)]
        for thread in fetchers:
            thread.start()
        try:
            self._loop()
        finally:
            self.stopping.set()
            for thread in fetchers:
                thread.join(timeout=20)

    def _loop(self) -> None:
        running, look = self._running, 0.0
        while not self.stopping.is_set():
            failure = running.pipeline.failure or self._failure
            if failure is not None:
                raise YuqingError(f"处理中断：{failure}") from failure
            if handover.serve(running.pipeline, running.feeder):
                continue
            if time.monotonic() >= look:
                running.watching.folders.look(running.pipeline.context().now)
                look = time.monotonic() + running.settings.watch.look_seconds
            self.stopping.wait(_POLL)

    def _fetch(self) -> None:
        try:
            while not self.stopping.is_set():
                if not self._running.watching.sources.step(self._running.pipeline.context().now):
                    self.stopping.wait(_POLL)
        except BaseException as error:  # noqa: BLE001 (the main thread is told and ends the process)
            self._failure = error

    def _stop(self, _number: int, _frame: FrameType | None) -> None:
        self.stopping.set()
