"""What the passing of time does: clocks warn (D1 to D8), who does not answer is told again, quiet matters close.

A warning given stands in the matter's history, written in the same transaction: a restart neither loses nor repeats
one. After a stop one warning a matter speaks for everything that passed meanwhile.
"""

from collections.abc import Iterator

from pipeline.clocks.clock import Warned, warning
from pipeline.records import Deadline, Decision, DecisionKind, HistoryEvent, IssueState, Tick
from pipeline.steps.context import Context
from pipeline.steps.fold import QUIET
from pipeline.steps.handle import paused_since
from pipeline.steps.matter import Book, Matter
from pipeline.steps.policy import decide

_OVER = (IssueState.CLOSED, IssueState.RETRACTED)
_CLOSES_BY_ITSELF = (IssueState.NEW, IssueState.ACKNOWLEDGED, IssueState.REPORTED_BACK)


def tick(record: Tick, book: Book, ctx: Context) -> Iterator[Matter | Decision]:
    """Yield each matter that time changed, and its decisions."""
    for matter in book.matters.values():
        if matter.state in _OVER:
            continue
        lines = len(matter.history)
        warned = None
        if matter.clocks and paused_since(matter) is None:
            warned = _warn(matter, ctx)
        if matter.alert is not None:
            yield from decide(matter, ctx, warned)
        if matter.silence is not None and matter.silence.until <= ctx.now:
            matter.note(ctx.now, HistoryEvent.SILENCE_ENDED, by=matter.silence.author)
            matter.silence = None
        if record.now - matter.last_seen > QUIET and _may_close(matter):
            matter.state = IssueState.CLOSED
            matter.note(ctx.now, HistoryEvent.CLOSED_QUIET, days=str(QUIET.days))
            yield Decision(DecisionKind.CLOSED, ctx.now, matter.id)
        if len(matter.history) > lines:
            yield matter


def _may_close(matter: Matter) -> bool:
    """A matter that alerted closes by itself only when its handling is done; one that is only listed whenever quiet."""
    return matter.state in _CLOSES_BY_ITSELF and (matter.alert is None or matter.state is IssueState.REPORTED_BACK)


def _warn(matter: Matter, ctx: Context) -> Warned | None:
    """Note every clock that passed a mark; return the gravest, which speaks for all."""
    new = [warned for clock in matter.clocks if (warned := warning(clock, ctx.now, _given(matter, clock))) is not None]
    for warned in new:
        matter.note(
            ctx.now,
            HistoryEvent.CLOCK_WARNING,
            action=warned.deadline.action,
            anchor=warned.deadline.anchor.isoformat(),
            percent=str(warned.percent),
            due=warned.deadline.due_at.isoformat(),
            basis=warned.deadline.basis,
        )
    return min(new, key=_urgency, default=None)


def _urgency(warned: Warned) -> tuple[bool, float]:
    return not warned.overdue, warned.deadline.due_at.timestamp()


def _given(matter: Matter, clock: Deadline) -> set[int]:
    """Return the marks of a clock that were warned of before."""
    anchor = clock.anchor.isoformat()
    return {
        int(entry.detail["percent"])
        for entry in matter.history
        if entry.event == HistoryEvent.CLOCK_WARNING
        and entry.detail["action"] == clock.action
        and entry.detail["anchor"] == anchor
    }
