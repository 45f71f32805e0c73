"""Growth of matters, places and categories beyond their rhythm; callers who gather before anybody posts."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta

from msgspec import structs

from connectors.mention import Channel
from pipeline.records import Burst, HistoryEvent, Member
from pipeline.steps.context import Context
from pipeline.steps.matter import Book, Matter

CALLERS = 3
"""So many different callers on one matter, before any other channel, are a cluster (N17)."""

CLUSTER = timedelta(hours=6)


def grow(records: Sequence[Matter], state: Book, ctx: Context) -> Iterator[Matter]:
    """Note for each touched matter what grew by its new members, whether callers gather, what refutes it."""
    for matter in records:
        for flagged in matter.fresh:
            member = matter.members[flagged.mention.id]
            if member.counts and not member.historical and member.mention_id not in matter.counted:
                _burst(matter, member, state, ctx)
                matter.counted.add(member.mention_id)
                _cluster(matter, ctx)
        if matter.fresh and (matter.rumour or matter.refuting):
            _refutation(matter, ctx)
        yield matter


def _burst(matter: Matter, member: Member, book: Book, ctx: Context) -> None:
    """Note the growth of the matter, else of what it belongs to: one text makes one burst known.

    That its place or category grows is no growth of a matter of which only one text speaks: it is noted, not rung.
    """
    at = min(member.published_at, ctx.now)
    grown = [(name, burst) for name, rhythm in book.rhythms(matter, member) if (burst := rhythm.add(at, ctx.now))]
    if grown:
        name, burst = grown[0]
        series = ",".join(name for name, _ in grown)
        if matter.live > 1:
            matter.burst = structs.replace(burst, series=name)
        _note_burst(matter, burst, ctx, HistoryEvent.BURST, series=series)


def _note_burst(matter: Matter, burst: Burst, ctx: Context, event: HistoryEvent, **detail: str) -> None:
    matter.note(
        ctx.now,
        event,
        count=str(burst.count),
        expected=f"{burst.expected:.1f}",
        minutes=str(burst.minutes),
        **detail,
    )


def callers(members: Iterable[Member], since: datetime) -> int:
    """Return how many different people called since a moment; those of whom nothing is known count as one."""
    return len(
        {
            member.author_ref
            for member in members
            if member.counts and member.channel is Channel.HOTLINE and member.published_at > since
        }
    )


def _cluster(matter: Matter, ctx: Context) -> None:
    if set(matter.channels) != {Channel.HOTLINE}:
        return
    if _noted(matter, HistoryEvent.CLUSTER):
        return
    gathered = callers(matter.members.values(), ctx.now - CLUSTER)
    if gathered >= CALLERS:
        minutes = int(CLUSTER.total_seconds() // 60)
        matter.burst = Burst(ctx.now, gathered, 1.0, minutes)
        _note_burst(matter, matter.burst, ctx, HistoryEvent.CLUSTER)


def _refutation(matter: Matter, ctx: Context) -> None:
    """Link what refutes a rumour to the claim that stands in the same matter, whichever came first."""
    counting = [member for member in matter.members.values() if member.counts]
    claim = next((member.mention_id for member in counting if member.rumour), None)
    refutation = next((member.mention_id for member in counting if member.refutes), None)
    if claim and refutation and not _noted(matter, HistoryEvent.REFUTED):
        matter.note(ctx.now, HistoryEvent.REFUTED, claim=claim, refutation=refutation)


def _noted(matter: Matter, event: HistoryEvent) -> bool:
    return any(entry.event == event for entry in matter.history)
