"""The deeds of handling as one table (W3 to W7, W10 to W12): who may, from which states, to which, with what said.

受理、转办、反馈 和硕 第十一条; 核实 (属实、不实、部分属实) 湖北 三(三); 采编与审核两步 和硕 第十三条、
鲁政办发〔2014〕8号 二.8; 回应形式 国办发〔2016〕61号 三; 按来源渠道反馈 鲁政办发〔2014〕8号 一.5.
"""

from collections.abc import Mapping
from enum import Enum, StrEnum

import msgspec

from pipeline.handling.roles import Role
from pipeline.records import ActionKind, Grade, IssueState

RETURNS_AT_MOST = 3
"""After so many returns the coordinating office decides; nobody may return the matter any more."""

SILENCE_HOURS = ("1", "4", "12", "24", "72")


class Verdict(StrEnum):
    """What verification found (湖北 三(三))."""

    TRUE = "true"
    FALSE = "false"
    PARTLY = "partly"


class ResponseForm(StrEnum):
    """In which form a response goes out (国办发〔2016〕61号 三, 厦府办〔2016〕182号 三)."""

    PRESS_CONFERENCE = "press_conference"
    BRIEFING = "briefing"
    INTERVIEW = "interview"
    WEBSITE = "website"
    SOCIAL = "social"
    SOURCE_CHANNEL = "source_channel"

    @property
    def public(self) -> bool:
        """Whether it reaches the public; an answer through the source channel reaches who asked."""
        return self is not ResponseForm.SOURCE_CHANNEL


class Deed(msgspec.Struct, frozen=True):
    """One row: who may do it, the states it may start from, the state it leads to (None: stays), what must be said.

    ``argument`` names the argument that must be given, ``choices`` what it may be, where that is a closed set.
    """

    role: Role
    sources: frozenset[IssueState]
    target: IssueState | None
    clause: str
    needs_note: bool = False
    argument: str = ""
    choices: tuple[str, ...] = ()


_S = IssueState
_ALIVE = frozenset(_S) - {_S.RETRACTED}
_OPEN = _ALIVE - {_S.CLOSED}
_OURS = "本系统：须写明理由并留痕"


def _of(*states: IssueState) -> frozenset[IssueState]:
    return frozenset(states)


DEEDS: Mapping[ActionKind, Deed] = {
    ActionKind.ACKNOWLEDGE: Deed(Role.OFFICER, _of(_S.NEW), _S.ACKNOWLEDGED, "和硕 第十一条"),
    ActionKind.ACCEPT: Deed(Role.OFFICER, _of(_S.NEW, _S.ACKNOWLEDGED), _S.ACCEPTED, "和硕 第十一条"),
    ActionKind.VERIFY: Deed(
        Role.OFFICER,
        _of(_S.ACCEPTED, _S.ASSIGNED, _S.HANDLING),
        _S.VERIFIED,
        "湖北 三(三)",
        argument="verdict",
        choices=tuple(Verdict),
    ),
    ActionKind.ASSIGN: Deed(
        Role.OFFICER, _of(_S.ACCEPTED, _S.VERIFIED), _S.ASSIGNED, "和硕 第十一条；国办发〔2016〕61号 一", argument="to"
    ),
    ActionKind.RETURN: Deed(Role.OFFICER, _of(_S.ASSIGNED, _S.HANDLING), _S.ACCEPTED, "和硕 第十一条", needs_note=True),
    ActionKind.HANDLE: Deed(Role.OFFICER, _of(_S.ASSIGNED, _S.VERIFIED), _S.HANDLING, "厦府办〔2016〕182号 二"),
    ActionKind.DRAFT: Deed(
        Role.OFFICER,
        _of(_S.ACCEPTED, _S.ASSIGNED, _S.VERIFIED, _S.HANDLING, _S.RESPONDED),
        _S.DRAFTED,
        "和硕 第十三条；鲁政办发〔2014〕8号 二.10（尽早发布简要信息、持续公开）",
        needs_note=True,
    ),
    ActionKind.APPROVE: Deed(
        Role.ANALYST, _of(_S.DRAFTED), _S.APPROVED, "和硕 第十三条；鲁政办发〔2014〕8号 二.8（谁发布谁审查）"
    ),
    ActionKind.RESPOND: Deed(
        Role.OFFICER,
        _of(_S.APPROVED),
        _S.RESPONDED,
        "国办发〔2016〕61号 三",
        argument="form",
        choices=tuple(ResponseForm),
    ),
    ActionKind.REPORT_BACK: Deed(Role.OFFICER, _of(_S.RESPONDED), _S.REPORTED_BACK, "鲁政办发〔2014〕8号 一.5"),
    ActionKind.CLOSE: Deed(
        Role.OFFICER,
        _of(_S.NEW, _S.ACKNOWLEDGED, _S.ACCEPTED, _S.VERIFIED, _S.REPORTED_BACK),
        _S.CLOSED,
        "和硕 第十一条",
        needs_note=True,
    ),
    ActionKind.REOPEN: Deed(Role.OFFICER, _of(_S.CLOSED), _S.ACCEPTED, "和硕 第十一条", needs_note=True),
    ActionKind.CONFIRM_GRADE: Deed(
        Role.OFFICER, _OPEN, None, "国办发〔2016〕61号 三", argument="grade", choices=tuple(Grade)
    ),
    ActionKind.SET_OCCURRED: Deed(
        Role.OFFICER, _OPEN, None, "闽政办〔2016〕173号 二（发生后起算）", argument="occurred_at"
    ),
    ActionKind.PAUSE_CLOCK: Deed(Role.ANALYST, _OPEN, None, _OURS, needs_note=True),
    ActionKind.RESUME_CLOCK: Deed(Role.OFFICER, _OPEN, None, _OURS),
    ActionKind.SILENCE: Deed(
        Role.OFFICER, _OPEN, None, _OURS, needs_note=True, argument="hours", choices=SILENCE_HOURS
    ),
    ActionKind.UNSILENCE: Deed(Role.OFFICER, _OPEN, None, _OURS),
    ActionKind.MERGE: Deed(Role.OFFICER, _ALIVE, None, _OURS, needs_note=True, argument="with"),
    ActionKind.SPLIT: Deed(Role.OFFICER, _ALIVE, None, _OURS, needs_note=True, argument="members"),
    ActionKind.UNDO: Deed(Role.OFFICER, _ALIVE, None, _OURS, needs_note=True),
    ActionKind.NOTE: Deed(Role.OFFICER, frozenset(_S), None, "鲁政办发〔2014〕8号 一.5", needs_note=True),
}

ARGUMENTS: Mapping[str, str] = {
    "verdict": "核实结果",
    "to": "承办单位",
    "form": "回应形式",
    "grade": "事件等级",
    "occurred_at": "发生时间",
    "hours": "静默小时数",
    "with": "并入的事由编号",
    "members": "拆出的信息编号（以逗号分隔）",
}
"""What people call the arguments."""

CHOICES: Mapping[str, type[Enum]] = {"verdict": Verdict, "form": ResponseForm, "grade": Grade}
"""The sets whose members have Chinese names."""
