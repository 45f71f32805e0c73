"""What the deployment's watch words add to a reader's judgements."""

from collections.abc import Sequence

from msgspec import structs

from classifiers.assessment import Assessment, Evidence
from classifiers.classifier import Text
from pipeline.steps.context import Context

RULE = "rule:"  # begins the source of evidence that a rule gave


def watched(texts: Sequence[Text], verdicts: Sequence[Assessment], ctx: Context) -> Sequence[Assessment]:
    """Return the judgements with each hit as evidence under its group's name; categories and scores stay the model's.

    A flagged text that hits is judged at least the configured tier. Evidence alone gets a text listed (``flag``).
    """
    if ctx.watch is None:
        return verdicts
    result = []
    for verdict, hits in zip(verdicts, ctx.watch.hits(texts), strict=True):
        if hits:
            found = tuple(Evidence(f"{RULE}{hit.name}", hit.term, hit.start, hit.end, 1.0) for hit in hits)
            severity, least = verdict.severity, ctx.watch_tier
            if severity is not None and least is not None and severity.rank < least.rank:
                severity = least
            verdict = structs.replace(verdict, evidence=(*verdict.evidence, *found), severity=severity)  # noqa: PLW2901
        result.append(verdict)
    return result
