"""What a person's deed does to a matter: the table of ``pipeline.handling`` decides, the history remembers."""

from collections.abc import Iterator

from msgspec import structs

from pipeline.handling.table import DEEDS, RETURNS_AT_MOST, ResponseForm, refusal
from pipeline.labels import label
from pipeline.records import Action, ActionKind, Deadline, DeadlineAction, Grade, HistoryEntry
from pipeline.steps.matter import Matter


def handle(matter: Matter, action: Action) -> str:
    """Do the deed and note it in the history; return the reason in words when it may not be done, else nothing."""
    deed = DEEDS.get(action.kind)
    if deed is None:
        return "此操作尚未启用"
    reason = refusal(deed, matter.state, label(matter.state), action.note, action.arguments)
    reason = reason or _refusal_by_memory(matter, action)
    if reason:
        return reason
    unit = matter.responsible_body
    _effect(matter, action)
    if deed.target is not None:
        matter.state = deed.target
    detail = {key: value for key, value in action.arguments.items() if value}
    if action.kind is ActionKind.RETURN:
        detail["from"] = unit
    if action.note:
        detail["note"] = action.note
    matter.note(action.at, action.kind, action.actor, clause=deed.clause, **detail)
    return ""


def _entries(matter: Matter, kind: ActionKind) -> Iterator[HistoryEntry]:
    return (entry for entry in reversed(matter.history) if entry.event == kind)


def _refusal_by_memory(matter: Matter, action: Action) -> str:
    """Refuse what only the history can tell: re-routing, the two steps of approval, pauses, an unknown grade."""
    match action.kind:
        case ActionKind.ASSIGN:
            returned = {entry.detail.get("from", "") for entry in _entries(matter, ActionKind.RETURN)}
            if action.arguments["to"] in returned:
                return f"{action.arguments['to']}已退回过此事由，请改派其他单位或由协调单位确定"
        case ActionKind.RETURN:
            if sum(1 for _ in _entries(matter, ActionKind.RETURN)) >= RETURNS_AT_MOST:
                return f"已退回 {RETURNS_AT_MOST} 次，须由协调单位确定承办单位，不能再退回"
        case ActionKind.APPROVE:
            drafter = next((entry.actor for entry in _entries(matter, ActionKind.DRAFT)), "")
            if drafter == action.actor:
                return "拟稿人不能审核自己的稿件：专人采编、领导审核把关"
        case ActionKind.CONFIRM_GRADE:
            return "" if action.arguments["grade"] in tuple(Grade) else f"等级只能是 {'、'.join(Grade)}"
        case ActionKind.PAUSE_CLOCK:
            return "" if paused_since(matter) is None else "计时已在暂停中"
        case ActionKind.RESUME_CLOCK:
            return "计时没有暂停" if paused_since(matter) is None else ""
        case _:
            pass
    return ""


def paused_since(matter: Matter) -> HistoryEntry | None:
    """Return the line of the history by which the clocks stand still, or None while they run."""
    for entry in reversed(matter.history):
        if entry.event == ActionKind.RESUME_CLOCK:
            return None
        if entry.event == ActionKind.PAUSE_CLOCK:
            return entry
    return None


def _effect(matter: Matter, action: Action) -> None:
    match action.kind:
        case ActionKind.ACCEPT:
            matter.clocks = tuple(structs.replace(clock, provisional=False) for clock in matter.clocks)
        case ActionKind.ASSIGN:
            matter.responsible_body = action.arguments["to"]
        case ActionKind.CONFIRM_GRADE:
            matter.grade, matter.grade_confirmed = Grade(action.arguments["grade"]), True
        case ActionKind.RESPOND:
            matter.clocks = tuple(_met(clock, action) for clock in matter.clocks)
        case ActionKind.RESUME_CLOCK:
            paused = paused_since(matter)
            if paused is not None:
                matter.clocks = tuple(
                    structs.replace(clock, due_at=clock.due_at + (action.at - paused.at))
                    if clock.met_at is None and paused.at < clock.due_at
                    else clock
                    for clock in matter.clocks
                )
        case _:
            pass


def _met(clock: Deadline, action: Action) -> Deadline:
    """Stop a clock that the response answers: a press conference is met only by one (61号 三)."""
    form = action.arguments["form"]
    if clock.met_at is not None or (
        clock.action is DeadlineAction.PRESS_CONFERENCE and form != ResponseForm.PRESS_CONFERENCE
    ):
        return clock
    return structs.replace(clock, met_at=action.at)
