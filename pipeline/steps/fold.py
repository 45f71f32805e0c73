"""Copies, reposts, replies and different texts on one thing become one matter."""

import hashlib
from collections.abc import Iterator, Sequence
from datetime import timedelta

from msgspec import structs

from classifiers.assessment import Rumour
from connectors.mention import Flag
from pipeline.matters.roundup import is_roundup
from pipeline.matters.terms import Terms
from pipeline.records import (
    VERSIONS_OF_ONE_TEXT,
    Decision,
    DecisionKind,
    Flagged,
    FlagReason,
    HistoryEvent,
    IssueState,
    Member,
)
from pipeline.steps.context import Context
from pipeline.steps.matter import Book, Matter, title_of

QUIET = timedelta(days=7)
"""A matter without a new member for so long is over; what comes later opens a linked one."""


def issue_id_of(flagged: Flagged) -> str:
    """Return the id of the matter that a mention founds."""
    key = f"{flagged.mention.id}#{flagged.mention.revision}"
    return "y" + hashlib.blake2b(key.encode(), digest_size=6).hexdigest()


def member_of(flagged: Flagged, ctx: Context, *, copy_of: str = "") -> Member:
    """Return the share of a mention in its matter."""
    mention, verdict = flagged.mention, flagged.assessment
    gone = flagged.reason is FlagReason.RETRACTION
    heat_only = flagged.reason is FlagReason.HEAT
    counts = not (gone or heat_only)
    return Member(
        mention_id=mention.id,
        version=flagged.version,
        channel=mention.channel,
        published_at=mention.published_at,
        heat=mention.engagement.heat,
        severity=verdict.severity if counts else None,
        categories=verdict.flagged if counts else (),
        title=title_of(flagged),
        author_ref=mention.author_ref,
        copy_of=copy_of,
        heat_only=heat_only,
        retracted=gone,
        awaiting=counts and ctx.careful is not None and verdict.wants_rereading,
        historical=ctx.now - mention.published_until > ctx.rules.max_age,
        rumour=counts and verdict.rumour is Rumour.CLAIM,
        refutes=counts and verdict.rumour is Rumour.REFUTED,
        directed=flagged.reason is FlagReason.DIRECTIVE,
        roundup=is_roundup(mention.title, mention.text),
    )


def fold(records: Sequence[Flagged], state: Book, ctx: Context) -> Iterator[Matter | Decision]:
    """Yield each matter touched once, and a decision for each record that changed something."""
    touched: dict[str, Matter] = {}
    for flagged in records:
        if Flag.CANARY in flagged.mention.flags:
            yield _canary(flagged, ctx)
            continue
        for matter, decision in _take(flagged, state, ctx):
            if matter is not None:
                touched[matter.id] = matter
            yield decision
    yield from touched.values()


def _canary(flagged: Flagged, ctx: Context) -> Matter:
    """Return a matter of its own for a synthetic mention, which no book knows; it takes the way of all others."""
    mention = flagged.mention
    matter = Matter(mention.id, mention.source, mention.id, mention.published_at, mention.published_at, canary=True)
    matter.put(member_of(flagged, ctx))
    matter.fresh.append(flagged)
    return matter


def _take(flagged: Flagged, book: Book, ctx: Context) -> Iterator[tuple[Matter | None, Decision]]:
    mention = flagged.mention
    matter = book.find(mention.id)
    if matter is not None:
        if _revise(matter, flagged, book, ctx):
            yield matter, Decision(DecisionKind.JOINED, ctx.now, matter.id, flagged)
        return
    if flagged.reason is FlagReason.RETRACTION and book.withdraw(flagged, ctx.now):
        yield None, Decision(DecisionKind.WITHDRAWN, ctx.now, flagged=_without_words(flagged))
    if book.is_withdrawn(flagged):
        return
    matter = book.find(mention.root_id) or book.find(mention.parent_id)
    if flagged.reason is FlagReason.HEAT:
        if matter is not None:
            yield matter, _join(matter, flagged, book, ctx)
        elif book.wait(flagged, ctx.now):
            yield None, Decision(DecisionKind.WAITING, ctx.now, flagged=flagged)
        return
    copy_of = book.learn(flagged)
    matter, linked_to, terms = _matter_for(flagged, matter or book.find(copy_of), book, ctx)
    if matter is None:
        matter = _found(flagged, book, ctx, linked_to)
    yield matter, _join(matter, flagged, book, ctx, copy_of)
    if not matter.members[mention.id].roundup:
        book.follow(matter.id, flagged, ctx, terms)
    for reply in book.arrived(mention.id):
        yield matter, _join(matter, reply, book, ctx)


def _matter_for(
    flagged: Flagged, known: Matter | None, book: Book, ctx: Context
) -> tuple[Matter | None, str, Terms | None]:
    """Return the live matter that a mention joins, or the one it continues, and its terms where they were needed.

    It is that of its root or of the text that it copies, unless that one fell silent, else the one that says the same.
    """
    at = flagged.mention.published_at
    if known is not None:
        return (None, known.id, None) if at - known.last_seen > QUIET else (known, "", None)
    follower, terms = book.followed(ctx.jurisdiction.ours), book.terms(flagged)
    placement = follower.place(terms, at)
    return book.matters.get(placement.issue), placement.linked_to, terms


def _without_words(flagged: Flagged) -> Flagged:
    """Return the version alone: nothing in the mention was found worth keeping."""
    bare = structs.replace(flagged.mention, title="", text="", quoted_text="", turns=())
    return structs.replace(flagged, mention=bare)


def _found(flagged: Flagged, book: Book, ctx: Context, linked_to: str) -> Matter:
    mention = flagged.mention
    matter = Matter(
        id=issue_id_of(flagged),
        title=title_of(flagged),
        representative=mention.id,
        first_seen=mention.published_at,
        last_seen=mention.published_at,
        linked_to=linked_to,
    )
    book.matters[matter.id] = matter
    matter.note(ctx.now, HistoryEvent.OPENED, reason=flagged.reason)
    return matter


def _join(matter: Matter, flagged: Flagged, book: Book, ctx: Context, copy_of: str = "") -> Decision:
    matter.put(member_of(flagged, ctx, copy_of=copy_of))
    if matter.speaks(flagged):
        matter.fresh.append(flagged)
    book.matter_of[flagged.mention.id] = matter.id
    return Decision(DecisionKind.JOINED, ctx.now, matter.id, flagged)


def _revise(matter: Matter, flagged: Flagged, book: Book, ctx: Context) -> bool:
    """Take a later verdict or higher counts of a member; say whether anything changed."""
    before = matter.members[flagged.mention.id]
    after = structs.replace(member_of(flagged, ctx, copy_of=before.copy_of), said=before.said)
    if after.version < before.version or (after.version == before.version and after.heat <= before.heat):
        return False
    matter.put(after)
    _refollow(matter, flagged, before, after, book, ctx)
    if after.retracted and not before.retracted:
        matter.note(
            ctx.now, HistoryEvent.MEMBER_RETRACTED, mention=flagged.mention.id, reader=flagged.assessment.reader
        )
        if matter.live == 0:
            matter.state = IssueState.RETRACTED
            matter.note(ctx.now, HistoryEvent.RETRACTED)
    elif matter.live and matter.state is IssueState.RETRACTED:
        matter.state = IssueState.NEW
        matter.note(ctx.now, HistoryEvent.RESTORED, mention=flagged.mention.id)
    if not after.retracted and matter.speaks(flagged):
        matter.fresh.append(flagged)
    return True


def _refollow(matter: Matter, flagged: Flagged, before: Member, after: Member, book: Book, ctx: Context) -> None:
    """What was taken back no longer draws texts to its matter; what says something else now draws others."""
    follower = book.followed(ctx.jurisdiction.ours)
    draws = after.counts and not after.roundup
    revised = after.version // VERSIONS_OF_ONE_TEXT != before.version // VERSIONS_OF_ONE_TEXT
    if before.counts and not before.roundup and (not draws or revised):
        follower.leave(flagged.mention.id)
    if draws and (revised or not before.counts or before.roundup):
        book.follow(matter.id, flagged, ctx)
