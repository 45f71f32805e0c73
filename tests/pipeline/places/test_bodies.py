"""Government bodies found in texts: which, of what level, of which division, and what became of them."""

import os
from pathlib import Path

import opencc
import pytest

from pipeline.places.bodies import BodyFinder, BodyLevel, subjects
from pipeline.places.systems import former_names, listed_departments, systems

QINGDAO = BodyFinder(home=["3702"])


@pytest.mark.parametrize(
    ("text", "name", "level", "system"),
    [
        ("青岛市教育局回应", "山东省青岛市教育局", BodyLevel.CITY, "教育"),
        ("崂山区城管执法局", "山东省青岛市崂山区城管执法局", BodyLevel.COUNTY, "城市管理"),
        ("教育部发文", "教育部", BodyLevel.NATIONAL, "教育"),
        ("国家卫健委通报", "国家卫健委", BodyLevel.NATIONAL, "卫生健康"),
        ("市教育局回应", "山东省青岛市教育局", BodyLevel.CITY, "教育"),
        ("省教育厅回应", "山东省教育厅", BodyLevel.PROVINCIAL, "教育"),
        ("北京市教委通知", "北京市教委", BodyLevel.PROVINCIAL, "教育"),
        ("国家税务总局青岛市税务局", "山东省青岛市税务局", BodyLevel.CITY, "税务"),
        ("岛城交警提示", "山东省青岛市交警", BodyLevel.CITY, "公安"),
        ("县人社局", "县人社局（未写明是哪个县）", BodyLevel.COUNTY, "人力资源社会保障"),
        ("给教育局打电话", "教育局（未写明是哪一级）", BodyLevel.UNKNOWN, "教育"),
    ],
)
def test_a_body_has_level_division_and_system(text: str, name: str, level: BodyLevel, system: str) -> None:
    (body,) = QINGDAO.find(text)
    assert (body.name, body.level, body.systems) == (name, level, (system,))
    assert text[body.start : body.end] == body.term


def test_a_body_of_an_ambiguous_place_stays_ambiguous_and_says_so() -> None:
    (body,) = BodyFinder().find("鼓楼区教育局回应")
    assert body.code == ""
    assert len(body.candidates) == 4
    assert body.name.startswith("鼓楼区教育局（可能属江苏省南京市鼓楼区")


def test_a_department_in_general_is_no_ministry() -> None:
    assert QINGDAO.find("有关教育部门、公安部队和商务部位") == ()


@pytest.mark.parametrize(
    ("text", "vertical"),
    [
        ("青岛市税务局", True),
        ("青岛海关", True),
        ("青岛海事局", True),
        ("青岛市气象局", True),
        ("青岛市烟草专卖局", True),
        ("青岛市消防救援支队", True),
        ("崂山区生态环境分局", True),
        ("青岛市生态环境局", False),
        ("青岛市教育局", False),
    ],
)
def test_vertical_systems_are_known(text: str, *, vertical: bool) -> None:
    (body,) = QINGDAO.find(text)
    assert body.vertical is vertical


def test_the_twenty_three_departments_are_found_and_it_is_known_what_became_of_each() -> None:
    finder = BodyFinder(home=["37"])
    listed = listed_departments()
    assert len(listed) == len({entry.name for entry in listed}) == 23
    for entry in listed:
        (body,) = finder.find(f"据{entry.name}介绍，")
        assert body.term == entry.name
        assert set(body.systems) == set(entry.systems)
        assert body.level is BodyLevel.PROVINCIAL
        assert body.name.startswith("山东省")
        assert entry.now
        assert entry.source
        assert (entry.year == "沿用") == (body.became == "")


@pytest.mark.material
@pytest.mark.skipif("YUQING_SHARED" not in os.environ, reason="YUQING_SHARED names no folder with the documents")
def test_the_list_is_that_of_the_document() -> None:
    document = next((Path(os.environ["YUQING_SHARED"]) / "seeds").glob("004_*.txt")).read_text(encoding="utf-8")
    plain = opencc.OpenCC("t2s").convert(document)
    assert "、".join(entry.name for entry in listed_departments()) in plain


def test_a_former_name_leads_to_who_does_its_work_now() -> None:
    (body,) = QINGDAO.find("青岛市食品药品监督管理局")
    assert body.systems == ("市场监管", "药品监管")
    assert "2018 年机构改革" in body.became
    assert "深化党和国家机构改革方案" in body.became


def test_every_system_that_a_former_body_became_exists_and_no_present_name_is_called_former() -> None:
    known = systems()
    assert all(name in known for former in former_names().values() for name in former.systems)
    present = {name for system in known.values() for name in (*system.national, *system.provincial, *system.local)}
    assert present & set(former_names()) == set()


def test_what_a_text_speaks_of_points_to_who_looks_after_it_with_the_words() -> None:
    found = subjects("幼儿园三十个孩子食物中毒，家长质疑食品安全")
    assert found["市场监管"] == ("食物中毒", "食品安全")
    assert found["教育"] == ("幼儿园", "家长")
    assert subjects("今天天气不错") == {}
