"""The follower's state is that of its members, however they came, left or were moved."""

from datetime import UTC, datetime, timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from pipeline.matters.follow import Follower, Placement

START = datetime(2026, 6, 1, 8, tzinfo=UTC)
SUBJECTS = ("永昌家具厂起火浓烟滚滚", "春风路路灯坏了没人修", "环城路项目拖欠工资", "锦绣家园水压太小")
EXTRAS = ("", "，消防已到场", "，多次反映没有答复", "，春风路上都能看见")
TEXTS = st.tuples(st.sampled_from(SUBJECTS), st.sampled_from(EXTRAS)).map("".join)
NAMES = st.sampled_from([f"m{number}" for number in range(8)])
ISSUES = st.sampled_from(["a", "b", "c", "d"])


class Following(RuleBasedStateMachine):
    """Joins, leaves and moves at random, beside a list of who is where in the order of arrival."""

    def __init__(self) -> None:
        super().__init__()
        self.follower = Follower()
        self.arrived: dict[str, datetime] = {}
        self.members: dict[str, tuple[str, str]] = {}
        self.now = START

    @rule(name=NAMES, issue=ISSUES, text=TEXTS, hours=st.integers(0, 300))
    def join(self, name: str, issue: str, text: str, hours: int) -> None:
        self.now += timedelta(hours=hours)
        at = self.arrived.setdefault(name, self.now)
        self.follower.join(issue, name, self.follower.terms(text), at, self.now)
        self.follower.forget(self.now)
        self.members[name] = (issue, text)
        self._age_out()

    @rule(name=NAMES)
    def leave(self, name: str) -> None:
        self.follower.leave(name)
        self.members.pop(name, None)
        self._age_out()

    @rule(names=st.lists(NAMES, max_size=4), issue=ISSUES)
    def move(self, names: list[str], issue: str) -> None:
        self.follower.move(names, issue)
        for name in names:
            if name in self.members:
                self.members[name] = (issue, self.members[name][1])
        self._age_out()

    def _age_out(self) -> None:
        newest: dict[str, datetime] = {}
        for name, (issue, _) in self.members.items():
            newest[issue] = max(newest.get(issue, START), self.arrived[name])
        for name, (issue, _) in list(self.members.items()):
            if self.now - newest[issue] > timedelta(days=30):
                del self.members[name], self.arrived[name]

    @invariant()
    def knows_its_members(self) -> None:
        assert self.follower.members() == {name: issue for name, (issue, _) in self.members.items()}

    @invariant()
    def answers_as_one_built_anew(self) -> None:
        again = Follower()
        for name in self.arrived:
            if name in self.members:
                issue, text = self.members[name]
                again.join(issue, name, again.terms(text), self.arrived[name], self.arrived[name])
        again.forget(self.now)
        assert self.answers(self.follower) == self.answers(again)

    def answers(self, follower: Follower) -> list[Placement]:
        return [follower.place(follower.terms(text + "，请处理"), self.now) for text in SUBJECTS]


TestFollowing = Following.TestCase
TestFollowing.settings = settings(max_examples=50, stateful_step_count=15, deadline=None)
