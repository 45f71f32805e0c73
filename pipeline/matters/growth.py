"""Whether something grows beyond its own daily and weekly rhythm, known from its past alone.

Expected are the texts of the same hour on earlier days, those of the same weekday counting more, shrunk towards the
series' mean where the past is short. The count is called a burst where a negative binomial of that mean, as dispersed
as the past was, gives so many or more with a probability below ``LEVEL`` (cf. Farrington and others 1996, the
exceedance of outbreak detection).
"""

import math
from collections import Counter, deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from pipeline.records import Burst

WINDOW = timedelta(hours=1)
LEVEL = 2e-3
LEAST = 5
"""Fewer texts in the window are no burst, whatever was expected."""

EAGER = (1e-2, 4)
"""Level and least count that find bursts sooner, at about four times the false alarms."""

AGAIN = timedelta(hours=6)
"""A burst is told again after so long, or when it has doubled."""

_WEEKS = 4
_HOUR = 3600
_DAY = 24
_PRIOR_HOURS = 24.0  # of past that the series' mean weighs against the same hours of earlier days
_PRIOR_RATE = 0.3  # texts an hour where nothing is known
_SAME_WEEKDAY = 3.0
_LEAST_DISPERSION = 0.05


def tail(count: int, mean: float, dispersion: float) -> float:
    """Return the probability of ``count`` or more under a negative binomial of variance mean + dispersion * mean²."""
    if count <= 0:
        return 1.0
    size = 1.0 / dispersion
    log_stay, log_move = -math.log1p(mean * dispersion), math.log(mean) - math.log(mean + size)
    below, log_probability = 0.0, size * log_stay
    for k in range(count):
        below += math.exp(log_probability)
        log_probability += math.log((k + size) / (k + 1)) + log_move
    return max(0.0, 1.0 - below)


@dataclass(slots=True)
class Rhythm:
    """The times of one series: counts by hour for four weeks, the moments of the last window, the last burst told."""

    hours: Counter[int] = field(default_factory=Counter)  # by hours since 1970
    recent: deque[float] = field(default_factory=deque)
    first: int | None = None
    told: Burst | None = None
    level: float = LEVEL
    least: int = LEAST

    def add(self, at: datetime, now: datetime) -> Burst | None:
        """Take in one text of a moment up to ``now``; return the burst that it makes known, if any."""
        self.learn(at)
        burst = self.burst(now)
        if burst is not None:
            self.told = burst
        return burst

    def remember(self, burst: Burst) -> None:
        """Take a burst as told."""
        if self.told is None or self.told.at < burst.at:
            self.told = burst

    def learn(self, at: datetime) -> None:
        """Take in one text."""
        stamp = at.timestamp()
        hour = int(stamp // _HOUR)
        self.hours[hour] += 1
        self.first = hour if self.first is None else min(self.first, hour)
        if self.recent and stamp < self.recent[-1]:
            self.recent = deque(sorted((*self.recent, stamp)))
        else:
            self.recent.append(stamp)
        while self.recent and self.recent[-1] - self.recent[0] > 2 * _HOUR:
            self.recent.popleft()
        if len(self.hours) > 2 * _WEEKS * 7 * _DAY:
            oldest = hour - _WEEKS * 7 * _DAY
            self.hours = Counter({known: count for known, count in self.hours.items() if known >= oldest})

    def burst(self, now: datetime) -> Burst | None:
        """Return the burst of the hour that ends now, unless it was told already."""
        stamp = now.timestamp()
        count = sum(stamp - WINDOW.total_seconds() < moment <= stamp for moment in self.recent)
        told = self.told
        if count < self.least or (told is not None and now - told.at < AGAIN and count < 2 * told.count):
            return None
        mean, dispersion = self.expected(now)
        if count <= mean or tail(count, mean, dispersion) >= self.level:
            return None
        return Burst(now, count, round(mean, 2), int(WINDOW.total_seconds() // 60))

    def expected(self, now: datetime) -> tuple[float, float]:
        """Return the mean and the dispersion of the count in the hour that ends now, from what is older than that."""
        stamp = now.timestamp()
        hour, part = int(stamp // _HOUR), stamp % _HOUR / _HOUR
        past = min(_WEEKS * 7 * _DAY, hour - 1 - self.first) if self.first is not None else 0
        if past <= 0:
            return _PRIOR_RATE, _LEAST_DISPERSION
        level = (self.hours.total() - self.hours[hour] - self.hours[hour - 1] + _PRIOR_RATE) / (past + 1)
        weights = total = squares = 0.0
        for days in range(1, past // _DAY + 1):
            same = hour - days * _DAY
            count = part * self.hours[same] + (1 - part) * self.hours[same - 1]
            weight = _SAME_WEEKDAY if days % 7 == 0 else 1.0
            weights, total, squares = weights + weight, total + weight * count, squares + weight * count * count
        strength = _PRIOR_HOURS / _DAY * 2
        mean = (total + strength * level) / (weights + strength)
        variance = squares / weights - (total / weights) ** 2 if weights else 0.0
        dispersion = (variance - mean) / (mean * mean) if mean else 0.0
        return max(mean, 0.05), min(1.0, max(_LEAST_DISPERSION, dispersion))
