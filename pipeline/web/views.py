"""What the HTTP interface answers: every field always there, enums by their ASCII names."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import TypeVar

import msgspec

from classifiers.assessment import Assessment, Basis, Category, Evidence, Rumour, Severity, Signals
from connectors.mention import Channel, Engagement, Flag, MentionState, TimePrecision
from pipeline.corpus.query import Facets, Highlight, Hit
from pipeline.desk import ActionResult, IssueRow, IssueView, MemberView, Status
from pipeline.factors import explained
from pipeline.handling.roles import Role
from pipeline.handling.table import ARGUMENTS, CHOICES, DEEDS
from pipeline.labels import label
from pipeline.matters.spread import Spread
from pipeline.records import (
    ActionKind,
    Alert,
    AlertReason,
    Assessed,
    DeadlineAction,
    Grade,
    HistoryEntry,
    Issue,
    IssueState,
    Ringing,
    Scope,
    Silence,
)
from pipeline.routing.answer import Responsibility
from pipeline.steps.handle import may
from pipeline.stores.ledger import FeedEvent

_T = TypeVar("_T", bound=msgspec.Struct)


class DeadlineOut(msgspec.Struct, frozen=True):
    """What must have happened by when, and by which clause."""

    action: DeadlineAction
    due_at: datetime
    anchor: datetime
    anchor_basis: str
    basis: str
    provisional: bool
    met_at: datetime | None
    paused_since: datetime | None


class AlertOut(msgspec.Struct, frozen=True):
    """One matter as a line of the list: the matter as it stands, and its alert where it has one (``revision`` > 0)."""

    id: str
    title: str
    severity: Severity | None
    categories: tuple[Category, ...]
    channels: tuple[Channel, ...]
    regions: tuple[str, ...]
    scope: Scope
    state: IssueState
    grade: Grade | None
    heat: int
    members: int
    first_seen: datetime
    last_seen: datetime
    responsible_body: str
    awaiting: int  # 待复核: members that the careful reader has still to read
    deadlines: tuple[DeadlineOut, ...]
    revision: int
    reason: AlertReason | None
    ringing: Ringing | None
    raised_at: datetime | None
    published_at: datetime | None
    seconds_to_alert: float | None
    evidence: tuple[str, ...]
    detail: dict[str, str]


class AlertsOut(msgspec.Struct, frozen=True):
    """A page of the list; ``last_seq`` is where the stream goes on from, ``cursor`` leads to the next page."""

    alerts: tuple[AlertOut, ...]
    cursor: str
    last_seq: int
    now: datetime
    attention: str  # the sensitive time that it is, empty on an ordinary day


class EventOut(msgspec.Struct, frozen=True):
    """One event of the stream."""

    seq: int
    kind: str
    at: datetime
    alert: AlertOut


class AssessmentOut(msgspec.Struct, frozen=True):
    """One verdict, as ``yuqing assess`` prints it."""

    categories: dict[Category, float]
    flagged: tuple[Category, ...]
    severity: Severity | None
    rumour: Rumour
    needs_review: bool
    signals: Signals
    evidence: tuple[Evidence, ...]
    basis: dict[Category, Basis]
    reader: str
    model_version: str
    rumour_claim: str


class MentionOut(msgspec.Struct, frozen=True):
    """One mention with its verdict; there is no author in it, on purpose."""

    id: str
    channel: Channel
    source: str
    url: str
    title: str
    text: str
    quoted_text: str
    published_at: datetime
    time_precision: TimePrecision
    region_text: str
    engagement: Engagement
    state: MentionState
    flags: tuple[Flag, ...]
    document_number: str
    issuer: str
    assessment: AssessmentOut
    factors: dict[str, str]


class MemberOut(msgspec.Struct, frozen=True):
    """One member of a matter; ``mention`` is None when its text is past its retention."""

    id: str
    channel: Channel
    published_at: datetime
    heat: int
    severity: Severity | None
    title: str
    copy_of: str
    heat_only: bool
    retracted: bool
    awaiting: bool  # 待复核
    mention: MentionOut | None


class DeedOut(msgspec.Struct, frozen=True):
    """What the visitor may do with the matter now, and what must be said with it."""

    kind: ActionKind
    name: str
    clause: str
    needs_note: bool
    argument: str
    asks: str
    choices: dict[str, str]


class IssueOut(msgspec.Struct, frozen=True):
    """One matter whole."""

    alert: AlertOut
    alerts: tuple[Alert, ...]
    responsibility: Responsibility | None
    silence: Silence | None
    deeds: tuple[DeedOut, ...]
    members: tuple[MemberOut, ...]
    history: tuple[HistoryEntry, ...]
    spread: Spread


class ActionOut(msgspec.Struct, frozen=True):
    """What became of a deed."""

    done: bool
    message: str
    alert: AlertOut


class HitOut(msgspec.Struct, frozen=True):
    """One mention found, with where the words are in it."""

    mention: MentionOut
    highlights: tuple[Highlight, ...]


class SearchOut(msgspec.Struct, frozen=True):
    """A page of hits, newest first; the facets count all of them and come with the first page only."""

    hits: tuple[HitOut, ...]
    cursor: str
    facets: Facets | None


def alert_out(issue: Issue, alert: Alert | None) -> AlertOut:
    """Return the line of a matter."""
    return AlertOut(
        id=issue.id,
        title=issue.title,
        severity=issue.severity,
        categories=issue.categories,
        channels=issue.channels,
        regions=issue.regions,
        scope=issue.scope,
        state=issue.state,
        grade=issue.grade,
        heat=issue.heat,
        members=issue.size,
        first_seen=issue.first_seen,
        last_seen=issue.last_seen,
        responsible_body=issue.responsible_body,
        awaiting=issue.awaiting,
        deadlines=tuple(_copy(clock, DeadlineOut) for clock in issue.clocks),
        revision=0 if alert is None else alert.revision,
        reason=None if alert is None else alert.reason,
        ringing=None if alert is None else alert.ringing,
        raised_at=None if alert is None else alert.raised_at,
        published_at=None if alert is None else alert.published_at,
        seconds_to_alert=None if alert is None else alert.seconds_to_alert,
        evidence=() if alert is None else alert.evidence,
        detail={} if alert is None else alert.detail,
    )


def alerts_out(rows: Iterable[IssueRow], limit: int, last_seq: int, status: Status) -> AlertsOut:
    """Return a page of lines; a full page has a cursor to the next."""
    rows = list(rows)
    alerts = tuple(alert_out(row.issue, row.alert) for row in rows)
    return AlertsOut(alerts, rows[-1].cursor if len(rows) >= limit else "", last_seq, status.now, status.attention)


def event_out(event: FeedEvent) -> EventOut:
    """Return an event of the stream."""
    return EventOut(event.seq, event.kind, event.at, alert_out(event.issue, event.alert))


def issue_out(view: IssueView, role: Role) -> IssueOut:
    """Return a matter whole, with what a person of a role may do."""
    members = tuple(_member_out(member) for member in view.members)
    return IssueOut(
        alert=alert_out(view.issue, view.alert),
        alerts=view.alerts,
        responsibility=view.issue.responsibility,
        silence=view.issue.silence,
        deeds=tuple(_deeds(view, role)),
        members=members,
        history=view.history,
        spread=view.spread,
    )


def _deeds(view: IssueView, role: Role) -> Iterator[DeedOut]:
    for kind in may(view.issue.state, role):
        if kind in _idle(view.issue):
            continue
        deed = DEEDS[kind]
        names = CHOICES.get(deed.argument)
        choices = {value: label(names(value)) if names else value for value in deed.choices}
        yield DeedOut(
            kind, label(kind), deed.clause, deed.needs_note, deed.argument, ARGUMENTS.get(deed.argument, ""), choices
        )


def _idle(issue: Issue) -> set[ActionKind]:
    """Return the deeds that would change nothing now: of two opposite ones a person is shown one."""
    running = any(clock.paused_since is None and clock.met_at is None for clock in issue.clocks)
    paused = any(clock.paused_since is not None for clock in issue.clocks)
    return {
        ActionKind.UNSILENCE if issue.silence is None else ActionKind.SILENCE,
        *(() if running else (ActionKind.PAUSE_CLOCK,)),
        *(() if paused else (ActionKind.RESUME_CLOCK,)),
    }


def action_out(result: ActionResult, view: IssueView) -> ActionOut:
    """Return what became of a deed, and the matter afterwards."""
    return ActionOut(result.done, result.message, alert_out(view.issue, view.alert))


def search_out(hits: Iterable[Hit], cursor: str, facets: Facets | None) -> SearchOut:
    """Return a page of hits."""
    return SearchOut(tuple(HitOut(mention_out(hit.assessed), hit.highlights) for hit in hits), cursor, facets)


def mention_out(assessed: Assessed) -> MentionOut:
    """Return a mention with its verdict."""
    mention = assessed.mention
    directive = mention.directive
    return MentionOut(
        id=mention.id,
        channel=mention.channel,
        source=mention.source,
        url=mention.url,
        title=mention.title,
        text=mention.text,
        quoted_text=mention.quoted_text,
        published_at=mention.published_at,
        time_precision=mention.time_precision,
        region_text=mention.region_text,
        engagement=mention.engagement,
        state=mention.state,
        flags=mention.flags,
        document_number="" if directive is None else directive.document_number,
        issuer="" if directive is None else directive.issuer,
        assessment=assessment_out(assessed.assessment),
        factors=explained(mention, assessed.assessment),
    )


def assessment_out(assessment: Assessment) -> AssessmentOut:
    """Return a verdict with every field."""
    return _copy(assessment, AssessmentOut)


def _member_out(view: MemberView) -> MemberOut:
    member = view.member
    mention = None
    if view.mention is not None and view.assessment is not None:
        mention = mention_out(Assessed(view.mention, view.assessment))
    return MemberOut(
        id=member.mention_id,
        channel=member.channel,
        published_at=member.published_at,
        heat=member.heat,
        severity=member.severity,
        title=member.title,
        copy_of=member.copy_of,
        heat_only=member.heat_only,
        retracted=member.retracted,
        awaiting=member.awaiting,
        mention=mention,
    )


def _copy(record: msgspec.Struct, kind: type[_T]) -> _T:
    """Return the fields of a record that ``kind`` has, so that a default is written out like any other value."""
    return kind(**{name: getattr(record, name) for name in kind.__struct_fields__})
