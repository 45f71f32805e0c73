"""The message reads as a duty officer would write it, and fits the channel in bytes."""

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifiers.assessment import Category, Severity
from connectors.mention import Channel
from pipeline.alerts.notification import Notification, combine, compose
from pipeline.alerts.packing import neutral, pack, shorten
from pipeline.records import Alert, AlertReason, Deadline, DeadlineAction, Grade, Issue
from pipeline.routing.table import Case, responsibility

NOW = datetime(2026, 11, 1, 0, 30, tzinfo=UTC)


def an_issue() -> Issue:
    info = Deadline(
        action=DeadlineAction.AUTHORITATIVE_INFO,
        due_at=NOW + timedelta(hours=5),
        anchor=NOW,
        anchor_basis="最早公开",
        basis="山东 2018 三",
    )
    press = Deadline(
        action=DeadlineAction.PRESS_CONFERENCE,
        due_at=NOW - timedelta(minutes=90),
        anchor=NOW - timedelta(hours=25),
        anchor_basis="最早公开",
        basis="国办发〔2016〕61号 三",
        provisional=False,
    )
    return Issue(
        id="i1",
        title="化工园区爆燃",
        representative="weibo:1",
        first_seen=NOW - timedelta(hours=1),
        last_seen=NOW,
        heat=120,
        grade=Grade.MAJOR,
        clocks=(info, press),
        responsible_body="青石县应急管理局",
        responsibility=responsibility(
            Case(
                government="青石县人民政府",
                departments=("青石县应急管理局",),
                grade=Grade.MAJOR,
                persons=("青石县应急管理局：第一责任人 甲，直接责任人 乙",),
            )
        ),
    )


def an_alert(reason: AlertReason = AlertReason.SEVERITY_RAISED, **facts: Any) -> Alert:
    alert = Alert(
        issue_id="i1",
        revision=2,
        severity=Severity.MAJOR_EMERGENCY,
        reason=reason,
        raised_at=NOW,
        title="化工园区爆燃",
        channels=(Channel.WEIBO, Channel.HOTLINE),
        regions=("青石县",),
        categories=(Category.EMERGENCY_RESPONSE,),
        evidence=("爆燃", "3人死亡"),
        published_at=NOW,
        detail={"before": "sensitive"},
    )
    return msgspec.structs.replace(alert, **facts)


GOLDEN = """\
【重大突发事态】化工园区爆燃
缘由：级别上升（复杂敏感事件 → 重大突发事态）
情形：突发事件和自然灾害
地点：青石县
来源：微博、12345热线，共 7 条，热度 120
时间：11月1日 07:30 最早公开，11月1日 08:30 最近一条
依据词句：「爆燃」、「3人死亡」
事件等级：重大（系统建议，待人工确认）
第一责任主体：青石县应急管理局（建议，依据 R3 国办发〔2016〕61号 一）
组织协调：青石县人民政府办公厅（室）会同宣传部门
青石县应急管理局：第一责任人 甲，直接责任人 乙
时限：11月1日 07:00 前举行新闻发布会（已超时 1 小时 30 分）〔国办发〔2016〕61号 三〕
时限：11月1日 13:30 前发布权威信息（还剩 5 小时，受理前暂定）〔山东 2018 三〕
详情：http://127.0.0.1:8800/?issue=i1"""


def whole(notification: Notification) -> str:
    return "\n".join([notification.heading, *notification.lines])


def test_the_whole_message_reads_as_a_duty_officer_would_write_it() -> None:
    assert whole(compose(an_alert(), an_issue(), 7, "http://127.0.0.1:8800/?issue=i1")) == GOLDEN


@pytest.mark.parametrize(
    ("reason", "detail", "line"),
    [
        (AlertReason.FIRST, {}, "缘由：首次发现"),
        (AlertReason.GRADE_RAISED, {}, "缘由：事件等级上升为重大"),
        (
            AlertReason.BURST,
            {"count": "14", "expected": "1.2", "minutes": "60"},
            "缘由：传播加速（60 分钟内 14 条，平常约 1.2 条）",
        ),
        (
            AlertReason.BURST,
            {"series": "place:望泽", "count": "14", "expected": "1.2", "minutes": "60"},
            "缘由：传播加速（望泽一地 60 分钟内 14 条，平常约 1.2 条）",
        ),
        (
            AlertReason.BURST,
            {"series": "category:vital_interests", "count": "14", "expected": "1.2", "minutes": "60"},
            "缘由：传播加速（「公众切身利益」一类 60 分钟内 14 条，平常约 1.2 条）",
        ),
        (AlertReason.ESCALATED, {"waited": "15", "next": "带班领导"}, "缘由：15 分钟无人签收，现报带班领导"),
        (
            AlertReason.CLOCK_WARNING,
            {"action": "response", "percent": "80", "due": "2026-11-02T00:30:00+00:00", "basis": "x"},
            "缘由：予以回应的时限已过 80%，须于11月2日 08:30 前完成",
        ),
        (
            AlertReason.CLOCK_WARNING,
            {"action": "response", "percent": "100", "due": "2026-11-02T00:30:00+00:00", "basis": "x"},
            "缘由：予以回应已逾期（应于11月2日 08:30 前）",
        ),
        (AlertReason.CORRECTION, {}, "缘由：更正"),
        (AlertReason.SILENCE_ENDED, {}, "缘由：静默结束"),
    ],
)
def test_each_reason_is_said_with_its_facts(reason: AlertReason, detail: dict[str, str], line: str) -> None:
    assert compose(an_alert(reason, detail=detail, grade=Grade.MAJOR), an_issue(), 7, "").lines[0] == line


def test_every_reason_can_be_said_without_facts_but_a_clock_and_the_roster() -> None:
    for reason in set(AlertReason) - {AlertReason.CLOCK_WARNING, AlertReason.ESCALATED}:
        assert compose(an_alert(reason, detail={}), an_issue(), 1, "").lines[0].startswith("缘由：")


def test_a_single_source_and_a_sensitive_time_are_said() -> None:
    detail = {"single": "weibo", "attention": "国庆节（10月1日至10月7日）"}
    text = whole(compose(an_alert(AlertReason.FIRST, detail=detail), an_issue(), 1, ""))
    assert "（单一来源，尚待印证）" in text
    assert "敏感时间节点：国庆节（10月1日至10月7日）" in text


def test_a_paused_clock_says_so_instead_of_a_time_left() -> None:
    paused = msgspec.structs.replace(an_issue().clocks[0], paused_since=NOW)
    text = whole(compose(an_alert(), msgspec.structs.replace(an_issue(), clocks=(paused,)), 1, ""))
    assert "时限：发布权威信息，计时暂停（自11月1日 08:30）〔山东 2018 三〕" in text


def test_a_unit_that_a_person_assigned_is_no_proposal() -> None:
    issue = msgspec.structs.replace(an_issue(), responsible_body="市公安局")
    assert "第一责任主体：市公安局（已转办）" in whole(compose(an_alert(), issue, 1, ""))


def test_a_digest_is_one_message_with_the_gravest_first_and_each_matters_facts() -> None:
    one = compose(an_alert(AlertReason.FIRST, severity=Severity.HOT_ISSUE, title="停水", detail={}), an_issue(), 1, "")
    two = compose(an_alert(AlertReason.FIRST, detail={}, issue_id="i2"), an_issue(), 2, "http://x/?issue=i2")
    digest = combine([one, two])
    assert digest.title == "【预警汇总】2 件，多为单一来源、尚待印证"
    assert digest.lines[0] == "1. 【重大突发事态】化工园区爆燃"
    assert "   详情：http://x/?issue=i2" in digest.lines
    assert "2. 【社会热点问题】停水" in digest.lines
    assert digest.key == "digest:i1:2+i2:2"
    assert combine([one]) is one


def test_one_revision_of_one_matter_has_one_key() -> None:
    assert compose(an_alert(), an_issue(), 7, "").key == "i1:2"


def test_a_message_that_may_come_twice_says_so() -> None:
    assert msgspec.structs.replace(compose(an_alert(), an_issue(), 7, ""), possibly_repeated=True).heading.startswith(
        "（可能重复）"
    )


@given(st.lists(st.text(alphabet="停水三天abc😀 ", max_size=200), max_size=40), st.integers(100, 4096))
def test_no_part_is_longer_than_the_channel_takes(lines: list[str], limit: int) -> None:
    assert all(len(part.encode()) <= limit for part in pack(lines, limit))


@given(st.lists(st.text(alphabet="停水三天", min_size=1, max_size=10), min_size=1, max_size=40))
def test_no_short_line_is_lost_in_packing(lines: list[str]) -> None:
    packed = "\n".join(pack(lines, 120)).split("\n")
    assert [line for line in packed if not line.startswith("[第 ")] == lines


@given(st.text(), st.integers(3, 50))
def test_shortening_cuts_no_character_in_two(text: str, limit: int) -> None:
    try:
        text.encode()
    except UnicodeEncodeError:
        return
    assert len(shorten(text, limit).encode()) <= limit


def test_the_publics_words_become_no_link_and_no_mention() -> None:
    assert neutral("[点我](http://x.invalid) <@all> **急**") == "［点我］(http://x.invalid) ＜@all＞ ＊＊急＊＊"
