"""Why a notification goes out, and how loudly: two pure functions over what is known of a matter and what was told.

61号 二 (重点回应), 湖北 三(一) (分级预警); one source alone is not yet confirmed, a second one corroborates it.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec

from classifiers.assessment import Severity
from pipeline.records import Alert, AlertReason, Grade, IssueState, Ringing, Scope, Silence

_GRADES = list(Grade)  # the gravest first
_SPEAKS_THROUGH_SILENCE = frozenset(
    {AlertReason.SEVERITY_RAISED, AlertReason.GRADE_RAISED, AlertReason.CORRECTION, AlertReason.SILENCE_ENDED}
)


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a matter when it is decided about; ``warned`` and ``growing`` are what is new."""

    severity: Severity | None
    scope: Scope
    state: IssueState = IssueState.NEW
    grade: Grade | None = None
    channels: int = 1
    recent: bool = True  # a live member was not yet old when it was read
    directed: bool = False
    rumour_of_ours: bool = False
    rumour: bool = False
    growing: bool = False
    burst_at: datetime | None = None
    warned: bool = False  # a clock passed a mark
    overdue: bool = False
    silence: Silence | None = None


class Rules(msgspec.Struct, frozen=True):
    """When a matter alerts and whom it wakes; ``roster`` are the waits after which the next in line is told."""

    floor: Severity = Severity.SENSITIVE
    repeat: timedelta = timedelta(hours=4)
    roster: Sequence[timedelta] = ()


def why(standing: Standing, told: Alert | None, rules: Rules, now: datetime) -> AlertReason | None:
    """Return why a notification goes out now, or None; ``told`` is the last revision of the matter's alert."""
    if told is None:
        return _first(standing, rules)
    if standing.state is IssueState.RETRACTED:
        return None if told.reason is AlertReason.CORRECTION else AlertReason.CORRECTION
    before, after = _rank(told.severity), _rank(standing.severity)
    if after > before or told.reason is AlertReason.CORRECTION:
        return AlertReason.SEVERITY_RAISED
    if standing.grade is not None and _graver(standing.grade, told.grade):
        return AlertReason.GRADE_RAISED
    if standing.directed and not told.directed:
        return AlertReason.DIRECTIVE
    if standing.warned:
        return AlertReason.CLOCK_WARNING
    if standing.burst_at is not None and standing.burst_at > told.raised_at:
        return AlertReason.BURST
    if standing.channels > 1 and len(told.channels) == 1:
        return AlertReason.CORROBORATED
    if after < before:
        return AlertReason.SEVERITY_LOWERED
    if standing.silence is not None and standing.silence.until <= now and told.ringing is Ringing.MUTED:
        return AlertReason.SILENCE_ENDED
    return _unanswered(standing, told, rules, now)


def ringing(reason: AlertReason, standing: Standing, attention: str, now: datetime) -> Ringing:
    """Return how loudly: at once, with the digest, or only on the page.

    The top tier rings always at once, except into a silence that was set for it. One source alone goes with the
    digest, unless the time is a sensitive one (闽政办〔2016〕173号 二: 密切关注敏感时间节点).
    """
    silent = standing.silence is not None and standing.silence.until > now
    if silent and reason not in _SPEAKS_THROUGH_SILENCE and not standing.overdue:
        return Ringing.MUTED
    if standing.severity is Severity.MAJOR_EMERGENCY or attention:
        return Ringing.NOW
    alone = reason in (AlertReason.FIRST, AlertReason.REPEAT) and standing.channels == 1 and not standing.directed
    return Ringing.DIGEST if alone or reason is AlertReason.SEVERITY_LOWERED else Ringing.NOW


def _first(standing: Standing, rules: Rules) -> AlertReason | None:
    if not standing.recent or standing.state is IssueState.RETRACTED:
        return None
    if standing.directed:
        return AlertReason.DIRECTIVE
    rank = _rank(standing.severity)
    if standing.scope is Scope.ELSEWHERE or (standing.scope is Scope.UNKNOWN and rank < Severity.MAJOR_EMERGENCY.rank):
        return None
    if rank >= rules.floor.rank:
        return AlertReason.FIRST
    if standing.severity is None:
        if standing.rumour_of_ours:
            return AlertReason.FIRST
        return AlertReason.BURST if standing.rumour and standing.growing else None
    if rank >= Severity.HOT_ISSUE.rank:
        if standing.channels > 1:
            return AlertReason.CORROBORATED
        if standing.growing:
            return AlertReason.BURST
    return None


def _unanswered(standing: Standing, told: Alert, rules: Rules, now: datetime) -> AlertReason | None:
    """Tell the next in line while nobody acknowledges, unless it went with the digest; when all know, repeat."""
    silent = standing.silence is not None and standing.silence.until > now
    grave = _rank(standing.severity) >= rules.floor.rank or standing.directed
    if standing.state is not IssueState.NEW or silent or not grave:
        return None
    since = told.first_at or told.raised_at
    loud = told.ringing is Ringing.NOW
    if loud and told.step < len(rules.roster) and now - since >= rules.roster[told.step]:
        return AlertReason.ESCALATED
    return AlertReason.REPEAT if now - told.raised_at >= rules.repeat else None


def _rank(severity: Severity | None) -> int:
    return -1 if severity is None else severity.rank


def _graver(grade: Grade, than: Grade | None) -> bool:
    return than is None or _GRADES.index(grade) < _GRADES.index(than)
