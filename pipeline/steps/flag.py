"""What the ledger must see of the judged mentions, and why."""

from collections.abc import Iterator, Sequence

from classifiers.assessment import Rumour
from pipeline.records import Assessed, Flagged, FlagReason
from pipeline.steps.context import Context
from pipeline.steps.watched import RULE


def reason_for(assessed: Assessed) -> FlagReason | None:
    """Return why a judged mention goes to the ledger, or None when it does not.

    A later verdict without a flag is a retraction; the ledger ignores it where nothing was flagged before.
    """
    mention, verdict = assessed.mention, assessed.assessment
    if mention.directive is not None:
        return FlagReason.DIRECTIVE
    if verdict.flagged:
        return FlagReason.CATEGORY
    if verdict.rumour is not Rumour.NONE:
        return FlagReason.RUMOUR
    if any(item.source.startswith(RULE) for item in verdict.evidence):
        return FlagReason.WATCH
    if mention.parent_id or mention.root_id:
        return FlagReason.HEAT
    if assessed.version > 0:
        return FlagReason.RETRACTION
    return None


def flag(records: Sequence[Assessed], state: None, ctx: Context) -> Iterator[Flagged]:
    """Yield what is flagged, what may be heat of a live matter, and what takes an earlier flag back."""
    for assessed in records:
        reason = reason_for(assessed)
        if reason is not None:
            yield Flagged(assessed.mention, assessed.assessment, reason)
