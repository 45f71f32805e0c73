"""Which matter a text joins."""

import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pipeline.matters.follow import Follower, Placement

START = datetime(2026, 6, 1, 8, tzinfo=UTC)
FIRE = "云泽市白鹭镇永昌家具厂起火\n6月1日上午，云泽市白鹭镇永昌家具厂发生火灾，浓烟滚滚，消防正在扑救。"
FIRE_LATER = "永昌家具厂火灾已致2人受伤\n云泽市消防救援支队通报，白鹭镇永昌家具厂火灾造成2人受伤，起火原因正在调查。"
FIRE_ELSEWHERE = "成都一家具仓库起火\n6月1日，四川成都双流区一家具仓库发生火灾，消防正在扑救，暂无人员伤亡。"
WAGES = "青石县环城路项目拖欠工资\n多名农民工反映青石县环城路项目部拖欠三个月工资，至今没有答复。"
WAGES_CALL = "来电反映青石县环城路项目部拖欠农民工工资三个月，要求尽快发放。"


def follow(texts: list[tuple[str, float]], follower: Follower | None = None, first: int = 0) -> list[str]:
    follower = follower or Follower()
    answers = []
    for number, (text, day) in enumerate(texts, first):
        at = START + timedelta(days=day)
        answers.append(follower.follow(str(number), text, at, at).issue or str(number))
    return answers


def test_different_texts_on_one_event_join_one_matter() -> None:
    assert follow([(FIRE, 0), (WAGES, 0.1), (FIRE_LATER, 0.3), (WAGES_CALL, 1)]) == ["0", "1", "0", "1"]


def test_the_same_kind_of_event_at_another_place_is_another_matter() -> None:
    assert follow([(FIRE, 0), (FIRE_ELSEWHERE, 0.1), (FIRE_LATER, 0.2)]) == ["0", "1", "0"]


def test_after_seven_quiet_days_a_linked_matter_opens() -> None:
    follower = Follower()
    follow([(FIRE, 0)], follower)
    for days, expected in ((6.9, "0"), (14.5, "")):
        at = START + timedelta(days=days)
        terms = follower.terms(FIRE_LATER)
        placement = follower.place(terms, at)
        assert placement.issue == expected
        if not expected:
            assert placement.linked_to == "0"
        else:
            follower.join("0", f"at {days}", terms, at, at)


def test_a_placement_names_the_words_in_common() -> None:
    follower = Follower()
    follow([(FIRE, 0)], follower)
    assert "家具厂" in "".join(follower.place(follower.terms(FIRE_LATER), START).shared)


def test_a_late_text_joins_the_matter_of_its_own_time() -> None:
    follower = Follower()
    follow([(FIRE_LATER, 3)], follower)
    assert follower.place(follower.terms(FIRE), START).issue == "0"


STREAM = [
    (text, day / 4) for day, text in enumerate([FIRE, WAGES, FIRE_ELSEWHERE, FIRE_LATER, WAGES_CALL, FIRE, WAGES])
]


@pytest.mark.parametrize("cut", range(len(STREAM)))
def test_a_restart_changes_no_answer(cut: int) -> None:
    whole = follow(STREAM)
    rebuilt = Follower()
    for number, ((text, day), issue) in enumerate(zip(STREAM[:cut], whole[:cut], strict=True)):
        at = START + timedelta(days=day)
        rebuilt.join(issue, str(number), rebuilt.terms(text), at, at)
    assert follow(STREAM[cut:], rebuilt, cut) == whole[cut:]


LETTERS = [
    "云泽市望泽区春风路一排路灯坏了半个月，晚上出门很不安全。",
    "云泽市望泽区12路公交改道，老人去医院要走两公里，希望恢复。",
    "孩子今年上小学，云泽市望泽区片内学位不够，要被调剂到很远的学校。",
    "云泽市望泽区锦绣家园五楼以上水压太小，洗澡都成问题。",
    "楼下烧烤店油烟扰民，云泽市望泽区城管来过两次，还是照旧。",
]


def test_letters_of_one_town_stay_apart_though_all_name_it() -> None:
    follower = Follower(own=("云泽市", "望泽区"))
    assert follow([(letter, 0.0) for letter in LETTERS], follower) == ["0", "1", "2", "3", "4"]


def test_the_wording_of_work_orders_joins_nothing() -> None:
    calls = [
        "市民来电称上河乡通往县城道路塌方，老人无法出行，请求帮助。",
        "市民来电称高新区恒泰化工发生爆炸，有人受伤倒地，请求派救护车。",
        "市民来电询问住房公积金是否取消，请求证实。",
        "市民反映滨江路烧烤店油烟直排，要求尽快处理。",
    ]
    assert follow([(call, 0.0) for call in calls], Follower(own=("高新区", "上河乡"))) == ["0", "1", "2", "3"]


def test_a_matter_long_silent_is_forgotten() -> None:
    follower = Follower()
    follow([(FIRE, 0), (WAGES, 1)], follower)
    follower.forget(START + timedelta(days=30.5))
    assert follower.matters == 1
    assert follower.place(follower.terms(FIRE), START + timedelta(days=30.5)) == Placement()


def test_a_text_without_words_is_placed_alone() -> None:
    assert follow([("", 0), ("。。。", 0), ("", 1)]) == ["0", "1", "2"]


def test_the_command_answers_each_line_in_order(tmp_path: Path) -> None:
    rows = [{"id": f"m{n}", "text": text, "time": "2026-06-01"} for n, text in enumerate((FIRE, WAGES, FIRE_LATER))]
    file = tmp_path / "texts.jsonl"
    file.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows), "utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "pipeline", "follow", str(file)], capture_output=True, check=True, text=True
    )
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert answers == [{"id": "m0", "issue": "m0"}, {"id": "m1", "issue": "m1"}, {"id": "m2", "issue": "m0"}]


def test_the_command_says_which_line_is_wrong() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "pipeline", "follow"], input='{"id": "a"}\n', capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "第 1 行" in done.stderr
