"""What a person's deed does to a matter."""

from pipeline.records import Action, ActionKind, IssueState
from pipeline.steps.matter import Matter


def handle(matter: Matter, action: Action) -> str:
    """Do the deed and note it in the history; return the reason in words when it may not be done, else nothing."""
    if action.kind is ActionKind.ACKNOWLEDGE:
        if matter.state is not IssueState.NEW:
            return "该事由已被签收或已处理，无需重复签收"
        matter.state = IssueState.ACKNOWLEDGED
    elif action.kind is not ActionKind.NOTE:
        return "此操作尚未启用"
    matter.note(action.at, action.kind, action.actor, **({"note": action.note} if action.note else {}))
    return ""
