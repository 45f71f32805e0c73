"""第一责任主体 as a decision table that explains itself: rules R1 to R9, each with its clause.

R1 to R4 say which body answers first and who coordinates, and exclude each other in that order; R5 to R7 add to it;
R8 is the principle that holds always; R9 needs the names that the deployment enters for its own units.
"""

from collections.abc import Callable

import msgspec

from pipeline.records import Grade
from pipeline.routing.answer import Reason, Responsibility
from pipeline.routing.facts import Level


class Case(msgspec.Struct, frozen=True):
    """What the answer hangs on; names are as people write them, empty where they are not known.

    ``superior`` is the government above all ``regions``, ``superior_departments`` its line departments;
    ``policy_departments`` are those whose national or provincial policy it is.
    """

    level: Level = Level.LOCAL
    government: str = "本级人民政府"
    superior: str = "上级人民政府"
    regions: tuple[str, ...] = ()
    departments: tuple[str, ...] = ()
    superior_departments: tuple[str, ...] = ()
    policy_departments: tuple[str, ...] = ()
    vertical: bool = False  # the department concerned is under vertical management: 税务, 海关, 消防 …
    grade: Grade | None = None
    persons: tuple[str, ...] = ()  # the named persons of the units concerned, a line each


class Rule(msgspec.Struct, frozen=True):
    """One row of the table."""

    reason: Reason
    applies: Callable[[Case], bool]
    effect: Callable[[Case, Responsibility], Responsibility]


def _national(case: Case, answer: Responsibility) -> Responsibility:
    return msgspec.structs.replace(answer, responsible=case.policy_departments or ("国务院相关部门",))


def _provincial(case: Case, answer: Responsibility) -> Responsibility:
    return msgspec.structs.replace(answer, responsible=case.policy_departments or ("省政府相关部门",))


def _vertical(case: Case, answer: Responsibility) -> Responsibility:
    return msgspec.structs.replace(
        answer,
        responsible=case.departments or (f"{case.government}涉事责任部门",),
        coordinator="上级部门办公厅（室）会同宣传部门",
    )


def _local(case: Case, answer: Responsibility) -> Responsibility:
    return msgspec.structs.replace(
        answer,
        responsible=case.departments or (f"{case.government}涉事责任部门",),
        coordinator=f"{case.government}办公厅（室）会同宣传部门",
    )


def _several_regions(case: Case, answer: Responsibility) -> Responsibility:
    upper = case.superior_departments or (f"{case.superior}主管部门",)
    return msgspec.structs.replace(answer, responsible=upper, answering=case.regions)


def _several_departments(case: Case, answer: Responsibility) -> Responsibility:
    others = tuple(name for name in case.departments if name not in answer.responsible)
    return msgspec.structs.replace(
        answer,
        lead=f"必要时由{case.government}确定（建议：{case.departments[0]}）",
        answering=answer.answering + others,
    )


def _head(case: Case, answer: Responsibility) -> Responsibility:
    return msgspec.structs.replace(answer, head_of_government=True)


def _party(case: Case, answer: Responsibility) -> Responsibility:
    return msgspec.structs.replace(answer, party_committee=True)


def _persons(case: Case, answer: Responsibility) -> Responsibility:
    return msgspec.structs.replace(answer, persons=case.persons)


def _unchanged(case: Case, answer: Responsibility) -> Responsibility:
    return answer


def _is_local(case: Case) -> bool:
    return case.level is Level.LOCAL


TABLE: tuple[Rule, ...] = (
    Rule(
        Reason("R1", "涉及国务院重大政策、重要决策部署的，国务院相关部门是第一责任主体", "国办发〔2016〕61号 一"),
        lambda case: case.level is Level.NATIONAL,
        _national,
    ),
    Rule(
        Reason("R2", "涉及省政府重大政策、重要决策部署的，省政府相关部门是第一责任主体", "湖北 二；山东 2018 一"),
        lambda case: case.level is Level.PROVINCIAL,
        _provincial,
    ),
    Rule(
        Reason(
            "R3",
            "涉及地方的，涉事责任部门是第一责任主体，本级政府办公厅（室）会同宣传部门组织协调",
            "国办发〔2016〕61号 一",
        ),
        lambda case: _is_local(case) and not case.vertical,
        _local,
    ),
    Rule(
        Reason("R4", "涉事责任部门实行垂直管理的，上级部门办公厅（室）会同宣传部门组织协调", "国办发〔2016〕61号 一"),
        lambda case: _is_local(case) and case.vertical,
        _vertical,
    ),
    Rule(
        Reason(
            "R5", "涉及多个地方的，上级政府主管部门是第一责任主体，相关地方按属地管理原则回应", "国办发〔2016〕61号 一"
        ),
        lambda case: _is_local(case) and len(case.regions) > 1,
        _several_regions,
    ),
    Rule(
        Reason("R6", "涉及多个部门的，各部门按职责回应，口径一致，必要时确定牵头部门", "国办发〔2016〕61号 一"),
        lambda case: len(case.departments) > 1,
        _several_departments,
    ),
    Rule(
        Reason("R7", "特别重大的政务舆情，本级政府主要负责同志切实负起领导责任", "国办发〔2016〕61号 一"),
        lambda case: case.grade is Grade.PARTICULARLY_MAJOR,
        _head,
    ),
    Rule(
        Reason("R7", "特别重大的政务舆情，必要时向同级党委报告", "湖北 二"),
        lambda case: case.grade is Grade.PARTICULARLY_MAJOR,
        _party,
    ),
    Rule(
        Reason("R8", "属地管理、分级负责、谁主管谁负责", "国办发〔2016〕61号 一；和硕 第十二条"),
        lambda case: True,
        _unchanged,
    ),
    Rule(
        Reason(
            "R9",
            "主要领导是第一责任人，分管领导是直接责任人，明确承担相关工作的科（处、室）",
            "和硕 第十一条、第十二条；山东 2018 一",
        ),
        lambda case: bool(case.persons),
        _persons,
    ),
)


def responsibility(case: Case) -> Responsibility:
    """Return who answers, coordinates, leads and is told, with every rule that applied and its clause."""
    answer = Responsibility()
    for rule in TABLE:
        if rule.applies(case):
            answer = rule.effect(case, answer)
            answer = msgspec.structs.replace(answer, reasons=(*answer.reasons, rule.reason))
    return answer
