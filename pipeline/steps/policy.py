"""Which matter alerts, which alert is rewritten, and why (61号 二, 湖北 三(一))."""

from collections.abc import Iterator, Sequence

from pipeline.alerts.deciding import Standing, ringing, why
from pipeline.clocks.clock import Warned
from pipeline.records import Alert, AlertReason, Decision, DecisionKind, HistoryEvent, Scope
from pipeline.steps.context import Context
from pipeline.steps.matter import Book, Matter


def policy(records: Sequence[Matter], state: Book, ctx: Context) -> Iterator[Decision]:
    """Yield an alert for each touched matter that gets one or whose alert is rewritten."""
    for matter in records:
        yield from decide(matter, ctx)


def decide(matter: Matter, ctx: Context, warned: Warned | None = None) -> Iterator[Decision]:
    """Yield the next revision of a matter's alert where there is a reason; ``warned`` is the gravest new warning."""
    standing = standing_of(matter, ctx, warned)
    reason = why(standing, matter.alert, ctx.rules.deciding, ctx.now)
    if reason is None:
        return
    previous = matter.alert
    alert = matter.alert = _alert(matter, reason, standing, ctx, warned)
    matter.note(
        ctx.now,
        HistoryEvent.ALERTED,
        reason=reason,
        revision=str(alert.revision),
        severity=alert.severity or "",
        before="" if previous is None else previous.severity or "",
        ringing=alert.ringing,
        **{name: text for name, text in alert.detail.items() if name in ("attention", "next", "single")},
    )
    kind = DecisionKind.CANARY if matter.canary else DecisionKind.ALERTED
    yield Decision(kind, ctx.now, matter.id, alert=alert)


def standing_of(matter: Matter, ctx: Context, warned: Warned | None = None) -> Standing:
    """Return what the decision needs to know of a matter."""
    burst = matter.burst
    ours = bool(ctx.jurisdiction.ours) and matter.scope is Scope.OURS
    window = ctx.rules.growth_window
    return Standing(
        severity=matter.severity,
        scope=matter.scope or Scope.UNKNOWN,
        state=matter.state,
        grade=matter.grade,
        channels=len(matter.channels),
        recent=bool(matter.recent_when_read),
        directed=matter.directed,
        rumour=matter.rumour,
        rumour_of_ours=matter.rumour and ours,
        growing=matter.live_since(ctx.now - window) >= ctx.rules.growth
        or (burst is not None and ctx.now - burst.at <= window),
        burst_at=None if burst is None else burst.at,
        warned=warned is not None,
        overdue=warned is not None and warned.overdue,
        silence=matter.silence,
    )


def _alert(matter: Matter, reason: AlertReason, standing: Standing, ctx: Context, warned: Warned | None) -> Alert:
    """Return the next revision of a matter's alert."""
    before = matter.alert
    cause = max(matter.fresh, key=lambda flagged: flagged.mention.published_at, default=None)
    published = None if cause is None else cause.mention.published_at
    words: tuple[str, ...] = () if before is None else before.evidence
    if cause is not None:
        ordered = sorted(cause.assessment.evidence, key=lambda evidence: -evidence.weight)
        words = tuple(dict.fromkeys(evidence.term for evidence in ordered))[:8] or words
    step = 0 if before is None else before.step
    if reason is AlertReason.ESCALATED:
        step += 1
    return Alert(
        issue_id=matter.id,
        revision=1 if before is None else before.revision + 1,
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
        grade=matter.grade,
        directed=matter.directed,
        first_at=ctx.now if before is None else before.first_at or before.raised_at,
        step=step,
        ringing=ringing(reason, standing, ctx.attention, ctx.now),
        detail=dict(_detail(matter, reason, step, ctx, warned)),
    )


def _detail(
    matter: Matter, reason: AlertReason, step: int, ctx: Context, warned: Warned | None
) -> Iterator[tuple[str, str]]:
    before = matter.alert
    if before is not None and before.severity is not None and before.severity is not matter.severity:
        yield "before", before.severity
    if ctx.attention:
        yield "attention", ctx.attention
    if len(matter.channels) == 1 and not matter.directed:
        yield "single", matter.channels[0]
    if reason is AlertReason.ESCALATED:
        yield "next", ctx.rules.roster[step - 1].name
        yield "waited", str(int(ctx.rules.roster[step - 1].after.total_seconds() // 60))
    if reason is AlertReason.BURST and matter.burst is not None:
        yield "series", matter.burst.series
        yield "count", str(matter.burst.count)
        yield "expected", f"{matter.burst.expected:.1f}"
        yield "minutes", str(matter.burst.minutes)
    if warned is not None:
        yield "action", warned.deadline.action
        yield "percent", str(warned.percent)
        yield "due", warned.deadline.due_at.isoformat()
        yield "basis", warned.deadline.basis
