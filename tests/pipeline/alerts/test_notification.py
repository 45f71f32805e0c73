"""The message reads as a duty officer would write it, and fits the channel in bytes."""

from datetime import UTC, datetime, timedelta

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from classifiers.assessment import Category, Severity
from connectors.mention import Channel
from pipeline.alerts.notification import compose
from pipeline.alerts.packing import neutral, pack, shorten
from pipeline.records import Alert, AlertReason, Deadline, DeadlineAction, Issue

NOW = datetime(2026, 11, 1, 0, 30, tzinfo=UTC)


def an_issue() -> Issue:
    clock = Deadline(
        action=DeadlineAction.AUTHORITATIVE_INFO,
        due_at=NOW + timedelta(hours=5),
        anchor=NOW,
        anchor_basis="detected_at",
        basis="鲁政办发 三",
    )
    return Issue(
        id="i1",
        title="化工园区爆燃",
        representative="weibo:1",
        first_seen=NOW,
        last_seen=NOW,
        heat=120,
        clocks=(clock,),
    )


def an_alert() -> Alert:
    return Alert(
        issue_id="i1",
        revision=2,
        severity=Severity.MAJOR_EMERGENCY,
        reason=AlertReason.SEVERITY_RAISED,
        raised_at=NOW,
        title="化工园区爆燃",
        channels=(Channel.WEIBO, Channel.HOTLINE),
        regions=("青石县",),
        categories=(Category.EMERGENCY_RESPONSE,),
        evidence=("爆燃", "3人死亡"),
        published_at=NOW,
    )


def test_a_message_says_what_where_how_bad_why_by_when_and_which_words() -> None:
    notification = compose(an_alert(), an_issue(), 7, "http://127.0.0.1:8600/issues/i1")
    whole = "\n".join([notification.title, *notification.lines])
    wanted = [
        "重大突发事态",
        "化工园区爆燃",
        "级别上升",
        "青石县",
        "微博、12345热线",
        "「爆燃」",
        "11月1日 13:30 前发布权威信息",
    ]
    assert [words for words in wanted if words not in whole] == []
    assert "受理前暂定" in whole


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
