"""What travels between the stages and what the ledger keeps; ``Mention`` and ``Assessment`` belong to the leaves."""

from datetime import datetime
from enum import StrEnum

import msgspec

from classifiers.assessment import Assessment, Category, Severity
from connectors.mention import Channel, Mention, RawRef
from pipeline.handling.roles import Role
from pipeline.routing.answer import Responsibility
from pipeline.routing.facts import Said


class FlagReason(StrEnum):
    """Why a mention goes to the ledger."""

    CATEGORY = "category"  # one of the five kinds
    RUMOUR = "rumour"  # a rumour without a category: listed
    WATCH = "watch"  # the deployment's watch words, without a category: listed
    DIRECTIVE = "directive"  # handed down by a superior
    HEAT = "heat"  # a reply or repost: counts as heat where its root is a live member
    RETRACTION = "retraction"  # a later reading took the flags away


class Scope(StrEnum):
    """Whose matter it is, by the deployment's jurisdiction file (属地管理, 61号 一)."""

    OURS = "ours"
    SUPERIOR = "superior"
    ELSEWHERE = "elsewhere"
    UNKNOWN = "unknown"


class Grade(StrEnum):
    """The State's grade of an emergency; the 24 h clock and the head of government hang on it (61号 一, 三)."""

    PARTICULARLY_MAJOR = "particularly_major"  # 特别重大
    MAJOR = "major"  # 重大
    LARGE = "large"  # 较大
    ORDINARY = "ordinary"  # 一般


VERSIONS_OF_ONE_TEXT = 4
"""Ranks of readers for one revision of a text; a version is ``revision * VERSIONS_OF_ONE_TEXT + rank``."""


class Assessed(msgspec.Struct, frozen=True, omit_defaults=True):
    """A mention with one reader's judgement."""

    mention: Mention
    assessment: Assessment

    @property
    def version(self) -> int:
        """The one version rule of every store: revision of the content, then rank of the reader."""
        return self.mention.revision * VERSIONS_OF_ONE_TEXT + int(self.assessment.rank)


class Flagged(msgspec.Struct, frozen=True, omit_defaults=True):
    """A judged mention that the ledger must see, and why."""

    mention: Mention
    assessment: Assessment
    reason: FlagReason

    @property
    def version(self) -> int:
        """The same version as the ``Assessed`` it came from."""
        return self.mention.revision * VERSIONS_OF_ONE_TEXT + int(self.assessment.rank)


EXPIRED = "expired"
"""The reason of a rejection that stands for records which retention took before they were read."""


class Rejected(msgspec.Struct, frozen=True, omit_defaults=True):
    """A record that could not be processed: stage, reason, place; its bytes lie in the rejected store."""

    stage: str
    reason: str
    detail: str
    raw_ref: RawRef | None = None
    mention_id: str = ""


class Tick(msgspec.Struct, frozen=True):
    """Time as a record: clocks, warnings, escalation and the closing of quiet matters happen on ticks."""

    now: datetime


class ActionKind(StrEnum):
    """What a person can do with a matter (和硕 第十一条 受理 转办 反馈; 鲁政办发〔2014〕8号 一.5)."""

    ACKNOWLEDGE = "acknowledge"
    ACCEPT = "accept"
    VERIFY = "verify"
    ASSIGN = "assign"
    RETURN = "return"
    HANDLE = "handle"
    DRAFT = "draft"
    APPROVE = "approve"
    RESPOND = "respond"
    REPORT_BACK = "report_back"
    CLOSE = "close"
    REOPEN = "reopen"
    MERGE = "merge"
    SPLIT = "split"
    UNDO = "undo"  # takes the last merger or split back
    RELABEL = "relabel"
    CONFIRM_GRADE = "confirm_grade"
    SET_OCCURRED = "set_occurred"  # when the event happened, where a profile counts from that
    PAUSE_CLOCK = "pause_clock"
    RESUME_CLOCK = "resume_clock"
    SILENCE = "silence"
    UNSILENCE = "unsilence"
    NOTE = "note"


class Action(msgspec.Struct, frozen=True, omit_defaults=True):
    """One deed of one person of a role on one matter; ``key`` makes a repeated request the same deed."""

    issue_id: str
    kind: ActionKind
    actor: str
    at: datetime
    key: str
    note: str = ""
    arguments: dict[str, str] = {}
    role: Role = Role.OFFICER


class IssueState(StrEnum):
    """Where a matter stands."""

    NEW = "new"
    ACKNOWLEDGED = "acknowledged"
    ACCEPTED = "accepted"
    VERIFIED = "verified"
    ASSIGNED = "assigned"
    HANDLING = "handling"
    DRAFTED = "drafted"
    APPROVED = "approved"
    RESPONDED = "responded"
    REPORTED_BACK = "reported_back"
    CLOSED = "closed"
    RETRACTED = "retracted"  # 已撤销: every member was un-flagged


class Member(msgspec.Struct, frozen=True, omit_defaults=True):
    """One mention's share in a matter; ``heat_only`` members give engagement and count, not severity."""

    mention_id: str
    version: int
    channel: Channel
    published_at: datetime
    heat: int
    severity: Severity | None = None
    categories: tuple[Category, ...] = ()
    title: str = ""
    author_ref: str | None = None
    copy_of: str = ""  # the representative it is a near copy or repost of
    heat_only: bool = False
    retracted: bool = False  # a later verdict took its flags away; it stays visible and counts for nothing
    rumour: bool = False  # claims a rumour
    directed: bool = False  # came down the directive inlet
    awaiting: bool = False  # 待复核: judged by the quick reader alone, and the careful one is to read it
    historical: bool = False  # 历史补录: older than ``alerts.max_age`` when it was read
    said: Said | None = None  # what it says about whose policy, which regions and departments
    refutes: bool = False  # refutes a rumour
    roundup: bool = False  # 要闻汇总: on several events; among others it gives heat and spread, but no severity

    @property
    def counts(self) -> bool:
        """Whether it is one of the matter's own texts: neither taken back nor only heat."""
        return not (self.retracted or self.heat_only)


class DeadlineAction(StrEnum):
    """What must have happened by a deadline."""

    AUTHORITATIVE_INFO = "authoritative_info"  # 发布权威信息
    PRESS_CONFERENCE = "press_conference"  # 举行新闻发布会
    RESPONSE = "response"  # 予以回应
    FOLLOW_UP = "follow_up"  # 持续发布


class Deadline(msgspec.Struct, frozen=True, omit_defaults=True):
    """A statutory clock: ``basis`` is its clause, ``anchor`` the moment it counts from and which one that is."""

    action: DeadlineAction
    due_at: datetime
    anchor: datetime
    anchor_basis: str
    basis: str
    provisional: bool = True
    met_at: datetime | None = None
    paused_since: datetime | None = None  # a person stopped it; the due time moves until it runs again


class Trend(StrEnum):
    """Where a matter goes (走势, 湖北 三(二))."""

    RISING = "rising"
    STEADY = "steady"
    FALLING = "falling"


class Burst(msgspec.Struct, frozen=True, omit_defaults=True):
    """Growth beyond the usual: so many in the window where so many were expected; ``series`` says of what.

    ``series`` is ``matter:ID``, ``category:NAME`` or ``place:NAME``; empty for callers who gather.
    """

    at: datetime
    count: int
    expected: float
    minutes: int
    series: str = ""


class Silence(msgspec.Struct, frozen=True, omit_defaults=True):
    """No notification of a matter goes out until then, except for what is worse than before."""

    author: str
    reason: str
    since: datetime
    until: datetime


class HistoryEvent(StrEnum):
    """What happened to a matter beside people's deeds."""

    OPENED = "opened"
    ALERTED = "alerted"
    MEMBER_RETRACTED = "member_retracted"
    RESTORED = "restored"
    RETRACTED = "retracted"
    GRADE_PROPOSED = "grade_proposed"
    ROUTED = "routed"
    CLOCK_SET = "clock_set"
    CLOCK_WARNING = "clock_warning"
    CLOSED_QUIET = "closed_quiet"
    SILENCE_ENDED = "silence_ended"
    BURST = "burst"
    CLUSTER = "cluster"  # different callers on one thing before anybody posted
    REFUTED = "refuted"  # a claim and what refutes it, in one matter


class HistoryEntry(msgspec.Struct, frozen=True, omit_defaults=True):
    """One line of a matter's history: what changed, why, by whom."""

    at: datetime
    event: str
    actor: str = "system"
    detail: dict[str, str] = {}


class Issue(msgspec.Struct, frozen=True, omit_defaults=True):
    """One matter (事由): many posts, calls and articles about one thing."""

    id: str
    title: str
    representative: str  # the mention that stands for the matter
    first_seen: datetime
    last_seen: datetime
    members: tuple[Member, ...] = ()
    size: int = 0  # number of members, also where they are left out
    heat: int = 0
    severity: Severity | None = None
    grade: Grade | None = None
    grade_confirmed: bool = False
    scope: Scope = Scope.UNKNOWN
    categories: tuple[Category, ...] = ()
    channels: tuple[Channel, ...] = ()
    regions: tuple[str, ...] = ()
    state: IssueState = IssueState.NEW
    clocks: tuple[Deadline, ...] = ()
    silence: Silence | None = None
    burst: Burst | None = None  # the latest
    responsible_body: str = ""
    responsibility: Responsibility | None = None  # the answer of R1 to R9 with its clauses
    history: tuple[HistoryEntry, ...] = ()
    linked_to: str = ""  # the closed matter it continues
    awaiting: int = 0  # 待复核: live members that the careful reader has still to read


class AlertReason(StrEnum):
    """Why a notification goes out; decided by one pure function, shown and counted."""

    FIRST = "first"
    SEVERITY_RAISED = "severity_raised"
    SEVERITY_LOWERED = "severity_lowered"
    GRADE_RAISED = "grade_raised"
    CLOCK_WARNING = "clock_warning"
    BURST = "burst"
    CORROBORATED = "corroborated"
    DIRECTIVE = "directive"
    CORRECTION = "correction"
    SILENCE_ENDED = "silence_ended"
    ESCALATED = "escalated"
    REPEAT = "repeat"


class Ringing(StrEnum):
    """How loudly a revision of an alert is told outside the page."""

    NOW = "now"
    DIGEST = "digest"  # together with others at the next full interval: one source alone is not confirmed yet
    MUTED = "muted"  # a person silenced the matter: on the page alone


class Alert(msgspec.Struct, frozen=True, omit_defaults=True):
    """One alert a matter, rewritten in place: its id is the issue's, its revision rises."""

    issue_id: str
    revision: int
    severity: Severity | None
    reason: AlertReason
    raised_at: datetime
    title: str
    channels: tuple[Channel, ...] = ()
    regions: tuple[str, ...] = ()
    categories: tuple[Category, ...] = ()
    evidence: tuple[str, ...] = ()  # the words that caused it
    published_at: datetime | None = None
    seconds_to_alert: float | None = None
    grade: Grade | None = None
    directed: bool = False
    first_at: datetime | None = None  # when the first revision was raised
    step: int = 0  # how far along the roster it was told
    ringing: Ringing = Ringing.NOW
    detail: dict[str, str] = {}


class DecisionKind(StrEnum):
    """What the ledger decided."""

    JOINED = "joined"  # a mention became, or changed as, a member of a matter
    WAITING = "waiting"  # a reply or repost whose root is no live member yet
    ALERTED = "alerted"  # an alert was raised or rewritten
    ACTED = "acted"  # a person did something
    CANARY = "canary"  # the alert of a synthetic mention: it goes to the channels and nowhere else
    CLOSED = "closed"  # quiet for long enough
    STATE = "state"  # what the decisions before it made of a matter: its head, and the members and history that changed
    WITHDRAWN = "withdrawn"  # a verdict without flags came before the flag that it takes back


class Decision(msgspec.Struct, frozen=True, omit_defaults=True):
    """One line of the log of decisions, from which the ledger can be built again."""

    kind: DecisionKind
    at: datetime
    issue_id: str = ""
    flagged: Flagged | None = None
    alert: Alert | None = None
    action: Action | None = None
    issue: Issue | None = None  # of kind ``STATE``: members and history are those that are new
