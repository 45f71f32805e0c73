"""The deeds of handling."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from pipeline.handling.table import DEEDS, RETURNS_AT_MOST, ResponseForm, Verdict
from pipeline.records import Action, ActionKind, Deadline, DeadlineAction, Grade, IssueState
from pipeline.steps.handle import handle, paused_since
from pipeline.steps.matter import Matter

T0 = datetime(2026, 6, 1, 8, tzinfo=UTC)


def matter() -> Matter:
    clock = Deadline(DeadlineAction.RESPONSE, T0 + timedelta(hours=48), T0, "test", "test")
    press = Deadline(DeadlineAction.PRESS_CONFERENCE, T0 + timedelta(hours=24), T0, "test", "test")
    return Matter("y1", "家具厂起火", "m1", T0, T0, responsible_body="市应急管理局", clocks=(clock, press))


def do(
    found: Matter, kind: ActionKind, /, actor: str = "李", note: str = "说明", hours: float = 1, **arguments: str
) -> str:
    return handle(found, Action(found.id, kind, actor, T0 + timedelta(hours=hours), "k", note, dict(arguments)))


WAY: tuple[tuple[ActionKind, dict[str, Any]], ...] = (
    (ActionKind.ACKNOWLEDGE, {}),
    (ActionKind.ACCEPT, {}),
    (ActionKind.VERIFY, {"verdict": "true"}),
    (ActionKind.ASSIGN, {"to": "市消防救援支队"}),
    (ActionKind.HANDLE, {}),
    (ActionKind.DRAFT, {}),
)


def walked(steps: int = len(WAY)) -> Matter:
    found = matter()
    for kind, arguments in WAY[:steps]:
        assert do(found, kind, **arguments) == ""
    return found


def test_the_whole_way_leads_from_new_to_closed_and_every_line_cites_its_clause() -> None:
    found = walked()
    assert do(found, ActionKind.APPROVE, actor="王") == ""
    assert do(found, ActionKind.RESPOND, form="press_conference") == ""
    assert all(clock.met_at for clock in found.clocks)
    assert do(found, ActionKind.REPORT_BACK) == ""
    assert do(found, ActionKind.CLOSE) == ""
    assert str(found.state) == "closed"
    assert all(entry.detail["clause"] for entry in found.history)
    assert do(found, ActionKind.REOPEN) == ""
    assert str(found.state) == "accepted"


def test_who_drafted_may_not_approve() -> None:
    found = walked()
    assert "拟稿人" in do(found, ActionKind.APPROVE, actor="李")
    assert found.state is IssueState.DRAFTED


def test_a_press_conference_is_met_only_by_one() -> None:
    found = walked()
    do(found, ActionKind.APPROVE, actor="王")
    do(found, ActionKind.RESPOND, form="website")
    assert [clock.met_at is not None for clock in found.clocks] == [True, False]


def test_a_unit_that_returned_a_matter_is_not_assigned_it_again() -> None:
    found = walked(4)
    assert do(found, ActionKind.RETURN, note="不属我单位") == ""
    assert "已退回过" in do(found, ActionKind.ASSIGN, to="市消防救援支队")
    assert do(found, ActionKind.ASSIGN, to="市住建局") == ""
    assert found.responsible_body == "市住建局"


def test_after_three_returns_nobody_may_return_a_matter() -> None:
    found = walked(3)
    for number in range(RETURNS_AT_MOST):
        assert do(found, ActionKind.ASSIGN, to=f"单位{number}") == ""
        assert do(found, ActionKind.RETURN) == ""
    do(found, ActionKind.ASSIGN, to="单位九")
    assert "不能再退回" in do(found, ActionKind.RETURN)


def test_acceptance_makes_the_clocks_final() -> None:
    found = walked(1)
    assert all(clock.provisional for clock in found.clocks)
    do(found, ActionKind.ACCEPT)
    assert not any(clock.provisional for clock in found.clocks)


def test_a_pause_has_a_reason_is_seen_and_moves_the_due_time() -> None:
    found = matter()
    assert "须写明" in do(found, ActionKind.PAUSE_CLOCK, note="")
    assert do(found, ActionKind.PAUSE_CLOCK, note="等待检测结果", hours=10) == ""
    assert paused_since(found) is not None
    assert "已在暂停" in do(found, ActionKind.PAUSE_CLOCK)
    assert do(found, ActionKind.RESUME_CLOCK, hours=16) == ""
    assert paused_since(found) is None
    assert [clock.due_at - T0 for clock in found.clocks] == [timedelta(hours=54), timedelta(hours=30)]


def test_a_person_confirms_the_grade() -> None:
    found = matter()
    assert "只能是" in do(found, ActionKind.CONFIRM_GRADE, grade="huge")
    assert do(found, ActionKind.CONFIRM_GRADE, grade="major") == ""
    assert (found.grade, found.grade_confirmed) == (Grade.MAJOR, True)


@pytest.mark.parametrize("kind", sorted(DEEDS))
@pytest.mark.parametrize("state", sorted(IssueState))
def test_a_deed_is_done_exactly_in_the_states_of_the_table(kind: ActionKind, state: IssueState) -> None:
    found = matter()
    found.state = state
    if kind is ActionKind.RESUME_CLOCK:
        found.note(T0, ActionKind.PAUSE_CLOCK)
    deed = DEEDS[kind]
    values = {"to": "某单位", "grade": "major"}
    arguments: dict[str, Any] = {}
    if deed.argument:
        arguments[deed.argument] = deed.choices[0] if deed.choices else values[deed.argument]
    lines = len(found.history)
    assert (do(found, kind, **arguments) == "") == (state in deed.sources)
    assert found.state is (deed.target or state if state in deed.sources else state)
    assert len(found.history) == lines + (state in deed.sources)


class Handling(RuleBasedStateMachine):
    """Any deeds in any order: only allowed transitions, refused deeds change nothing, every done deed is remembered."""

    def __init__(self) -> None:
        super().__init__()
        self.matter = matter()
        self.done = 0

    @rule(
        kind=st.sampled_from(ActionKind),
        actor=st.sampled_from("李王"),
        to=st.sampled_from(("甲", "乙", "丙", "")),
        verdict=st.sampled_from((*Verdict, "x")),
        form=st.sampled_from((*ResponseForm, "x")),
        grade=st.sampled_from((*Grade, "x")),
        note=st.sampled_from(("", "说明")),
    )
    def deed(self, kind: ActionKind, actor: str, to: str, verdict: str, form: str, grade: str, note: str) -> None:
        before = self.matter.state
        refused = do(self.matter, kind, actor, note, to=to, verdict=verdict, form=form, grade=grade)
        if refused:
            assert self.matter.state is before
        else:
            self.done += 1
            assert before in DEEDS[kind].sources
            assert self.matter.state is (DEEDS[kind].target or before)

    @invariant()
    def every_done_deed_is_remembered(self) -> None:
        assert len(self.matter.history) == self.done


TestHandling = Handling.TestCase
TestHandling.settings = settings(max_examples=40, stateful_step_count=30, deadline=None)
