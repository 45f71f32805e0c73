"""Who must answer first: every combination of level, regions, departments, vertical management and grade."""

from itertools import product

import pytest
from msgspec import structs

from pipeline.records import Grade
from pipeline.routing.facts import Level
from pipeline.routing.table import Case, responsibility

REGIONS = ((), ("青石县",), ("青石县", "柳溪县"))
DEPARTMENTS = ((), ("市教育局",), ("市教育局", "市公安局"))
CASES = [
    Case(level, "云泽市人民政府", "临江省人民政府", regions, departments, vertical=vertical, grade=grade)
    for level, regions, departments, vertical, grade in product(
        Level, REGIONS, DEPARTMENTS, (False, True), (None, *Grade)
    )
]


@pytest.mark.parametrize("case", CASES)
def test_every_combination_has_a_responsible_body_and_cites_a_clause_for_each_rule(case: Case) -> None:
    answer = responsibility(case)
    rules = [reason.rule for reason in answer.reasons]
    assert answer.responsible
    assert all(reason.clause and reason.says for reason in answer.reasons)
    assert sum(rule in ("R1", "R2", "R3", "R4") for rule in rules) == 1
    assert rules[-1] == "R8"
    assert not answer.persons
    assert ("R5" in rules) == (case.level is Level.LOCAL and len(case.regions) > 1)
    assert ("R6" in rules) == (len(case.departments) > 1) == bool(answer.lead)
    assert answer.head_of_government == answer.party_committee == (case.grade is Grade.PARTICULARLY_MAJOR)
    if case.level is Level.NATIONAL:
        assert answer.responsible == ("国务院相关部门",)
    elif case.level is Level.PROVINCIAL:
        assert answer.responsible == ("省政府相关部门",)
    elif len(case.regions) > 1:
        assert answer.responsible == ("临江省人民政府主管部门",)
        assert set(case.regions) <= set(answer.answering)
    else:
        assert answer.responsible == (case.departments or ("云泽市人民政府涉事责任部门",))
    if case.level is Level.LOCAL:
        assert answer.coordinator.startswith("上级部门" if case.vertical else "云泽市人民政府")
    assert set(case.departments) <= {*answer.responsible, *answer.answering} or len(case.departments) < 2


@pytest.mark.parametrize("case", CASES[::7])
def test_named_departments_and_persons_go_before_the_general_words(case: Case) -> None:
    known = structs.replace(
        case, superior_departments=("省教育厅",), policy_departments=("教育部",), persons=("市教育局：第一责任人 甲",)
    )
    answer = responsibility(known)
    if case.level is not Level.LOCAL:
        assert answer.responsible == ("教育部",)
    elif len(case.regions) > 1:
        assert answer.responsible == ("省教育厅",)
    assert answer.persons == known.persons
    assert [reason.clause for reason in answer.reasons if reason.rule == "R9"] == [
        "和硕 第十一条、第十二条；山东 2018 一"
    ]
