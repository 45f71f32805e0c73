"""The flow as data: who reads what, what comes of it, and in which process it happens."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import msgspec

from pipeline.records import Assessed, Decision, Flagged, Rejected
from pipeline.steps.assess import assess
from pipeline.steps.context import Context
from pipeline.steps.duty import duty
from pipeline.steps.flag import flag
from pipeline.steps.fold import fold
from pipeline.steps.grow import grow
from pipeline.steps.policy import policy
from pipeline.steps.reread import reread
from pipeline.steps.scope import scope


class Topic(StrEnum):
    """Streams of records; all but ``ISSUES`` travel on the wire."""

    MENTIONS = "opinion.mentions"
    ASSESSED = "opinion.assessed"
    FLAGGED = "opinion.flagged"
    REJECTED = "opinion.rejected"
    LEDGER = "opinion.ledger"
    ISSUES = "issues"  # the matters touched, handed from step to step inside the ledger and never written


class Group(StrEnum):
    """A process or many that share the work of some stages."""

    DETECT = "detect"
    CAREFUL = "careful"
    INDEX = "index"
    LEDGER = "ledger"


Step = Callable[[Sequence[Any], Any, Context], Iterable[Any]]


@dataclass(frozen=True, slots=True)
class Stage:
    """A pure function over a batch: what it reads, what it may yield, and the group that runs it."""

    name: str
    group: Group
    consumes: Topic
    produces: tuple[Topic, ...]
    step: Step


@dataclass(frozen=True, slots=True)
class Effect:
    """What leaves the flow: the topic it is fed from and the store or outside world it reaches."""

    name: str
    group: Group
    consumes: Topic
    sink: str


STAGES = (
    Stage("assess", Group.DETECT, Topic.MENTIONS, (Topic.ASSESSED,), assess),
    Stage("flag", Group.DETECT, Topic.ASSESSED, (Topic.FLAGGED,), flag),
    Stage("reread", Group.CAREFUL, Topic.ASSESSED, (Topic.ASSESSED,), reread),
    Stage("flag", Group.CAREFUL, Topic.ASSESSED, (Topic.FLAGGED,), flag),
    Stage("fold", Group.LEDGER, Topic.FLAGGED, (Topic.ISSUES, Topic.LEDGER), fold),
    Stage("scope", Group.LEDGER, Topic.ISSUES, (Topic.ISSUES,), scope),
    Stage("grow", Group.LEDGER, Topic.ISSUES, (Topic.ISSUES,), grow),
    Stage("duty", Group.LEDGER, Topic.ISSUES, (Topic.ISSUES,), duty),
    Stage("policy", Group.LEDGER, Topic.ISSUES, (Topic.LEDGER,), policy),
)

EFFECTS = (
    Effect("index", Group.INDEX, Topic.ASSESSED, "corpus"),
    Effect("outbox", Group.LEDGER, Topic.LEDGER, "sinks"),
    Effect("rejected", Group.DETECT, Topic.REJECTED, "rejected"),
)

TOPIC_OF: dict[type[msgspec.Struct], Topic] = {
    Assessed: Topic.ASSESSED,
    Flagged: Topic.FLAGGED,
    Rejected: Topic.REJECTED,
    Decision: Topic.LEDGER,
}


def stages_of(group: Group) -> tuple[Stage, ...]:
    """Return the stages of a group, in the order of the table."""
    return tuple(stage for stage in STAGES if stage.group is group)


def consumed_by(group: Group) -> Topic:
    """Return the topic that a group reads from the wire."""
    for part in (*STAGES, *EFFECTS):
        if part.group is group:
            return part.consumes
    raise ValueError(group)
