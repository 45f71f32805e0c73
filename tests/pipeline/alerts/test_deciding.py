"""Why a notification goes out, and how loudly: the whole table, without anything around it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from classifiers.assessment import Severity
from connectors.mention import Channel
from pipeline.alerts.deciding import Rules, Standing, ringing, why
from pipeline.records import Alert, AlertReason, Grade, IssueState, Ringing, Scope, Silence

NOW = datetime(2026, 6, 16, 8, tzinfo=UTC)
RULES = Rules(roster=(timedelta(minutes=15), timedelta(minutes=30)))
ANY = Standing(severity=Severity.SENSITIVE, scope=Scope.OURS)
TOLD = Alert("y1", 1, Severity.SENSITIVE, AlertReason.FIRST, NOW, "起火", (Channel.WEIBO,), first_at=NOW)


def standing(**facts: Any) -> Standing:
    return structs.replace(ANY, **facts)


def told(**facts: Any) -> Alert:
    return structs.replace(TOLD, **facts)


def silent(hours: float) -> Silence:
    return Silence("李", "已在处理", NOW - timedelta(hours=1), NOW + timedelta(hours=hours))


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        ({}, AlertReason.FIRST),
        ({"severity": Severity.HOT_ISSUE}, None),
        ({"severity": Severity.HOT_ISSUE, "channels": 2}, AlertReason.CORROBORATED),
        ({"severity": Severity.HOT_ISSUE, "growing": True}, AlertReason.BURST),
        ({"severity": Severity.GENERAL, "channels": 3, "growing": True}, None),
        ({"severity": Severity.GENERAL, "directed": True}, AlertReason.DIRECTIVE),
        ({"scope": Scope.ELSEWHERE, "severity": Severity.MAJOR_EMERGENCY}, None),
        ({"scope": Scope.UNKNOWN}, None),
        ({"scope": Scope.UNKNOWN, "severity": Severity.MAJOR_EMERGENCY}, AlertReason.FIRST),
        ({"scope": Scope.SUPERIOR}, AlertReason.FIRST),
        ({"recent": False}, None),
        ({"recent": False, "directed": True}, None),
        ({"state": IssueState.RETRACTED}, None),
        ({"severity": None, "rumour": True}, None),
        ({"severity": None, "rumour": True, "growing": True}, AlertReason.BURST),
        ({"severity": None, "rumour": True, "rumour_of_ours": True}, AlertReason.FIRST),
    ],
)
def test_what_makes_a_matter_ring_for_the_first_time(facts: dict[str, Any], reason: AlertReason | None) -> None:
    assert why(standing(**facts), None, RULES, NOW) is reason


@pytest.mark.parametrize(
    ("facts", "before", "minutes", "reason"),
    [
        ({}, {}, 1, None),
        ({"severity": Severity.MAJOR_EMERGENCY}, {}, 1, AlertReason.SEVERITY_RAISED),
        ({"severity": Severity.HOT_ISSUE}, {}, 1, AlertReason.SEVERITY_LOWERED),
        ({"grade": Grade.LARGE}, {}, 1, AlertReason.GRADE_RAISED),
        ({"grade": Grade.MAJOR}, {"grade": Grade.LARGE}, 1, AlertReason.GRADE_RAISED),
        ({"grade": Grade.LARGE}, {"grade": Grade.MAJOR}, 1, None),
        ({"warned": True}, {}, 1, AlertReason.CLOCK_WARNING),
        ({"directed": True}, {}, 1, AlertReason.DIRECTIVE),
        ({"directed": True}, {"directed": True}, 1, None),
        ({"burst_at": NOW + timedelta(seconds=30)}, {}, 1, AlertReason.BURST),
        ({"burst_at": NOW - timedelta(seconds=30)}, {}, 1, None),
        ({"channels": 2}, {}, 1, AlertReason.CORROBORATED),
        ({"channels": 3}, {"channels": (Channel.WEIBO, Channel.FORUM)}, 1, None),
        ({"state": IssueState.RETRACTED}, {}, 1, AlertReason.CORRECTION),
        ({"state": IssueState.RETRACTED}, {"reason": AlertReason.CORRECTION}, 1, None),
        ({}, {"reason": AlertReason.CORRECTION}, 1, AlertReason.SEVERITY_RAISED),
        ({}, {}, 15, AlertReason.ESCALATED),
        ({}, {"ringing": Ringing.DIGEST}, 15, None),
        ({}, {"ringing": Ringing.DIGEST}, 240, AlertReason.REPEAT),
        ({}, {"step": 1, "raised_at": NOW + timedelta(minutes=15)}, 20, None),
        ({}, {"step": 1, "raised_at": NOW + timedelta(minutes=15)}, 30, AlertReason.ESCALATED),
        ({}, {"step": 2, "raised_at": NOW + timedelta(minutes=30)}, 60, None),
        ({}, {"step": 2, "raised_at": NOW + timedelta(minutes=30)}, 270, AlertReason.REPEAT),
        ({"state": IssueState.ACKNOWLEDGED}, {}, 600, None),
        ({"severity": Severity.HOT_ISSUE}, {"severity": Severity.HOT_ISSUE}, 600, None),
        ({"silence": silent(20)}, {}, 600, None),
        ({"silence": silent(0)}, {"ringing": Ringing.MUTED}, 1, AlertReason.SILENCE_ENDED),
        ({"silence": silent(0), "state": IssueState.ACKNOWLEDGED}, {}, 1, None),
    ],
)
def test_what_rewrites_an_alert(
    facts: dict[str, Any], before: dict[str, Any], minutes: int, reason: AlertReason | None
) -> None:
    assert why(standing(**facts), told(**before), RULES, NOW + timedelta(minutes=minutes)) is reason


@pytest.mark.parametrize(
    ("reason", "facts", "attention", "how"),
    [
        (AlertReason.FIRST, {}, "", Ringing.DIGEST),
        (AlertReason.FIRST, {"channels": 2}, "", Ringing.NOW),
        (AlertReason.REPEAT, {}, "", Ringing.DIGEST),
        (AlertReason.REPEAT, {"directed": True}, "", Ringing.NOW),
        (AlertReason.FIRST, {"severity": Severity.MAJOR_EMERGENCY}, "", Ringing.NOW),
        (AlertReason.FIRST, {}, "国庆节", Ringing.NOW),
        (AlertReason.CORROBORATED, {"channels": 2}, "", Ringing.NOW),
        (AlertReason.DIRECTIVE, {}, "", Ringing.NOW),
        (AlertReason.SEVERITY_LOWERED, {"channels": 2}, "", Ringing.DIGEST),
        (AlertReason.BURST, {"silence": silent(1)}, "", Ringing.MUTED),
        (AlertReason.CLOCK_WARNING, {"silence": silent(1)}, "", Ringing.MUTED),
        (AlertReason.CLOCK_WARNING, {"silence": silent(1), "overdue": True}, "", Ringing.NOW),
        (AlertReason.SEVERITY_RAISED, {"silence": silent(1)}, "", Ringing.NOW),
        (AlertReason.GRADE_RAISED, {"silence": silent(1)}, "", Ringing.NOW),
        (AlertReason.CORRECTION, {"silence": silent(1)}, "", Ringing.NOW),
    ],
)
def test_how_loudly(reason: AlertReason, facts: dict[str, Any], attention: str, how: Ringing) -> None:
    assert ringing(reason, standing(**facts), attention, NOW) is how


@given(
    st.sampled_from((None, *Severity)),
    st.sampled_from(Scope),
    st.sampled_from((None, *Grade)),
    st.integers(1, 4),
    st.booleans(),
    st.booleans(),
)
def test_the_same_standing_never_rings_twice(
    severity: Severity | None, scope: Scope, grade: Grade | None, channels: int, directed: bool, growing: bool
) -> None:
    facts = standing(severity=severity, scope=scope, grade=grade, channels=channels, directed=directed, growing=growing)
    reason = why(facts, None, RULES, NOW)
    if reason is None:
        return
    first = told(severity=severity, grade=grade, channels=tuple(Channel)[:channels], directed=directed, reason=reason)
    assert why(facts, first, RULES, NOW + timedelta(minutes=1)) is None
