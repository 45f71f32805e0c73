"""The deeds of handling as one table (W3 to W7, W10 to W12): from which states, to which, with what said.

受理、转办、反馈 和硕 第十一条; 核实 (属实、不实、部分属实) 湖北 三(三); 采编与审核两步 和硕 第十三条、
鲁政办发〔2014〕8号 二.8; 回应形式 国办发〔2016〕61号 三; 按来源渠道反馈 鲁政办发〔2014〕8号 一.5.
"""

from collections.abc import Mapping
from enum import StrEnum

import msgspec

from pipeline.records import ActionKind, IssueState

RETURNS_AT_MOST = 3
"""After so many returns the coordinating office decides; nobody may return the matter any more."""


class Verdict(StrEnum):
    """What verification found (湖北 三(三))."""

    TRUE = "true"  # 属实
    FALSE = "false"  # 不实
    PARTLY = "partly"  # 部分属实


class ResponseForm(StrEnum):
    """In which form a response goes out (国办发〔2016〕61号 三, 厦府办〔2016〕182号 三)."""

    PRESS_CONFERENCE = "press_conference"  # 新闻发布会
    BRIEFING = "briefing"  # 吹风会
    INTERVIEW = "interview"  # 接受媒体采访
    WEBSITE = "website"  # 政府网站
    SOCIAL = "social"  # 微博微信
    SOURCE_CHANNEL = "source_channel"  # 原渠道回复


class Deed(msgspec.Struct, frozen=True):
    """One row: the states it may start from, the state it leads to (None: stays), what must be said with it.

    ``argument`` names the argument that must be given, ``choices`` what it may be, where that is a closed set.
    """

    name: str
    sources: frozenset[IssueState]
    target: IssueState | None
    clause: str
    needs_note: bool = False
    argument: str = ""
    choices: tuple[str, ...] = ()


_S = IssueState
_ALIVE = frozenset(_S) - {_S.RETRACTED}
_OPEN = _ALIVE - {_S.CLOSED}


def _of(*states: IssueState) -> frozenset[IssueState]:
    return frozenset(states)


DEEDS: Mapping[ActionKind, Deed] = {
    ActionKind.ACKNOWLEDGE: Deed("签收", _of(_S.NEW), _S.ACKNOWLEDGED, "和硕 第十一条"),
    ActionKind.ACCEPT: Deed("受理", _of(_S.NEW, _S.ACKNOWLEDGED), _S.ACCEPTED, "和硕 第十一条"),
    ActionKind.VERIFY: Deed(
        "核实",
        _of(_S.ACCEPTED, _S.ASSIGNED, _S.HANDLING),
        _S.VERIFIED,
        "湖北 三(三)",
        argument="verdict",
        choices=tuple(Verdict),
    ),
    ActionKind.ASSIGN: Deed("转办", _of(_S.ACCEPTED, _S.VERIFIED), _S.ASSIGNED, "和硕 第十一条", argument="to"),
    ActionKind.RETURN: Deed("退回", _of(_S.ASSIGNED, _S.HANDLING), _S.ACCEPTED, "和硕 第十一条", needs_note=True),
    ActionKind.HANDLE: Deed("处置", _of(_S.ASSIGNED, _S.VERIFIED), _S.HANDLING, "厦府办〔2016〕182号 二"),
    ActionKind.DRAFT: Deed(
        "拟稿", _of(_S.ASSIGNED, _S.VERIFIED, _S.HANDLING), _S.DRAFTED, "和硕 第十三条", needs_note=True
    ),
    ActionKind.APPROVE: Deed("审核", _of(_S.DRAFTED), _S.APPROVED, "和硕 第十三条"),
    ActionKind.RESPOND: Deed(
        "回应",
        _of(_S.APPROVED),
        _S.RESPONDED,
        "国办发〔2016〕61号 三",
        argument="form",
        choices=tuple(ResponseForm),
    ),
    ActionKind.REPORT_BACK: Deed("反馈", _of(_S.RESPONDED), _S.REPORTED_BACK, "鲁政办发〔2014〕8号 一.5"),
    ActionKind.CLOSE: Deed(
        "办结",
        _of(_S.NEW, _S.ACKNOWLEDGED, _S.ACCEPTED, _S.VERIFIED, _S.REPORTED_BACK),
        _S.CLOSED,
        "和硕 第十一条",
        needs_note=True,
    ),
    ActionKind.REOPEN: Deed("重新办理", _of(_S.CLOSED), _S.ACCEPTED, "和硕 第十一条", needs_note=True),
    ActionKind.CONFIRM_GRADE: Deed("确认等级", _OPEN, None, "国办发〔2016〕61号 三", argument="grade"),
    ActionKind.PAUSE_CLOCK: Deed("暂停计时", _OPEN, None, "本系统：暂停须写明理由并留痕", needs_note=True),
    ActionKind.RESUME_CLOCK: Deed("恢复计时", _OPEN, None, "本系统：暂停须写明理由并留痕"),
    ActionKind.NOTE: Deed("备注", frozenset(_S), None, "鲁政办发〔2014〕8号 一.5", needs_note=True),
}


def refusal(deed: Deed, state: IssueState, state_name: str, note: str, arguments: Mapping[str, str]) -> str:
    """Return in words why a deed may not be done in a state with what was said, or nothing."""
    if state not in deed.sources:
        return f"事由处于「{state_name}」，不能{deed.name}"
    if deed.needs_note and not note.strip():
        return f"{deed.name}须写明理由或内容"
    if deed.argument:
        value = arguments.get(deed.argument, "").strip()
        if not value:
            return f"{deed.name}缺少参数 {deed.argument}"
        if deed.choices and value not in deed.choices:
            return f"{deed.name}的 {deed.argument} 只能是 {'、'.join(deed.choices)}"
    return ""
