"""Who must answer a matter first and by when: grade, statutory clocks, 第一责任主体 (61号 一, 三)."""

from collections.abc import Iterator, Sequence

from msgspec import structs

from classifiers.assessment import Category
from pipeline.clocks.clock import Moments, Pause, Release, deadlines
from pipeline.clocks.grade import Proposal, propose
from pipeline.handling.table import ResponseForm
from pipeline.records import ActionKind, Grade, HistoryEvent, Scope
from pipeline.routing.case import assign
from pipeline.steps.context import Context
from pipeline.steps.handle import entries, moment
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
    """Set the clocks anew from what the history tells: moments, pauses, releases, grade; a change is noted.

    Nothing of a clock is kept but what it follows from, so that a restart, a late grade or an earlier member can lose
    no pause and no answer.
    """
    clocks = deadlines(
        ctx.jurisdiction.clocks, matter.grade, _moments(matter, ctx), _pauses(matter), _releases(matter), ctx.now
    )
    before = {(clock.action, clock.anchor): clock for clock in matter.clocks}
    matter.clocks = clocks
    for clock in clocks:
        old = before.get((clock.action, clock.anchor))
        if old is None:
            matter.note(
                ctx.now,
                HistoryEvent.CLOCK_SET,
                action=clock.action,
                due=clock.due_at.isoformat(),
                anchor=f"{clock.anchor.isoformat()} {clock.anchor_basis}",
                basis=clock.basis,
                overdue="已逾期" if clock.due_at <= ctx.now and clock.met_at is None else "",
            )


def _moments(matter: Matter, ctx: Context) -> Moments:
    accepted = [entry.at for entry in entries(matter, ActionKind.ACCEPT)]
    occurred = next((moment(entry.detail["occurred_at"]) for entry in entries(matter, ActionKind.SET_OCCURRED)), None)
    return Moments(
        published_at=matter.first_seen,
        detected_at=matter.history[0].at if matter.history else ctx.now,
        occurred_at=occurred,
        accepted_at=min(accepted, default=None),
    )


def _pauses(matter: Matter) -> list[Pause]:
    pauses: list[Pause] = []
    for entry in matter.history:
        if entry.event == ActionKind.PAUSE_CLOCK:
            pauses.append(Pause(entry.at, entry.detail.get("note", "")))
        elif entry.event == ActionKind.RESUME_CLOCK and pauses:
            pauses[-1] = structs.replace(pauses[-1], until=entry.at)
    return pauses


def _releases(matter: Matter) -> list[Release]:
    forms = [(entry.at, ResponseForm(entry.detail["form"])) for entry in entries(matter, ActionKind.RESPOND)]
    return [Release(at, form.public, form is ResponseForm.PRESS_CONFERENCE) for at, form in forms]


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
