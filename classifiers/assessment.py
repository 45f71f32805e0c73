"""A judgement on one text: categories, severity, rumour, signals, and the words that caused it."""

from enum import IntEnum, StrEnum
from typing import Self

import msgspec


class Category(StrEnum):
    """The five kinds of matter that a government must answer first (国办发〔2016〕61号 二)."""

    POLICY_MISREADING = "policy_misreading"  # 对政府及其部门重大政策措施存在误解误读的
    VITAL_INTERESTS = "vital_interests"  # 涉及公众切身利益且产生较大影响的
    MORAL_BOTTOM_LINE = "moral_bottom_line"  # 涉及民生领域严重冲击社会道德底线的
    EMERGENCY_RESPONSE = "emergency_response"  # 涉及突发事件处置和自然灾害应对的
    SUPERIOR_REQUEST = "superior_request"  # 上级政府要求下级政府主动回应的


class Severity(StrEnum):
    """The four tiers of warning (湖北 三(一)), lowest first."""

    GENERAL = "general"  # 一般性事项
    HOT_ISSUE = "hot_issue"  # 社会热点问题
    SENSITIVE = "sensitive"  # 复杂敏感事件
    MAJOR_EMERGENCY = "major_emergency"  # 重大突发事态

    @property
    def rank(self) -> int:
        """0 for the lowest tier to 3 for the highest."""
        return _RANKS[self]

    @classmethod
    def from_rank(cls, rank: int) -> Self:
        """Return the tier of a rank from 0 to 3."""
        return list(cls)[rank]


_RANKS = {severity: rank for rank, severity in enumerate(Severity)}


class Rumour(StrEnum):
    """Whether a rumour is in play, and on which side the text stands (61号 二, 鲁政办发〔2014〕8号 二.9)."""

    NONE = "none"
    CLAIM = "claim"
    REFUTED = "refuted"


class ReaderRank(IntEnum):
    """Who judged; of two judgements on one revision the higher rank stands."""

    QUICK = 0
    CAREFUL = 1
    HUMAN = 2


class Basis(StrEnum):
    """What a category rests on: the directive inlet, or the text alone (then 上级要求 is only suspected)."""

    DIRECTIVE = "directive"
    TEXT = "text"


class Signals(msgspec.Struct, frozen=True):
    """The four factors of 研判, each from 0 to 1 (湖北 三(二)): 问题性质 舆情烈度 公众反应 媒体介入程度."""

    nature: float = 0.0
    intensity: float = 0.0
    public_reaction: float = 0.0
    media_involvement: float = 0.0


class Evidence(msgspec.Struct, frozen=True, omit_defaults=True):
    """Words that moved a judgement.

    ``source`` is ``text`` or ``title`` (start and end count characters of that field as given), or ``rule:<name>``
    for a rule beside the model, with offsets into the text. ``category`` is empty where the words moved the severity
    or the rumour alone.
    """

    source: str
    term: str
    start: int
    end: int
    weight: float
    category: Category | None = None


class Assessment(msgspec.Struct, frozen=True, omit_defaults=True):
    """One reader's judgement on one text.

    ``categories`` holds a calibrated probability for each of the five; ``flagged`` those above their thresholds;
    ``severity`` is None when nothing is flagged.
    """

    categories: dict[Category, float]
    flagged: tuple[Category, ...]
    severity: Severity | None
    rumour: Rumour
    signals: Signals
    evidence: tuple[Evidence, ...]
    reader: str  # quick, careful or human
    model_version: str
    needs_review: bool = False
    basis: dict[Category, Basis] = {}
    severity_score: float = 0.0  # the score the tier was cut from, for monotone rules and for ordering the queue
    rumour_claim: str = ""  # what was claimed, where a rumour is in play

    @property
    def rank(self) -> ReaderRank:
        """The rank of the reader who judged."""
        return ReaderRank[self.reader.upper()]

    @property
    def wants_rereading(self) -> bool:
        """Whether the careful reader is to judge again: what the quick one flags or doubts."""
        return self.rank is ReaderRank.QUICK and bool(self.flagged or self.needs_review)
