"""The careful reader's verdict on what the quick one flagged or doubted."""

from collections.abc import Iterator, Sequence

from pipeline.records import Assessed
from pipeline.steps.assess import text_of
from pipeline.steps.context import Context
from pipeline.steps.watched import watched


def urgency(assessed: Assessed) -> float:
    """Return the order in the queue: the most severe first, then the higher score."""
    verdict = assessed.assessment
    tier = -1 if verdict.severity is None else verdict.severity.rank
    return tier + min(max(verdict.severity_score, 0.0), 0.99)


def reread(records: Sequence[Assessed], state: None, ctx: Context) -> Iterator[Assessed]:
    """Yield what wants it anew with the careful reader's judgement, one rank higher than before."""
    if ctx.careful is None:
        raise ValueError("the careful group needs a careful reader")
    wanted = [assessed for assessed in records if assessed.assessment.wants_rereading]
    texts = [text_of(assessed.mention) for assessed in wanted]
    verdicts = watched(texts, ctx.careful.assess(texts), ctx)
    for assessed, verdict in zip(wanted, verdicts, strict=True):
        yield Assessed(assessed.mention, verdict)
