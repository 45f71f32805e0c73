"""Places found in texts."""

import pytest

from pipeline.places.gazetteer import Gazetteer, gazetteer


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("湖南岳阳市华容县发生险情", {"43", "4306", "430623"}),
        ("定日地震", {"54", "5402", "540223"}),
        ("恩施州", {"42", "4228"}),
        ("吉林一小区", {"22"}),
        ("南京鼓楼区", {"32", "3201", "320106"}),
        ("河南济源", {"41", "419001"}),
        ("襄樊旧城", {"42", "4206"}),
        ("韩国务安机场", {"abroad:韩国"}),
        ("合作共赢的平安夜", set()),
    ],
)
def test_names_short_forms_and_former_names_are_found(text: str, codes: set[str]) -> None:
    assert gazetteer().codes(text) == codes


def test_an_ambiguous_name_stays_ambiguous_and_says_so() -> None:
    (place,) = gazetteer().find("鼓楼区一小区停水")
    assert place.code == ""
    assert len(place.candidates) == 4
    assert "可能是江苏省南京市鼓楼区" in place.name


def test_the_deployments_own_place_wins_where_a_name_is_ambiguous() -> None:
    (place,) = Gazetteer(home=["3501"]).find("鼓楼区一小区停水")
    assert place.code == "350102"


def test_the_deployments_own_names_are_found() -> None:
    (place,) = Gazetteer(extra=[("白鹭镇", "local:白鹭镇")]).find("白鹭镇停水")
    assert (place.term, place.code, place.start, place.end) == ("白鹭镇", "local:白鹭镇", 0, 3)
