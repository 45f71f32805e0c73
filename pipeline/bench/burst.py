"""Finding bursts: delay and false alarms, against a rule of thumb, on timelines with planted bursts."""

import gzip
import random
import statistics
from bisect import bisect_right
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import orjson

from pipeline.bench._rounds import Figure, Options
from pipeline.matters.growth import EAGER, LEAST, LEVEL, Rhythm

TITLE = "突发增长的发现"
_START = datetime(2026, 3, 2, tzinfo=UTC)
_WARM, _DAYS = 28, 14
_RATES = (0.2, 0.5, 1.0, 3.0, 8.0)  # texts an hour
_SERIES_EACH = 3
_FACTOR, _LASTS = 6.0, 3.0  # a burst: so many times the usual plus three an hour, for so many hours
_DAILY = (2, 1, 1, 1, 1, 2, 4, 6, 9, 10, 10, 9, 8, 8, 9, 9, 9, 9, 8, 9, 10, 9, 7, 4)
Detector = Callable[[datetime], bool]


def measure(options: Options) -> list[Figure]:
    """Return false alarms a day and the delay in minutes of both ways on the same timelines."""
    profile = _profile(options)
    chooser = random.Random(61)
    timelines = [_timeline(rate, profile, chooser) for rate in _RATES for _ in range(_SERIES_EACH)]
    rule, ours = _score(timelines, _Rule), _score(timelines, _Ours)
    eager = _score(timelines, lambda: _Ours(*EAGER))
    names = ("每序列每天误报", "发现的中位延迟", "3 小时内发现")
    units = ("次", "分钟", "比例")
    figures = [
        Figure(f"{name}：经验规则（近 1 小时比前 12 小时，再核前一天与前一周）", value, unit)
        for name, value, unit in zip(names, rule, units, strict=True)
    ]
    return [
        *figures,
        Figure(f"{names[0]}：本系统", ours[0], units[0], ceiling=rule[0] / 4),
        Figure(f"{names[1]}：本系统", ours[1], units[1], ceiling=60.0),
        Figure(f"{names[2]}：本系统", ours[2], units[2], floor=rule[2]),
        Figure(f"{names[0]}：本系统，灵敏档", eager[0], units[0], ceiling=rule[0]),
        Figure(f"{names[1]}：本系统，灵敏档", eager[1], units[1], ceiling=rule[1]),
        Figure(f"{names[2]}：本系统，灵敏档", eager[2], units[2], floor=rule[2]),
    ]


def _profile(options: Options) -> list[float]:
    """Return the share of each hour of the day: of the file's texts where they are dated to the minute."""
    hours = [0] * 24
    if options.data is not None and options.data.exists():
        opener = gzip.open if options.data.suffix == ".gz" else open
        with opener(options.data, "rb") as lines:
            for line in lines:
                at = str((row := orjson.loads(line)).get("time") or row.get("published_at") or "")
                if len(at) >= 16 and at[11:16] != "00:00":
                    hours[int(at[11:13])] += 1
    known = hours if sum(hours) >= 5_000 else list(_DAILY)
    return [24 * (count + 0.2) / (sum(known) + 4.8) for count in known]


def _timeline(rate: float, profile: list[float], chooser: random.Random) -> tuple[list[datetime], list[datetime]]:
    """Return the moments of a series and the beginnings of its bursts, one every other day after the warm-up."""
    begins = [_START + timedelta(days=_WARM + day, hours=chooser.uniform(8, 20)) for day in range(0, _DAYS, 2)]
    moments: list[datetime] = []
    day_factor = 1.0
    for hour in range(24 * (_WARM + _DAYS)):
        at = _START + timedelta(hours=hour)
        if hour % 24 == 0:
            day_factor = chooser.gammavariate(10, 0.1) * (0.6 if at.weekday() >= 5 else 1.0)
        moments += _poisson(at, rate * profile[at.hour] * day_factor, 1.0, chooser)
    for begin in begins:
        moments += _poisson(begin, (rate * (_FACTOR - 1) + 3) * _LASTS, _LASTS, chooser)
    return sorted(moments), begins


def _poisson(at: datetime, mean: float, hours: float, chooser: random.Random) -> Iterator[datetime]:
    offset = chooser.expovariate(mean / hours)
    while offset < hours:
        yield at + timedelta(hours=offset)
        offset += chooser.expovariate(mean / hours)


class _Ours:
    def __init__(self, level: float = LEVEL, least: int = LEAST) -> None:
        self._rhythm = Rhythm(level=level, least=least)

    def __call__(self, at: datetime) -> bool:
        return self._rhythm.add(at, at) is not None


class _Rule:
    """More than twice the mean of the past twelve hours, yesterday's and last week's same hour; told every 6 hours."""

    def __init__(self) -> None:
        self._moments: list[datetime] = []
        self._told = _START

    def __call__(self, at: datetime) -> bool:
        self._moments.append(at)

        def counted(hours_back: float, hours: float = 1.0) -> int:
            end = at - timedelta(hours=hours_back)
            return bisect_right(self._moments, end) - bisect_right(self._moments, end - timedelta(hours=hours))

        count = counted(0)
        usual = max(counted(1, 12) / 12, counted(24), counted(168))
        if count < 5 or count <= 2 * usual or at - self._told < timedelta(hours=6):
            return False
        self._told = at
        return True


def _score(
    timelines: list[tuple[list[datetime], list[datetime]]], make: Callable[[], Detector]
) -> tuple[float, float, float]:
    false, delays, bursts = 0, list[float](), 0
    test = _START + timedelta(days=_WARM)
    for moments, begins in timelines:
        detect = make()
        told = [at for at in moments if detect(at) and at >= test]
        bursts += len(begins)
        for begin in begins:
            within = [at for at in told if begin <= at <= begin + timedelta(hours=_LASTS)]
            delays += [(within[0] - begin).total_seconds() / 60] if within else []
        false += sum(all(not begin <= at <= begin + timedelta(hours=_LASTS + 1) for begin in begins) for at in told)
    return false / (len(timelines) * _DAYS), statistics.median(delays) if delays else 999.0, len(delays) / bursts
