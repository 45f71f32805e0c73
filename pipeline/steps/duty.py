"""Who must answer a matter first and by when: grade, statutory clocks, 第一责任主体 (61号 一, 三)."""

from collections.abc import Iterator, Sequence

from classifiers.assessment import Category
from pipeline.clocks.clock import Moments, deadlines
from pipeline.clocks.grade import Proposal, propose
from pipeline.clocks.profile import profile
from pipeline.records import ActionKind, Deadline, Grade, HistoryEvent, Scope
from pipeline.routing.case import assign
from pipeline.steps.context import Context
from pipeline.steps.matter import Book, Matter

_GRADES = list(Grade)  # the gravest first


def duty(records: Sequence[Matter], state: Book, ctx: Context) -> Iterator[Matter]:
    """Propose each touched matter's grade, and set its clocks and responsible body where it is ours and not old."""
    for matter in records:
        if matter.scope is Scope.OURS and matter.recent_when_read:
            _grade(matter, ctx)
            _responsible(matter, ctx)
            set_clocks(matter, ctx)
        yield matter


def set_clocks(matter: Matter, ctx: Context) -> None:
    """Set the clocks that the profile starts at the matter's grade; those met stay met."""
    known = {clock.action: clock for clock in matter.clocks}
    accepted = any(not clock.provisional for clock in matter.clocks)
    detected = matter.history[0].at if matter.history else ctx.now
    moments = Moments(published_at=matter.first_seen, detected_at=detected, accepted_at=detected if accepted else None)
    clocks = tuple(
        _kept(known.get(clock.action), clock)
        for clock in deadlines(profile(ctx.jurisdiction.profile), matter.grade, moments)
    )
    if clocks == matter.clocks:
        return
    matter.clocks = clocks
    for clock in clocks:
        overdue = "已逾期" if clock.due_at <= ctx.now else ""
        matter.note(
            ctx.now,
            HistoryEvent.CLOCK_SET,
            action=clock.action,
            due=clock.due_at.isoformat(),
            basis=clock.basis,
            overdue=overdue,
        )


def _kept(before: Deadline | None, now: Deadline) -> Deadline:
    """A clock that was met stays met; one that counts from the same moment keeps its pauses."""
    return before if before is not None and (before.met_at is not None or before.anchor == now.anchor) else now


def _grade(matter: Matter, ctx: Context) -> None:
    """Raise the proposed grade; what a person confirmed stands."""
    if matter.grade_confirmed:
        return
    found: list[Proposal] = []
    for flagged in matter.fresh:
        proposal = propose(f"{flagged.mention.title}\n{flagged.mention.text[:2000]}")
        if proposal is not None:
            found.append(proposal)
    best = min(found, key=lambda proposal: _GRADES.index(proposal.grade), default=None)
    if best is None or (matter.grade is not None and _GRADES.index(best.grade) >= _GRADES.index(matter.grade)):
        return
    matter.grade = best.grade
    matter.note(ctx.now, HistoryEvent.GRADE_PROPOSED, grade=best.grade, words=best.words, basis=best.basis)


def _responsible(matter: Matter, ctx: Context) -> None:
    """Answer R1 to R9 anew; a unit that a person assigned stays until it returns the matter."""
    place = ctx.jurisdiction
    misread = Category.POLICY_MISREADING in matter.categories
    answer = assign(matter.tally, place.home, place.superior_government, place.units, matter.grade, misread=misread)
    before, matter.responsibility = matter.responsibility, answer
    if not _assigned(matter):
        matter.responsible_body = "、".join(answer.responsible)
    if before is None or (before.responsible, before.coordinator) != (answer.responsible, answer.coordinator):
        matter.note(
            ctx.now,
            HistoryEvent.ROUTED,
            body="、".join(answer.responsible),
            coordinator=answer.coordinator,
            clauses="；".join(f"{reason.rule} {reason.clause}" for reason in answer.reasons),
        )


def _assigned(matter: Matter) -> bool:
    """Whether a person assigned the matter to a unit, or a unit returned it and nobody assigned it again."""
    return any(entry.event in (ActionKind.ASSIGN, ActionKind.RETURN) for entry in matter.history)
