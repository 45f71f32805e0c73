"""Which matter alerts, which alert is rewritten, and why (61号 二, 湖北 三(一))."""

from collections.abc import Iterator, Sequence

from classifiers.assessment import Severity
from pipeline.records import Alert, AlertReason, Decision, DecisionKind, HistoryEvent, IssueState, Scope
from pipeline.steps.context import Context
from pipeline.steps.matter import Book, Matter


def first_reason(matter: Matter, ctx: Context) -> AlertReason | None:
    """Return why a matter without an alert gets one, or None while it is only listed."""
    if not (matter.recent_when_read):
        return None
    if matter.directed:
        return AlertReason.DIRECTIVE
    rank = -1 if matter.severity is None else matter.severity.rank
    if matter.scope is Scope.ELSEWHERE:
        return None
    if matter.scope is Scope.UNKNOWN and rank < Severity.MAJOR_EMERGENCY.rank:
        return None
    if rank >= ctx.rules.floor.rank:
        return AlertReason.FIRST
    growing = _grows(matter, ctx)
    if matter.severity is None:
        if matter.rumour and ctx.jurisdiction.ours and matter.scope is Scope.OURS:
            return AlertReason.FIRST
        return AlertReason.BURST if matter.rumour and growing else None
    if rank >= Severity.HOT_ISSUE.rank:
        if len(matter.channels) > 1:
            return AlertReason.CORROBORATED
        if growing:
            return AlertReason.BURST
    return None


def next_reason(matter: Matter, alert: Alert) -> AlertReason | None:
    """Return why the alert of a matter is rewritten, or None when nothing that matters changed."""
    if matter.state is IssueState.RETRACTED:
        return None if alert.reason is AlertReason.CORRECTION else AlertReason.CORRECTION
    before = -1 if alert.severity is None else alert.severity.rank
    after = -1 if matter.severity is None else matter.severity.rank
    if after > before or alert.reason is AlertReason.CORRECTION:
        return AlertReason.SEVERITY_RAISED
    return AlertReason.SEVERITY_LOWERED if after < before else None


def policy(records: Sequence[Matter], state: Book, ctx: Context) -> Iterator[Decision]:
    """Yield an alert for each touched matter that gets one or whose alert is rewritten."""
    for matter in records:
        reason = first_reason(matter, ctx) if matter.alert is None else next_reason(matter, matter.alert)
        if reason is None:
            continue
        previous = matter.alert
        alert = matter.alert = alert_of(matter, reason, ctx)
        matter.note(
            ctx.now,
            HistoryEvent.ALERTED,
            reason=reason,
            revision=str(alert.revision),
            severity=alert.severity or "",
            before="" if previous is None else previous.severity or "",
        )
        yield Decision(DecisionKind.ALERTED, ctx.now, matter.id, alert=alert)


def _grows(matter: Matter, ctx: Context) -> bool:
    return matter.live_since(ctx.now - ctx.rules.growth_window) >= ctx.rules.growth


def alert_of(matter: Matter, reason: AlertReason, ctx: Context, **detail: str) -> Alert:
    """Return the next revision of a matter's alert."""
    cause = max(matter.fresh, key=lambda flagged: flagged.mention.published_at, default=None)
    published = None if cause is None else cause.mention.published_at
    words: tuple[str, ...] = () if matter.alert is None else matter.alert.evidence
    if cause is not None:
        ordered = sorted(cause.assessment.evidence, key=lambda evidence: -evidence.weight)
        words = tuple(dict.fromkeys(evidence.term for evidence in ordered))[:8] or words
    return Alert(
        issue_id=matter.id,
        revision=1 if matter.alert is None else matter.alert.revision + 1,
        severity=matter.severity,
        reason=reason,
        raised_at=ctx.now,
        title=matter.title,
        channels=matter.channels,
        regions=matter.regions,
        categories=matter.categories,
        evidence=words,
        published_at=published,
        seconds_to_alert=None if published is None else max(0.0, (ctx.now - published).total_seconds()),
        detail=detail,
    )
