"""Sends a canary through every connector on a schedule, from a thread of its own."""

import threading
from datetime import timedelta
from zoneinfo import ZoneInfo

import structlog

from pipeline.canary.exports import mention_through, templates
from pipeline.errors import YuqingError
from pipeline.runtimes.base import Runtime

_log = structlog.get_logger("yuqing.canary")


class Rounds:
    """Lets a synthetic severe mention in through each connector, once an interval."""

    def __init__(self, pipeline: Runtime, place: str, zone: str, salt: bytes, interval: timedelta) -> None:
        self._pipeline, self._place, self._zone, self._salt = pipeline, place, ZoneInfo(zone), salt
        self._interval = interval
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._loop, name="canary", daemon=True)

    def once(self) -> list[str]:
        """Send one through each connector; return those that failed (the switch misses them by itself)."""
        failed = []
        for connector in templates():
            try:
                now = self._pipeline.context().now
                self._pipeline.intake.probe(mention_through(connector, self._place, now, self._zone, self._salt))
            except YuqingError as error:
                _log.error("canary_failed", connector=connector, error=str(error))
                failed.append(connector)
        return failed

    def start(self) -> None:
        """Send a round now and at each interval until ``stop``."""
        self._thread.start()

    def _loop(self) -> None:
        while not self._stopping.is_set():
            self.once()
            self._stopping.wait(self._interval.total_seconds())

    def stop(self) -> None:
        """End the thread."""
        self._stopping.set()
        self._thread.join(timeout=10)
