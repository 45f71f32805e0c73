"""People merge matters, split them and take it back; what comes later keeps to it, over restarts."""

from collections.abc import Iterator
from datetime import timedelta
from itertools import count
from pathlib import Path

import pytest

from classifiers.assessment import Assessment, Category, Rumour, Severity, Signals
from connectors.mention import Channel, Mention
from pipeline.ledger import ActionResult
from pipeline.records import Action, ActionKind, Flagged, FlagReason, IssueState
from tests.pipeline.test_ledger_memory import START, Hands

SHOCK = "高新区一声巨响，宿舍楼窗户震碎，有人被抬出来。"
OFFICIAL = "云泽恒泰精细化工有限公司三车间发生爆燃，市消防救援支队赶赴现场处置。"
OFFICIAL_LATER = "恒泰精细化工有限公司三车间爆燃事故续报：搜救结束，事故原因正在调查。"
SCHOOL = "实验二小暑期托管每月两千多元，老师逐个电话动员。"
TABLET = "实验二小要求家长购买指定品牌平板电脑。"
TABLET_LATER = "实验二小指定购买的平板电脑三千八一台，家长不满。"
_keys = count()


def flagged(id_: str, text: str, tier: Severity = Severity.SENSITIVE, minutes: int = 0) -> Flagged:
    at = START + timedelta(minutes=minutes)
    verdict = Assessment({}, (Category.VITAL_INTERESTS,), tier, Rumour.NONE, Signals(), (), "quick", "test")
    return Flagged(Mention(id_, Channel.WEIBO, "test", text, at, at), verdict, FlagReason.CATEGORY)


@pytest.fixture
def hands(tmp_path: Path) -> Iterator[Hands]:
    found = Hands(tmp_path)
    yield found
    found.close()


def of(hands: Hands, mention_id: str) -> str:
    return hands.running.pipeline.ledger.book.matter_of[mention_id]


def do(hands: Hands, issue_id: str, kind: ActionKind, note: str = "同一件事", **arguments: str) -> ActionResult:
    action = Action(issue_id, kind, "李", hands.now, f"key {next(_keys)}", note, arguments)
    return hands.running.desk.act(action)


def test_a_merged_matter_takes_what_either_draws_and_lifts_its_tier(hands: Hands) -> None:
    hands.tell(flagged("a", SHOCK), flagged("b", OFFICIAL, Severity.MAJOR_EMERGENCY))
    assert of(hands, "a") != of(hands, "b")
    first, second = of(hands, "a"), of(hands, "b")
    result = do(hands, first, ActionKind.MERGE, **{"with": second})
    assert (result.done, result.issue.size, result.issue.severity) == (True, 2, Severity.MAJOR_EMERGENCY)
    hands.restart()
    hands.tell(flagged("c", OFFICIAL_LATER))
    assert of(hands, "c") == first
    assert hands.running.desk.issue(second).issue.state is IssueState.CLOSED
    alerts = hands.running.desk.issue(first).alerts
    assert alerts[-1].severity is Severity.MAJOR_EMERGENCY


def test_a_merger_is_taken_back_as_it_was(hands: Hands) -> None:
    hands.tell(flagged("a", SHOCK), flagged("b", OFFICIAL))
    first, second = of(hands, "a"), of(hands, "b")
    do(hands, first, ActionKind.MERGE, **{"with": second})
    hands.restart()
    assert do(hands, first, ActionKind.UNDO).done
    assert (of(hands, "a"), of(hands, "b")) == (first, second)
    assert hands.running.desk.issue(second).issue.state is IssueState.NEW
    assert not do(hands, first, ActionKind.UNDO).done
    hands.tell(flagged("c", OFFICIAL_LATER))
    assert of(hands, "c") == second


def test_what_is_split_off_draws_its_own_and_does_not_come_back(hands: Hands) -> None:
    hands.tell(flagged("a", SCHOOL), flagged("b", SCHOOL + TABLET))
    whole = of(hands, "a")
    assert of(hands, "b") == whole
    hands.tell(flagged("t", TABLET * 2))
    if of(hands, "t") != whole:
        do(hands, whole, ActionKind.MERGE, **{"with": of(hands, "t")})
    result = do(hands, whole, ActionKind.SPLIT, note="另一件事", members="t")
    assert (result.done, result.issue.size) == (True, 2)
    split = of(hands, "t")
    assert split != whole
    hands.restart()
    hands.tell(flagged("c", TABLET_LATER))
    assert of(hands, "c") == split
    assert do(hands, whole, ActionKind.UNDO).done
    assert of(hands, "t") == of(hands, "c") == whole


def test_what_cannot_be_done_is_refused_with_the_reason_and_changes_nothing(hands: Hands) -> None:
    hands.tell(flagged("a", SHOCK), flagged("b", OFFICIAL))
    first = of(hands, "a")
    for kind, arguments, said in (
        (ActionKind.MERGE, {"with": first}, "自身"),
        (ActionKind.MERGE, {"with": "y0"}, "y0"),
        (ActionKind.SPLIT, {"members": "a"}, "留下至少一条"),
        (ActionKind.SPLIT, {"members": "z"}, "z"),
        (ActionKind.UNDO, {}, "没有可撤销"),
    ):
        result = do(hands, first, kind, **arguments)
        assert not result.done
        assert said in result.message
    lines = [entry.event for entry in hands.running.desk.issue(first).history]
    assert not {ActionKind.MERGE, ActionKind.SPLIT, ActionKind.UNDO} & set(lines)
