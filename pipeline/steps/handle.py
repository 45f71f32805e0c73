"""What a person's deed does to a matter: the table of ``pipeline.handling`` decides, the history remembers."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from pipeline.handling.roles import Role
from pipeline.handling.table import ARGUMENTS, DEEDS, RETURNS_AT_MOST
from pipeline.labels import label
from pipeline.records import Action, ActionKind, Grade, HistoryEntry, Silence
from pipeline.steps.matter import Matter

SKEW = timedelta(minutes=10)
"""A moment said to be past may lie so far ahead of our clock."""


def handle(matter: Matter, action: Action) -> str:
    """Do the deed and note it in the history; return the reason in words when it may not be done, else nothing."""
    deed = DEEDS.get(action.kind)
    if deed is None:
        return "此操作尚未启用"
    reason = refusal_by_table(matter, action) or _refusal_by_memory(matter, action)
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


def may(matter_state: str, role: Role) -> tuple[ActionKind, ...]:
    """Return what a person of a role may do with a matter in a state."""
    return tuple(kind for kind, deed in DEEDS.items() if role.covers(deed.role) and matter_state in deed.sources)


def entries(matter: Matter, kind: ActionKind) -> Iterator[HistoryEntry]:
    """Yield the lines of the history that tell of a deed, the latest first."""
    return (entry for entry in reversed(matter.history) if entry.event == kind)


def paused_since(matter: Matter) -> HistoryEntry | None:
    """Return the line of the history by which the clocks stand still, or None while they run."""
    for entry in reversed(matter.history):
        if entry.event == ActionKind.RESUME_CLOCK:
            return None
        if entry.event == ActionKind.PAUSE_CLOCK:
            return entry
    return None


def returned_by(matter: Matter) -> list[str]:
    """Return the units that returned the matter (不属我单位), the latest first."""
    return [entry.detail.get("from", "") for entry in entries(matter, ActionKind.RETURN)]


def refusal_by_table(matter: Matter, action: Action) -> str:
    """Return in words why the table does not allow a deed by this person now with what was said, or nothing."""
    deed, name = DEEDS[action.kind], label(action.kind)
    if not action.role.covers(deed.role):
        return f"{name}须由「{label(deed.role)}」及以上角色办理，您是「{label(action.role)}」"
    if matter.state not in deed.sources:
        return f"事由处于「{label(matter.state)}」，不能{name}"
    if deed.needs_note and not action.note.strip():
        return f"{name}须写明理由或内容"
    if deed.argument:
        value = action.arguments.get(deed.argument, "").strip()
        if not value:
            return f"{name}须注明{ARGUMENTS[deed.argument]}（参数 {deed.argument}）"
        if deed.choices and value not in deed.choices:
            return f"{name}的{ARGUMENTS[deed.argument]}（参数 {deed.argument}）只能是 {'、'.join(deed.choices)}"
    return ""


def _refusal_by_memory(matter: Matter, action: Action) -> str:
    """Refuse what only the history can tell: re-routing, the two steps of approval, pauses, silences, odd times."""
    match action.kind:
        case ActionKind.ASSIGN:
            return _assigning(matter, action)
        case ActionKind.RETURN:
            if len(returned_by(matter)) >= RETURNS_AT_MOST:
                return f"已退回 {RETURNS_AT_MOST} 次，须由协调单位确定承办单位，不能再退回"
        case ActionKind.APPROVE:
            drafter = next((entry.actor for entry in entries(matter, ActionKind.DRAFT)), "")
            if drafter == action.actor:
                return "拟稿人不能审核自己的稿件：专人采编、领导审核把关"
        case ActionKind.PAUSE_CLOCK:
            return "" if paused_since(matter) is None else "计时已在暂停中"
        case ActionKind.RESUME_CLOCK:
            return "计时没有暂停" if paused_since(matter) is None else ""
        case ActionKind.UNSILENCE:
            return "此事由没有静默" if matter.silence is None else ""
        case ActionKind.SET_OCCURRED:
            at = moment(action.arguments["occurred_at"])
            if at is None:
                return "发生时间须写成带时区的日期时间，例如 2026-06-16T10:42:00+08:00"
            return "发生时间不能晚于现在" if at > action.at + SKEW else ""
        case _:
            pass
    return ""


def _assigning(matter: Matter, action: Action) -> str:
    returned = returned_by(matter)
    if len(returned) >= RETURNS_AT_MOST:
        if action.role.covers(Role.ANALYST):
            return ""
        return f"已退回 {RETURNS_AT_MOST} 次，须由协调单位（「{label(Role.ANALYST)}」及以上角色）确定承办单位"
    if action.arguments["to"] in returned:
        return f"{action.arguments['to']}已退回过此事由，请改派其他单位或由协调单位确定"
    return ""


def moment(text: str) -> datetime | None:
    """Return the moment that a text names with its zone, or None."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return at if at.tzinfo is not None else None


def _effect(matter: Matter, action: Action) -> None:
    match action.kind:
        case ActionKind.ASSIGN:
            matter.responsible_body = action.arguments["to"]
        case ActionKind.RETURN:
            matter.responsible_body = ""
        case ActionKind.CONFIRM_GRADE:
            matter.grade, matter.grade_confirmed = Grade(action.arguments["grade"]), True
        case ActionKind.SILENCE:
            until = action.at + timedelta(hours=int(action.arguments["hours"]))
            matter.silence = Silence(action.actor, action.note, action.at, until)
        case ActionKind.UNSILENCE:
            matter.silence = None
        case _:
            pass
