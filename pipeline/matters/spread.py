"""How a matter spread: volume by hour, channels, the media's share, heat, trend, and what an answer is worth (J3).

湖北 三(二): 科学判断舆情走势和回应价值. Everything here is a sum over the members, so anyone can recompute it.
"""

import math
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import msgspec

from classifiers.assessment import Severity
from connectors.mention import Channel
from pipeline.records import Member, Trend

MEDIA = (Channel.NEWSPAPER, Channel.WEBSITE, Channel.WECHAT)
"""Channels of media and institutions; the others are the public's own."""

TREND_WINDOW = timedelta(hours=6)
_RISES, _FALLS = 1.5, 0.67
_HEAT_AT_MOST = 1e5
_TREND_WORTH = {Trend.RISING: 1.0, Trend.STEADY: 0.5, Trend.FALLING: 0.0}


class Spread(msgspec.Struct, frozen=True):
    """The spread of one matter up to its newest text.

    ``by_hour`` counts texts by the hour of publishing (heat-only members included), ``heat`` is the sum of all live
    members and of what only gives heat. ``trend`` compares the last six hours (``recent``) with the six before
    (``before``). ``response_value`` in [0, 1] is the mean of the parts in ``worth``.
    """

    by_hour: dict[str, int]
    channels: dict[Channel, int]
    media_share: float
    members: int
    heat_only: int
    heat: int
    trend: Trend
    recent: int
    before: int
    response_value: float
    worth: dict[str, float]


def spread_of(members: Iterable[Member]) -> Spread:
    """Return the spread of a matter from its members; those taken back count for nothing."""
    live = [member for member in members if not member.retracted]
    own = [member for member in live if not member.heat_only]
    hours = Counter(member.published_at.astimezone(UTC).strftime("%Y-%m-%dT%H:00Z") for member in live)
    channels = Counter(member.channel for member in live)
    media = sum(member.channel in MEDIA for member in own) / len(own) if own else 0.0
    heat = sum(member.heat + 1 for member in live)
    newest = max((member.published_at for member in live), default=None)
    recent, before = _counts(live, newest)
    trend = _trend(recent, before)
    severest = max((member.severity.rank for member in own if member.severity is not None), default=-1)
    worth = {
        "severity": (severest + 1) / len(Severity),
        "heat": min(1.0, math.log10(1 + heat) / math.log10(1 + _HEAT_AT_MOST)),
        "trend": _TREND_WORTH[trend],
        "channels": min(1.0, (len(channels) - 1) / 3) if channels else 0.0,
        "rumour": float(any(member.rumour for member in own)),
    }
    return Spread(
        by_hour=dict(sorted(hours.items())),
        channels={channel: channels[channel] for channel in Channel if channels[channel]},
        media_share=round(media, 3),
        members=len(own),
        heat_only=len(live) - len(own),
        heat=heat,
        trend=trend,
        recent=recent,
        before=before,
        response_value=round(sum(worth.values()) / len(worth), 2),
        worth={name: round(value, 2) for name, value in worth.items()},
    )


def _counts(live: Iterable[Member], newest: datetime | None) -> tuple[int, int]:
    if newest is None:
        return 0, 0
    recent = before = 0
    for member in live:
        age = newest - member.published_at
        recent += age < TREND_WINDOW
        before += TREND_WINDOW <= age < 2 * TREND_WINDOW
    return recent, before


def _trend(recent: int, before: int) -> Trend:
    if recent >= _RISES * max(before, 1):
        return Trend.RISING
    return Trend.FALLING if recent <= _FALLS * before else Trend.STEADY
