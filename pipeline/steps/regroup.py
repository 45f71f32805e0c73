"""What people do when following went wrong: merge two matters, split one, take the last of these back.

A member moves with its place in the order of arrival, so what comes later follows the people's decision: a merged
matter draws what either drew, and what was split off draws its own. Everything needed to take it back stands in the
history, chained like every other line.
"""

import hashlib
from collections.abc import Iterable

from pipeline.matters.follow import Follower
from pipeline.records import Action, ActionKind, HistoryEntry, IssueState
from pipeline.steps.context import Context
from pipeline.steps.matter import Book, Matter

REGROUPING = (ActionKind.MERGE, ActionKind.SPLIT, ActionKind.UNDO)


def regroup(book: Book, matter: Matter, action: Action, ctx: Context) -> tuple[str, list[Matter]]:
    """Do the deed; return the reason in words when it cannot be done, else nothing, and the other matters touched.

    The other matter of a merger must be in the book.
    """
    follower = book.followed(ctx.jurisdiction.ours)
    match action.kind:
        case ActionKind.MERGE:
            return _merge(book, follower, matter, action)
        case ActionKind.SPLIT:
            return _split(book, follower, matter, action)
        case _:
            return _undo(book, follower, matter, action)


def _merge(book: Book, follower: Follower, matter: Matter, action: Action) -> tuple[str, list[Matter]]:
    other = book.matters.get(action.arguments["with"].strip())
    if other is None:
        return f"没有编号为 {action.arguments['with']} 的事由", []
    if other is matter:
        return "不能与自身合并", []
    if not other.members:
        return f"事由 {other.id} 已没有成员，可能已并入其他事由", []
    names = list(other.members)
    _note(other, action, into=matter.id, before=other.state)
    _move(book, follower, names, other, matter)
    other.state = IssueState.CLOSED
    matter.add_regions(other.regions)
    _note(matter, action, other=other.id, members=",".join(names))
    return "", [other]


def _split(book: Book, follower: Follower, matter: Matter, action: Action) -> tuple[str, list[Matter]]:
    wanted = {name.strip() for name in action.arguments["members"].split(",")} - {""}
    names = [name for name in matter.members if name in wanted]
    if unknown := sorted(wanted - set(names)):
        return f"这些信息不在此事由中：{'、'.join(unknown)}", []
    if not names or len(names) == len(matter.members):
        return "须拆出一部分信息，并留下至少一条", []
    first = matter.members[names[0]]
    new = Matter(
        id="y" + hashlib.blake2b(f"{matter.id}#{action.key}".encode(), digest_size=6).hexdigest(),
        title=first.title or matter.title,
        representative=first.mention_id,
        first_seen=first.published_at,
        last_seen=first.published_at,
        scope=matter.scope,
        regions=matter.regions,
        responsible_body=matter.responsible_body,
    )
    book.matters[new.id] = new
    _note(new, action, other=matter.id)
    _move(book, follower, names, matter, new)
    _note(matter, action, other=new.id, members=",".join(names))
    return "", [new]


def _undo(book: Book, follower: Follower, matter: Matter, action: Action) -> tuple[str, list[Matter]]:
    entry = last_regrouping(matter)
    if entry is None:
        return "没有可撤销的合并或拆分", []
    other = book.matters.get(entry.detail["other"])
    names = entry.detail["members"].split(",")
    if other is None:
        return "另一事由已归档，不能撤销", []
    if entry.event == ActionKind.MERGE:
        source, target = matter, other
        merged = next(line for line in reversed(other.history) if line.event == ActionKind.MERGE)
        other.state = IssueState(merged.detail["before"])
    else:
        source, target = other, matter
        names = list(other.members)  # with what came since
    names = [name for name in names if name in source.members]
    _move(book, follower, names, source, target)
    if not source.members:
        source.state = IssueState.CLOSED
    _note(matter, action, undone=entry.event, other=other.id)
    _note(other, action, undone=entry.event, other=matter.id)
    return "", [other]


def last_regrouping(matter: Matter) -> HistoryEntry | None:
    """Return the last merger or split that was begun from this matter and not taken back yet."""
    taken_back = 0
    for entry in reversed(matter.history):
        if entry.event == ActionKind.UNDO and "undone" in entry.detail:
            taken_back += 1
        elif entry.event in (ActionKind.MERGE, ActionKind.SPLIT) and "members" in entry.detail:
            if not taken_back:
                return entry
            taken_back -= 1
    return None


def _move(book: Book, follower: Follower, names: Iterable[str], source: Matter, target: Matter) -> None:
    names = list(names)
    for name in names:
        target.members[name] = target.changed[name] = source.members.pop(name)
        source.changed.pop(name, None)
        if name in source.counted:
            source.counted.remove(name)
            target.counted.add(name)
        book.matter_of[name] = target.id
    follower.move(names, target.id)
    for matter in (source, target):
        if matter.members:
            times = [member.published_at for member in matter.members.values()]
            matter.first_seen, matter.last_seen = min(times), max(times)
        matter.recount()


def _note(matter: Matter, action: Action, **detail: str) -> None:
    said = {"note": action.note} if action.note else {}
    matter.note(action.at, action.kind, action.actor, **said, **detail)
