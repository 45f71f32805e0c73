"""What connectors make of a file: records as found, drafts of mentions, and what they share in reading fields."""

import re
from collections.abc import Callable, Mapping
from datetime import datetime

import msgspec

from connectors.connector import Reading, RefusalReason
from connectors.mention import Channel, Directive, Engagement, Flag, MentionState, Turn
from connectors.reading.counts import engagement
from connectors.reading.identity import cell_text
from connectors.reading.times import Moment, read_time

LARGEST_RECORD = 1 << 20  # bytes; what is larger is no post, call or article (a page of text is some kilobytes)
LARGEST_TEXT = 200_000  # characters; what is longer is cut and flagged


class Record(msgspec.Struct):
    """One record of a file as found: ``fields`` by the connector's own names, ``values`` all cells by theirs."""

    fields: Mapping[str, object]
    raw: bytes
    values: object = None  # every cell with its header, or the JSON value: searched for marks of secrecy
    flags: tuple[Flag, ...] = ()
    names: Mapping[str, tuple[str, ...]] = {}  # what each field is called in the file, the best first
    file: str = ""  # the file's name, which some tools use as a field

    def time(self, field: str, reading: Reading) -> Moment | None:
        """Return the moment in a field, None where it is empty; ``need_time`` says what it raises."""
        return need_time(self.fields.get(field), reading, self.names.get(field, (field,))[0])

    def counts(self) -> Engagement:
        """Return the counts in the fields reposts, comments, likes and reads."""
        reposts, comments, likes, reads = (self.fields.get(name) for name in ("reposts", "comments", "likes", "reads"))
        return engagement(reposts=reposts, comments=comments, likes=likes, reads=reads)

    def text(self, *names: str) -> str:
        """Return the first of the named fields that holds anything, as text."""
        for name in names:
            if found := field_text(self.fields.get(name)):
                return found
        return ""


class Broken(msgspec.Struct):
    """A record that could not even be cut into fields."""

    reason: RefusalReason
    detail: str
    raw: bytes


class NotAMention(Exception):  # noqa: N818 it is a fate, not an error
    """Raised by a connector's ``build``: the record becomes ``Refused`` with this reason and these Chinese words."""

    def __init__(self, reason: RefusalReason, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail


class Draft(msgspec.Struct, kw_only=True):
    """What a connector says of a record, not yet cleaned, masked and keyed.

    ``platform`` and ``native`` make the id; without a native id, or with a damaged one, it is a hash of ``place`` (URL
    or parent), author, text and number. ``author`` is the bare account: only its hash leaves. ``names`` are the
    persons that the record's own columns name.
    """

    platform: str
    native: object = ""
    text: str = ""
    title: str = ""
    quoted_text: str = ""
    turns: tuple[Turn, ...] = ()
    url: str = ""
    place: str = ""
    moment: Moment | None = None
    region_text: str = ""
    author: object = None
    engagement: Engagement = Engagement()
    parent_id: str = ""
    root_id: str = ""
    directive: Directive | None = None
    state: MentionState = MentionState.OK
    flags: tuple[Flag, ...] = ()
    names: tuple[str, ...] = ()
    channel: Channel | None = None
    key: str = ""  # the whole id, where the record brings it
    author_ref: str = ""  # the hash, where the record brings it
    collected_at: datetime | None = None


class PageDraft(Draft, kw_only=True):
    """What a page's parser found, with its record's bytes.

    ``beside`` is text that is not kept but must bear no mark of secrecy either.
    """

    raw: bytes = b""
    beside: str = ""


Build = Callable[[Record, Reading], Draft]

_TIMED = re.compile(
    r"\d{4}[-/.年]|\d{1,2}[-/月]\d|今天|昨天|前天|刚刚|半小时前|\d+\s*(?:秒|分|小|天)\D*前|\d{10}(?:\d{3})?$|\d{5}\.\d+$"
    r"|[A-Z][a-z]{2},? |\d{1,2}:\d{2}"
)
_NOTHING = frozenset(("nan", "None", "null", "NULL", "NaN", "N/A", "#N/A", "undefined"))
_CUT = re.compile(r"(?:\.{2,}|…+)\s*(?:展开)?(?:全文|展开)[a-z]?\s*$|(?<=\s)展开[a-z]?\s*$")
_FOLDED = re.compile(r"\s+收起[a-z]?\s*$")


def field_text(value: object) -> str:
    """Return a field as text; what programs write for nothing (nan, None, null) is nothing."""
    text = cell_text(value)
    return "" if text in _NOTHING else text


def looks_timed(text: str) -> bool:
    """Say whether a cell has the look of a time, for aligning columns by content."""
    return _TIMED.match(text) is not None


def need_time(value: object, reading: Reading, basis: str) -> Moment | None:
    """Return the moment in a field, None where the field is empty.

    Raises:
        NotAMention: something stands there that is no time we know: refused, because a wrong time is worse.
    """
    if not field_text(value):
        return None
    moment = read_time(value, reading, basis)
    if moment is None:
        raise NotAMention(
            RefusalReason.BAD_TIME, f"“{basis}”一栏的时间无法识别，请改成“2024-07-19 08:05”的写法后重新导入"
        )
    return moment


def uncut(text: str) -> tuple[str, tuple[Flag, ...]]:
    """Return the text without a trailing 「...全文」「展开」「收起」 link, and TRUNCATED where the rest is missing."""
    whole, cuts = _CUT.subn("", text)
    if cuts:
        return whole.rstrip(), (Flag.TRUNCATED,)
    return _FOLDED.sub("", text), ()
