"""One loop over the table of the flow, whatever drives it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import structlog

from connectors.mention import Mention
from pipeline.errors import TransientError
from pipeline.flow import TOPIC_OF, Group, Stage, Topic, consumed_by, stages_of
from pipeline.records import Rejected
from pipeline.steps.context import Context

_log = structlog.get_logger("yuqing.runner")


@dataclass(slots=True)
class Outcome:
    """What a batch gave: records by topic, and the records that no stage could process, each with its reason."""

    records: dict[Topic, list[Any]] = field(default_factory=dict)
    failed: list[tuple[Rejected, Mention]] = field(default_factory=list)

    def of(self, topic: Topic) -> list[Any]:
        """Return the records for one topic, in order."""
        return self.records.get(topic, [])


def run(group: Group, records: Sequence[Any], state: Any, ctx: Context, *, isolate: bool = True) -> Outcome:
    """Run a batch through the stages of a group.

    A stage takes what an earlier stage of the group yielded for its topic, else the batch itself. With ``isolate`` a
    batch that fails is tried record by record and the culprit set aside; a group with state lets it fail instead, so
    that its driver can go back to what was stored.

    Raises:
        TransientError: what failed may succeed later; the batch must be tried again.
    """
    outcome = Outcome()
    source = consumed_by(group)
    pool: dict[Topic, Sequence[Any]] = {source: records}
    for stage in stages_of(group):
        taken = pool.get(stage.consumes, ())
        produced = _isolated(stage, taken, state, ctx, outcome) if isolate else list(stage.step(taken, state, ctx))
        sorted_out: dict[Topic, list[Any]] = {}
        for record in produced:
            sorted_out.setdefault(TOPIC_OF.get(type(record), Topic.ISSUES), []).append(record)
        for topic in stage.produces:
            pool[topic] = sorted_out.get(topic, [])
            if topic is Topic.ISSUES:
                outcome.records[topic] = list(pool[topic])
            else:
                outcome.records.setdefault(topic, []).extend(pool[topic])
    return outcome


def _isolated(stage: Stage, records: Sequence[Any], state: Any, ctx: Context, outcome: Outcome) -> list[Any]:
    try:
        return list(stage.step(records, state, ctx))
    except TransientError:
        raise
    except Exception as error:  # noqa: BLE001 (whatever a step raises, its record is set aside and counted)
        if len(records) == 1:
            _set_aside(stage, records[0], error, outcome)
            return []
    produced: list[Any] = []
    for record in records:
        produced += _isolated(stage, [record], state, ctx, outcome)
    return produced


def _set_aside(stage: Stage, record: Any, error: Exception, outcome: Outcome) -> None:
    mention = getattr(record, "mention", record)
    _log.warning("record_rejected", stage=stage.name, mention=mention.id, error=type(error).__name__)
    rejected = Rejected(stage.name, "step_failed", type(error).__name__, mention.raw_ref, mention_id=mention.id)
    outcome.failed.append((rejected, mention))
