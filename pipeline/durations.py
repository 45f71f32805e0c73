"""Durations as they pass, for Prometheus: how long a stage takes for a batch, and how long an alert took."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from prometheus_client import CollectorRegistry, Histogram

REGISTRY = CollectorRegistry()
_STAGE = Histogram(
    "opinion_stage_seconds",
    "Time that one batch took in a stage",
    ["stage"],
    registry=REGISTRY,
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5),
)
_TO_ALERT = Histogram(
    "opinion_time_to_alert_seconds",
    "Time from the publication of a mention to its alert",
    registry=REGISTRY,
    buckets=(0.1, 0.5, 1, 5, 15, 60, 300, 900, 3600, 4 * 3600, 24 * 3600, 72 * 3600),
)


@contextmanager
def timed(stage: str) -> Iterator[None]:
    """Observe how long a stage takes for one batch."""
    started = time.perf_counter()
    yield
    _STAGE.labels(stage).observe(time.perf_counter() - started)


def alerted(seconds: float | None) -> None:
    """Observe the time from publication to alert."""
    if seconds is not None:
        _TO_ALERT.observe(seconds)
