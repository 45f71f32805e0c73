"""How a matter spread, from its members."""

from datetime import UTC, datetime, timedelta

from classifiers.assessment import Severity
from connectors.mention import Channel
from pipeline.matters.spread import spread_of
from pipeline.records import Member, Trend

START = datetime(2026, 6, 1, 8, tzinfo=UTC)


def member(
    name: str, hours: float, channel: Channel, heat: int = 0, *, heat_only: bool = False, retracted: bool = False
) -> Member:
    severity = None if heat_only else Severity.HOT_ISSUE
    at = START + timedelta(hours=hours)
    return Member(name, 0, channel, at, heat, severity, heat_only=heat_only, retracted=retracted)


MEMBERS = (
    member("a", 0, Channel.WEIBO, 10),
    member("b", 0.5, Channel.WEIBO, 5, heat_only=True),
    member("c", 7, Channel.NEWSPAPER, 2),
    member("d", 8, Channel.HOTLINE),
    member("e", 8, Channel.HOTLINE, 100, retracted=True),
)


def test_volume_channels_share_and_heat_are_sums_over_the_live_members() -> None:
    spread = spread_of(MEMBERS)
    assert spread.by_hour == {"2026-06-01T08:00Z": 2, "2026-06-01T15:00Z": 1, "2026-06-01T16:00Z": 1}
    assert spread.channels == {Channel.WEIBO: 2, Channel.HOTLINE: 1, Channel.NEWSPAPER: 1}
    assert (spread.members, spread.heat_only, spread.heat) == (3, 1, 10 + 5 + 2 + 4)
    assert spread.media_share == 0.333


def test_the_trend_compares_six_hours_with_the_six_before() -> None:
    spread = spread_of(MEMBERS)
    assert (spread.recent, spread.before, spread.trend) == (2, 2, Trend.STEADY)
    rising = spread_of([*MEMBERS, *(member(f"n{n}", 8, Channel.WEIBO) for n in range(4))])
    assert rising.trend is Trend.RISING
    falling = spread_of([member(f"n{n}", 1, Channel.WEIBO) for n in range(4)] + [member("z", 8, Channel.WEIBO)])
    assert falling.trend is Trend.FALLING
    assert rising.response_value > spread.response_value > falling.response_value


def test_a_matter_without_live_members_has_spread_nothing() -> None:
    spread = spread_of([MEMBERS[-1]])
    assert (spread.by_hour, spread.heat, spread.recent) == ({}, 0, 0)
