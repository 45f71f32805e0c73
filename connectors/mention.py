"""One piece of what the public says, as every connector yields it and every stage sees it."""

from datetime import datetime, timedelta
from enum import StrEnum

import msgspec


class Channel(StrEnum):
    """The nine kinds of inlet a government listens to (61号 二, 湖北 三(一), 和硕 第九条)."""

    WEBSITE = "website"
    WEIBO = "weibo"
    WECHAT = "wechat"
    HOTLINE = "hotline"
    FORUM = "forum"
    COMMENT = "comment"
    NEWSPAPER = "newspaper"
    DIRECTIVE = "directive"
    MANUAL = "manual"


class TimePrecision(StrEnum):
    """How exactly a time of publication is known; it fixes the length of the interval the true time lies in."""

    SECOND = "second"
    MINUTE = "minute"
    HOUR = "hour"
    DAY = "day"
    MONTH = "month"
    UNKNOWN = "unknown"


class MentionState(StrEnum):
    """What became of the text at its source; a state is never written into the text."""

    OK = "ok"
    DELETED = "deleted"
    BLOCKED = "blocked"
    HIDDEN = "hidden"
    TEXT_MISSING = "text_missing"


class Flag(StrEnum):
    """What happened to the text on its way here."""

    TRUNCATED = "truncated"
    REPLACED = "replaced"  # bytes that fit no encoding became U+FFFD
    OBFUSCATED = "obfuscated"  # zero-width or direction marks were taken out
    DAMAGED_ID = "damaged_id"  # a spreadsheet program rounded the native id: never merged by it
    REPAIRED = "repaired"  # mojibake undone where the round trip is exact
    CANARY = "canary"  # a synthetic mention of our own: never indexed, counted or told as a matter
    HIJACKED = "hijacked"  # injected spam was taken out of a page


class Speaker(StrEnum):
    """Who speaks in a turn of a transcript; only the caller's words are judged."""

    CALLER = "caller"
    OPERATOR = "operator"
    UNKNOWN = "unknown"


class Engagement(msgspec.Struct, frozen=True, omit_defaults=True):
    """Counts as the platform showed them; None is unknown, never nought.

    ``lower_bound`` is set where a count was written as 「100万+」.
    """

    reposts: int | None = None
    comments: int | None = None
    likes: int | None = None
    reads: int | None = None
    lower_bound: bool = False

    @property
    def heat(self) -> int:
        """Sum of reposts, comments and likes that are known."""
        return (self.reposts or 0) + (self.comments or 0) + (self.likes or 0)


class Turn(msgspec.Struct, frozen=True, omit_defaults=True):
    """One turn of a transcript, times in milliseconds from the start of the call."""

    speaker: Speaker
    text: str
    start_ms: int | None = None
    end_ms: int | None = None


class Directive(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a superior handed down: the only ground on which 上级要求 is a fact (61号 二(五))."""

    document_number: str
    issuer: str
    deadline: datetime | None = None


class RawRef(msgspec.Struct, frozen=True, omit_defaults=True):
    """Where a record lay: file name (no folder), row or item counted from 1, sha256 of its bytes."""

    file: str
    row: int
    sha256: str


class Mention(msgspec.Struct, frozen=True, omit_defaults=True):
    """One post, call, article, comment or document.

    ``id`` is ``platform:native id`` and the key of every store. ``revision`` counts changes of the content hash and is
    set by the pipeline, not by a connector. ``published_at`` is aware and is the earliest moment the source allows;
    ``published_until`` closes the interval. ``text`` holds the author's own words, masked; ``quoted_text`` what he
    reposts or quotes. ``source`` is the tool or site family, ``source_id`` the native id in it.
    """

    id: str
    channel: Channel
    source: str
    text: str
    published_at: datetime
    collected_at: datetime
    revision: int = 0
    source_id: str = ""
    url: str = ""
    title: str = ""
    quoted_text: str = ""
    turns: tuple[Turn, ...] = ()
    time_precision: TimePrecision = TimePrecision.SECOND
    time_basis: str = ""  # the field the time came from
    region_text: str = ""
    author_ref: str | None = None  # salted hash, never an account
    engagement: Engagement = Engagement()
    parent_id: str = ""
    root_id: str = ""
    directive: Directive | None = None
    state: MentionState = MentionState.OK
    flags: tuple[Flag, ...] = ()
    raw_ref: RawRef | None = None

    @property
    def published_until(self) -> datetime:
        """The latest moment the mention may have been published; never later than its collection."""
        width = _WIDTH.get(self.time_precision)
        latest = self.collected_at if width is None else min(self.published_at + width, self.collected_at)
        return max(self.published_at, latest)


_WIDTH = {
    TimePrecision.SECOND: timedelta(0),
    TimePrecision.MINUTE: timedelta(minutes=1),
    TimePrecision.HOUR: timedelta(hours=1),
    TimePrecision.DAY: timedelta(days=1),
    TimePrecision.MONTH: timedelta(days=31),
}
