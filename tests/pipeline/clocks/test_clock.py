"""Statutory clocks."""

from datetime import UTC, datetime, timedelta, timezone

import msgspec
import pytest

from pipeline.clocks.clock import Moments, Pause, Release, deadlines, warning
from pipeline.clocks.grade import propose
from pipeline.clocks.profile import parse, profile, profiles
from pipeline.errors import ConfigError
from pipeline.records import DeadlineAction, Grade

T0 = datetime(2026, 6, 1, 8, tzinfo=UTC)
MOMENTS = Moments(published_at=T0, detected_at=T0 + timedelta(hours=1))
HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("place", "grade", "hours"),
    [
        ("national", None, {"response": 48}),
        ("national", Grade.MAJOR, {"press_conference": 24}),
        ("shandong", Grade.PARTICULARLY_MAJOR, {"authoritative_info": 5, "press_conference": 24}),
        ("shandong", Grade.LARGE, {"response": 48}),
        ("hubei", Grade.MAJOR, {"press_conference": 24}),
        ("fujian", None, {"response": 48}),
        ("county", None, {"response": 49}),
    ],
)
def test_each_profile_starts_its_own_clocks(place: str, grade: Grade | None, hours: dict[str, int]) -> None:
    found = deadlines(profile(place), grade, MOMENTS)
    assert {str(each.action): each.due_at for each in found} == {
        action: T0 + timedelta(hours=number) for action, number in hours.items()
    }
    assert all(each.basis and each.anchor_basis and each.provisional for each in found)


def test_every_grade_has_a_clock_in_every_profile() -> None:
    for place in profiles().values():
        for grade in (None, *Grade):
            assert deadlines(place, grade, MOMENTS)


def test_fujian_counts_from_the_event_and_says_so_when_its_time_is_unknown() -> None:
    known = msgspec.structs.replace(MOMENTS, occurred_at=T0 - 3 * HOUR)
    assert deadlines(profile("fujian"), Grade.MAJOR, known)[0].due_at == T0 + 21 * HOUR
    assert "未知" in deadlines(profile("fujian"), Grade.MAJOR, MOMENTS)[0].anchor_basis


def test_a_grade_raised_late_is_overdue_at_once_and_warns_once() -> None:
    (clock,) = deadlines(profile("national"), Grade.MAJOR, MOMENTS)
    warned = warning(clock, T0 + 30 * HOUR, ())
    assert warned is not None
    assert (warned.percent, warned.overdue) == (100, True)
    assert warning(clock, T0 + 31 * HOUR, (100,)) is None


def test_warnings_come_at_fifty_eighty_and_a_hundred_per_cent() -> None:
    (clock,) = deadlines(profile("national"), None, MOMENTS)
    given: list[int] = []
    marks = []
    for hour in range(60):
        warned = warning(clock, T0 + hour * HOUR, given)
        if warned is not None:
            given.append(warned.percent)
            marks.append((hour, warned.percent, warned.overdue))
    assert marks == [(24, 50, False), (39, 80, False), (48, 100, True)]


def test_after_a_stop_one_warning_speaks_for_all_and_none_is_repeated() -> None:
    (clock,) = deadlines(profile("national"), None, MOMENTS)
    warned = warning(clock, T0 + 40 * HOUR, ())
    assert warned is not None
    assert warned.percent == 80
    assert warning(clock, T0 + 41 * HOUR, (80,)) is None


def test_an_answered_clock_warns_no_more() -> None:
    (clock,) = deadlines(profile("national"), None, MOMENTS)
    assert warning(msgspec.structs.replace(clock, met_at=T0 + HOUR), T0 + 60 * HOUR, ()) is None


def test_a_pause_moves_the_due_time_by_its_length_and_one_that_lasts_by_the_time_so_far() -> None:
    ended = Pause(T0 + 10 * HOUR, "等待上级核实", T0 + 16 * HOUR)
    lasting = Pause(T0 + 20 * HOUR, "等待检测结果")
    (clock,) = deadlines(profile("national"), None, MOMENTS, (lasting, ended), now=T0 + 22 * HOUR)
    assert clock.due_at == T0 + 56 * HOUR


def test_a_pause_after_the_due_time_helps_no_more() -> None:
    (clock,) = deadlines(profile("national"), None, MOMENTS, (Pause(T0 + 50 * HOUR, "迟"),), now=T0 + 60 * HOUR)
    assert clock.due_at == T0 + 48 * HOUR


def test_a_clock_is_provisional_until_the_matter_is_accepted() -> None:
    accepted = msgspec.structs.replace(MOMENTS, accepted_at=T0 + HOUR)
    assert not deadlines(profile("national"), None, accepted)[0].provisional


def test_hours_are_hours_in_whatever_zone_the_times_are_written() -> None:
    there = msgspec.structs.replace(MOMENTS, published_at=T0.astimezone(timezone(timedelta(hours=8))))
    assert deadlines(profile("national"), None, there)[0].due_at == T0 + 48 * HOUR


def test_after_a_public_release_on_a_major_matter_the_next_is_due_counted_from_the_last() -> None:
    releases = [Release(T0, public=True), Release(T0 + 5 * HOUR, public=True), Release(T0 + 9 * HOUR, public=False)]
    clock = deadlines(profile("national"), Grade.MAJOR, MOMENTS, releases=releases)[-1]
    assert (clock.action, clock.due_at) == (DeadlineAction.FOLLOW_UP, T0 + 29 * HOUR)
    assert "61号 三" in clock.basis
    assert [found.action for found in deadlines(profile("national"), None, MOMENTS, releases=releases)] == ["response"]


def test_a_press_conference_is_met_only_by_one_and_authoritative_information_only_in_public() -> None:
    private, site = Release(T0 + HOUR, public=False), Release(T0 + 2 * HOUR, public=True)
    press = Release(T0 + 3 * HOUR, public=True, press_conference=True)
    met = {
        str(clock.action): clock.met_at
        for clock in deadlines(profile("shandong"), Grade.MAJOR, MOMENTS, releases=[private, site, press])
    }
    assert met == {"authoritative_info": site.at, "press_conference": press.at, "follow_up": None}
    (response,) = deadlines(profile("shandong"), None, MOMENTS, releases=[private])
    assert response.met_at == private.at


def test_a_pause_that_lasts_shows_on_the_clock() -> None:
    (clock,) = deadlines(profile("national"), None, MOMENTS, (Pause(T0 + HOUR, "等"),), now=T0 + 2 * HOUR)
    assert clock.paused_since == T0 + HOUR


def test_a_deployments_own_profile_goes_before_the_shipped_and_a_broken_file_is_said_in_words() -> None:
    own = parse(
        '[ours]\nname = "我市"\nanchor = "accepted_at"\nanchor_basis = "本市规定"\nfollow_up_hours = 4\n'
        'follow_up_basis = "本市规定"\nfollow_up_grades = ["other"]\n'
        'lines = [{action = "response", grades = ["other"], hours = 12, basis = "本市规定 五"}]\n'
    )
    accepted = msgspec.structs.replace(MOMENTS, accepted_at=T0 + HOUR)
    (clock,) = deadlines(profile("ours", own), None, accepted)
    assert (clock.due_at, clock.basis) == (T0 + 13 * HOUR, "本市规定 五")
    with pytest.raises(ConfigError, match="时限方案文件有误"):
        parse('[ours]\nname = "我市"\n')


def test_every_line_of_every_profile_cites_its_clause() -> None:
    for place in profiles().values():
        assert place.anchor_basis
        assert place.follow_up_basis
        assert all(line.basis for line in place.lines)


def test_an_unknown_profile_is_an_error_that_names_the_known_ones() -> None:
    with pytest.raises(ConfigError, match="shandong"):
        profile("atlantis")


@pytest.mark.parametrize(
    ("text", "grade"),
    [
        ("事故已致31人死亡", Grade.PARTICULARLY_MAJOR),
        ("火灾造成16人遇难", Grade.MAJOR),
        ("死亡人数升至10人", Grade.MAJOR),
        ("已致3人遇难，2人失联", Grade.LARGE),
        ("坍塌致1人死亡", Grade.ORDINARY),
        ("发布暴雨红色预警", Grade.PARTICULARLY_MAJOR),
        ("蓝色预警升级为橙色预警", Grade.MAJOR),
        ("30人受伤", None),
        ("路灯不亮", None),
    ],
)
def test_a_grade_is_proposed_by_the_dead_and_by_the_colour_of_the_warning(text: str, grade: Grade | None) -> None:
    proposal = propose(text)
    assert (None if proposal is None else proposal.grade) == grade
    assert proposal is None or proposal.words in text
