"""How every part measures: interleaved rounds on one machine, the median of the ratios of each round.

A speed alone says as much of the machine as of the code; a ratio of two ways in the same round does not.
"""

import random
import statistics
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import msgspec


class Options(msgspec.Struct, frozen=True):
    """What the command line asks: ``data`` is a file of JSON lines with ``text`` (None: invented texts)."""

    data: Path | None = None
    rounds: int = 15


class Figure(msgspec.Struct, frozen=True, omit_defaults=True):
    """One result: ``floor`` or ``ceiling`` is what it must reach; ``spread`` the 10th and 90th percentile."""

    name: str
    value: float
    unit: str
    spread: tuple[float, float] | None = None
    floor: float | None = None
    ceiling: float | None = None

    @property
    def met(self) -> bool:
        """Whether the figure reaches what it must."""
        return (self.floor is None or self.value >= self.floor) and (self.ceiling is None or self.value <= self.ceiling)


def interleaved(
    ways: Mapping[str, Callable[[int], int]], rounds: int, now: Callable[[], float] = time.perf_counter
) -> dict[str, list[float]]:
    """Run every way once a round, in changing order; return seconds an item for each round.

    A way takes the number of the round and returns how many items it worked through. ``now`` in seconds is the clock,
    or the processor time of the process.
    """
    shuffler = random.Random(61)
    result: dict[str, list[float]] = {name: [] for name in ways}
    for number in range(-1, rounds):  # the first round warms up and is not counted
        for name in shuffler.sample(sorted(ways), len(ways)):
            started = now()
            items = ways[name](max(number, 0))
            seconds = now() - started
            if number >= 0:
                result[name].append(seconds / items)
    return result


def ratio(name: str, ours: list[float], theirs: list[float], floor: float | None = None) -> Figure:
    """Return how many times as fast ``ours`` is as ``theirs``: the median of the ratios of each round."""
    ratios = sorted(their / our for our, their in zip(ours, theirs, strict=True))
    return Figure(name, statistics.median(ratios), "倍", _spread(ratios), floor=floor)


def speed(name: str, seconds: list[float]) -> Figure:
    """Return items a second, the median of the rounds."""
    speeds = sorted(1 / second for second in seconds)
    return Figure(name, statistics.median(speeds), "条/秒", _spread(speeds))


def _spread(ordered: list[float]) -> tuple[float, float]:
    return ordered[len(ordered) // 10], ordered[-1 - len(ordered) // 10]
