"""From texts to the decision table: whose policy, which regions, which departments, and by which words."""

import pytest

from pipeline.records import Grade
from pipeline.routing.answer import Responsibility
from pipeline.routing.case import Unit, assign
from pipeline.routing.facts import Tally
from pipeline.routing.reading import Home, finders, read

CITY = Home("青岛市人民政府", ("青岛市",))
COUNTY = Home("华容县人民政府", ("华容县",))
MADE_UP = Home("云泽市人民政府", ("云泽", "望泽"), ("望泽区", "青石县", "柳溪县"))


def answer(
    *texts: str, home: Home = CITY, misread: bool = False, grade: Grade | None = None, units: tuple[Unit, ...] = ()
) -> Responsibility:
    tally = Tally()
    places = finders(home.ours)[0]
    for text in texts:
        tally.add(read("", text, home, places.find(f"\n{text}")))
    return assign(tally, home, "上级人民政府", units, grade, misread=misread)


def rules(found: Responsibility) -> list[str]:
    return [reason.rule for reason in found.reasons]


def test_r1_a_national_policy_that_is_misread_is_for_the_ministry() -> None:
    found = answer("网传国家出台新规取消学区，教育部回应", misread=True)
    assert found.responsible == ("教育部",)
    assert rules(found)[0] == "R1"
    assert "所涉政策：「国家出台新规」" in found.grounds


def test_r1_without_a_named_ministry_says_so_in_general() -> None:
    assert answer("听说国务院的延迟退休政策要让大家干到七十岁", misread=True).responsible == ("国务院相关部门",)


def test_a_policy_that_is_only_cited_as_the_measure_makes_no_national_matter() -> None:
    found = answer("按照国家规定应发的工资一直不发，市人社局不管", misread=True)
    assert found.responsible == ("青岛市人力资源和社会保障局",)


def test_a_national_policy_in_a_complaint_that_misreads_nothing_stays_local() -> None:
    assert rules(answer("国家政策很好，可是小区物业乱收费"))[0] == "R3"


def test_r2_a_provincial_policy_is_for_the_department_of_the_province() -> None:
    found = answer("网传全省统一政策要取消公积金，省住建厅：不实", misread=True)
    assert found.responsible == ("山东省住建厅",)
    assert rules(found)[0] == "R2"


def test_r3_a_named_department_answers_and_its_government_coordinates() -> None:
    found = answer("市教育局称正在调查食堂问题")
    assert found.responsible == ("青岛市教育局",)
    assert found.coordinator == "青岛市人民政府办公厅（室）会同宣传部门"
    assert "青岛市教育局：文中点名「市教育局」" in found.grounds


def test_a_department_that_is_not_named_is_inferred_from_the_matter_and_says_so() -> None:
    found = answer("工地拖欠农民工工资八个月")
    assert found.responsible == ("青岛市人力资源和社会保障局",)
    assert "按所涉事项推断" in found.grounds[0]


def test_who_comes_to_every_matter_is_not_the_department_concerned() -> None:
    assert answer("幼儿园孩子被打，家长报警，派出所民警到场").responsible == ("青岛市教育局",)


def test_a_name_from_before_a_reform_leads_to_who_does_its_work_now() -> None:
    found = answer("青岛市工商局不作为")
    assert found.responsible == ("青岛市市场监督管理局",)
    assert "2018 年机构改革" in found.grounds[0]


@pytest.mark.parametrize("text", ["青岛市税务局多收税款", "青岛海关扣了包裹", "消防支队救援迟到，居民楼起火"])
def test_r4_a_department_under_vertical_management_is_coordinated_from_above(text: str) -> None:
    found = answer(text)
    assert rules(found)[0] == "R4"
    assert found.coordinator.startswith("上级部门")


def test_r4_a_countys_branch_of_the_environment_is_managed_from_above_a_citys_is_not() -> None:
    assert rules(answer("工厂排污，异味刺鼻", home=COUNTY))[0] == "R4"
    assert rules(answer("工厂排污，异味刺鼻"))[0] == "R3"


def test_r5_several_regions_of_ours_are_for_our_own_line_department_and_they_still_answer() -> None:
    found = answer("崂山区、黄岛区多所学校食堂出问题")
    assert found.responsible == ("青岛市教育局",)
    assert found.answering == ("崂山区", "黄岛区")
    assert "R5" in rules(found)


def test_r5_our_region_and_its_neighbour_are_for_the_government_above_both() -> None:
    found = answer("青岛、烟台两地多所学校食堂出问题")
    assert found.responsible == ("上级人民政府主管部门",)
    assert found.answering == ("青岛市", "烟台市")


def test_r5_works_with_regions_that_only_the_configuration_knows() -> None:
    assert answer("望泽区、青石县山洪", home=MADE_UP).answering == ("望泽区", "青石县")


def test_r6_several_departments_each_answer_and_a_lead_is_proposed() -> None:
    found = answer("市教育局、市市场监管局介入幼儿园食物中毒")
    assert "R6" in rules(found)
    assert found.responsible == ("青岛市教育局", "青岛市市场监督管理局")
    assert "建议：青岛市教育局" in found.lead


def test_r7_a_particularly_major_matter_is_for_the_head_of_government() -> None:
    found = answer("爆炸", grade=Grade.PARTICULARLY_MAJOR)
    assert found.head_of_government
    assert found.party_committee


def test_r9_the_named_persons_of_the_unit_concerned_stand_beside_it_under_its_real_name() -> None:
    units = (Unit("青岛市教育体育局", "甲", "乙", "办公室"), Unit("青岛市公安局", "丙"))
    home = Home("青岛市人民政府", ("青岛市",), units=tuple(unit.name for unit in units))
    found = answer("学校食堂出问题", home=home, units=units)
    assert found.responsible == ("青岛市教育体育局",)
    assert found.persons == ("青岛市教育体育局：第一责任人 甲，直接责任人 乙，承办科室 办公室",)
    assert rules(found)[-1] == "R9"


def test_one_stray_mention_among_many_members_moves_nothing() -> None:
    usual = ["市教育局称正在调查食堂问题"] * 6
    assert answer(*usual, "市交通局 公交").responsible == ("青岛市教育局",)


def test_every_reason_has_a_clause() -> None:
    for text in ("学校", "税务局", "崂山区、黄岛区停水"):
        assert all(reason.clause for reason in answer(text).reasons)


def test_where_the_victims_were_taken_is_not_whose_matter_it_is() -> None:
    found = answer("石桥镇一家幼儿园的孩子食物中毒，县医院急诊爆满", home=MADE_UP)
    assert found.responsible == ("云泽市教育局", "云泽市市场监督管理局")
