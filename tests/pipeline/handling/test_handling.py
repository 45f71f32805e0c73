"""The deeds of handling."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from pipeline.handling.roles import Role
from pipeline.handling.table import DEEDS, RETURNS_AT_MOST, SILENCE_HOURS, ResponseForm, Verdict
from pipeline.records import Action, ActionKind, Deadline, DeadlineAction, Grade, IssueState, Silence
from pipeline.steps.handle import handle, may, paused_since
from pipeline.steps.matter import Matter

T0 = datetime(2026, 6, 1, 8, tzinfo=UTC)


def matter() -> Matter:
    clock = Deadline(DeadlineAction.RESPONSE, T0 + timedelta(hours=48), T0, "test", "test")
    press = Deadline(DeadlineAction.PRESS_CONFERENCE, T0 + timedelta(hours=24), T0, "test", "test")
    return Matter("y1", "家具厂起火", "m1", T0, T0, responsible_body="市应急管理局", clocks=(clock, press))


def do(
    found: Matter,
    kind: ActionKind,
    /,
    actor: str = "李",
    note: str = "说明",
    hours: float = 1,
    role: Role = Role.ANALYST,
    **arguments: str,
) -> str:
    return handle(found, Action(found.id, kind, actor, T0 + timedelta(hours=hours), "k", note, dict(arguments), role))


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


def test_after_three_returns_the_coordinating_office_decides_even_for_a_unit_that_returned() -> None:
    found = walked(3)
    for number in range(RETURNS_AT_MOST):
        do(found, ActionKind.ASSIGN, to=f"单位{number}")
        do(found, ActionKind.RETURN)
    assert "协调单位" in do(found, ActionKind.ASSIGN, role=Role.OFFICER, to="单位九")
    assert do(found, ActionKind.ASSIGN, role=Role.ANALYST, to="单位0") == ""


def test_a_returned_matter_is_nobodys_until_it_is_assigned_again() -> None:
    found = walked(4)
    do(found, ActionKind.RETURN)
    assert found.responsible_body == ""


def test_a_pause_has_a_reason_and_is_seen() -> None:
    found = matter()
    assert "须写明" in do(found, ActionKind.PAUSE_CLOCK, note="")
    assert do(found, ActionKind.PAUSE_CLOCK, note="等待检测结果", hours=10) == ""
    assert paused_since(found) is not None
    assert "已在暂停" in do(found, ActionKind.PAUSE_CLOCK)
    assert do(found, ActionKind.RESUME_CLOCK, hours=16) == ""
    assert paused_since(found) is None


def test_a_silence_has_author_reason_and_end_and_can_be_lifted() -> None:
    found = matter()
    assert "没有静默" in do(found, ActionKind.UNSILENCE)
    action = Action("y1", ActionKind.SILENCE, "李", T0, "k", "已在处理", {"hours": "4"})
    assert handle(found, action) == ""
    assert found.silence == Silence("李", "已在处理", T0, T0 + timedelta(hours=4))
    assert do(found, ActionKind.UNSILENCE) == ""
    assert found.silence is None


@pytest.mark.parametrize(
    ("at", "words"), [("昨天", "带时区"), ("2026-06-01T07:00:00", "带时区"), ("2027-01-01T00:00:00+08:00", "不能晚于")]
)
def test_a_moment_that_is_none_or_lies_ahead_is_refused(at: str, words: str) -> None:
    assert words in do(matter(), ActionKind.SET_OCCURRED, occurred_at=at)


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("kind", sorted(DEEDS))
def test_roles_decide_who_may(kind: ActionKind, role: Role) -> None:
    found = matter()
    state = found.state = next(iter(DEEDS[kind].sources))
    refused = do(found, kind, role=role)
    assert ("角色" in refused) == (not role.covers(DEEDS[kind].role))
    assert (kind in may(state, role)) == role.covers(DEEDS[kind].role)


def test_a_viewer_may_do_nothing() -> None:
    assert all(may(state, Role.VIEWER) == () for state in IssueState)


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
    if kind is ActionKind.UNSILENCE:
        found.silence = Silence("李", "说明", T0, T0)
    deed = DEEDS[kind]
    values = {"to": "某单位", "occurred_at": T0.isoformat(), "with": "y2", "members": "m1"}
    arguments: dict[str, Any] = {}
    if deed.argument:
        arguments[deed.argument] = deed.choices[0] if deed.choices else values[deed.argument]
    lines = len(found.history)
    action = Action(found.id, kind, "李", T0 + timedelta(hours=1), "k", "说明", arguments, Role.ADMIN)
    assert (handle(found, action) == "") == (state in deed.sources)
    assert found.state is (deed.target or state if state in deed.sources else state)
    assert len(found.history) == lines + (state in deed.sources)


class Handling(RuleBasedStateMachine):
    """Any deeds of anybody in any order: a model of a few lines says what may happen, the table must agree."""

    def __init__(self) -> None:
        super().__init__()
        self.matter = matter()
        self.done = 0
        self.returned: list[str] = []
        self.drafter = ""
        self.paused = self.silenced = False

    @rule(
        kind=st.sampled_from(ActionKind),
        actor=st.sampled_from("李王"),
        role=st.sampled_from(Role),
        to=st.sampled_from(("甲", "乙", "丙", "")),
        verdict=st.sampled_from((*Verdict, "x")),
        form=st.sampled_from((*ResponseForm, "x")),
        grade=st.sampled_from((*Grade, "x")),
        hours=st.sampled_from((*SILENCE_HOURS, "x")),
        occurred_at=st.sampled_from((T0.isoformat(), "x")),
        note=st.sampled_from(("", "说明")),
    )
    def deed(self, kind: ActionKind, actor: str, role: Role, note: str, **said: str) -> None:
        before, unit = self.matter.state, self.matter.responsible_body
        action = Action("y1", kind, actor, T0 + timedelta(hours=1), "k", note, said, role)
        refused = handle(self.matter, action)
        assert (refused == "") == self.allowed(kind, actor, role, note, said, before)
        if refused:
            assert self.matter.state is before
            assert self.matter.responsible_body == unit
            return
        self.done += 1
        assert self.matter.state is (DEEDS[kind].target or before)
        match kind:
            case ActionKind.RETURN:
                self.returned.append(unit)
            case ActionKind.DRAFT:
                self.drafter = actor
            case ActionKind.PAUSE_CLOCK | ActionKind.RESUME_CLOCK:
                self.paused = kind is ActionKind.PAUSE_CLOCK
            case ActionKind.SILENCE | ActionKind.UNSILENCE:
                self.silenced = kind is ActionKind.SILENCE
            case _:
                pass

    def allowed(
        self, kind: ActionKind, actor: str, role: Role, note: str, said: dict[str, str], state: IssueState
    ) -> bool:
        if kind not in DEEDS:
            return False
        deed = DEEDS[kind]
        value = said.get(deed.argument, "")
        if not role.covers(deed.role) or state not in deed.sources or (deed.needs_note and not note):
            return False
        if deed.argument and (not value or value == "x"):
            return False
        exhausted = len(self.returned) >= RETURNS_AT_MOST
        rules = {
            ActionKind.ASSIGN: role.covers(Role.ANALYST) if exhausted else said["to"] not in self.returned,
            ActionKind.RETURN: not exhausted,
            ActionKind.APPROVE: actor != self.drafter,
            ActionKind.PAUSE_CLOCK: not self.paused,
            ActionKind.RESUME_CLOCK: self.paused,
            ActionKind.UNSILENCE: self.silenced,
        }
        return rules.get(kind, True)

    @invariant()
    def every_done_deed_is_remembered(self) -> None:
        assert len(self.matter.history) == self.done

    @invariant()
    def no_role_may_do_what_one_below_may_not(self) -> None:
        may_do = [set(may(self.matter.state, role)) for role in Role]
        assert all(lower <= higher for lower, higher in pairwise(may_do))


TestHandling = Handling.TestCase
TestHandling.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
