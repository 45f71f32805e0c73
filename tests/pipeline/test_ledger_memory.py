"""The ledger's memory is bounded, and what left it comes back when something comes of it."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from msgspec import structs

from classifiers.assessment import Assessment, Category, Rumour, Severity, Signals
from connectors.mention import Channel, Mention
from pipeline import config, service
from pipeline.desk import AlertFilter
from pipeline.records import Action, ActionKind, Flagged, FlagReason, IssueState
from pipeline.service import Service
from pipeline.steps import matter as matters
from pipeline.stores.log import Lane
from tests.pipeline.keyword_reader import KeywordReader

START = datetime(2026, 6, 16, 4, tzinfo=UTC)


class Hands:
    """A clock that the test moves, and a ledger fed by hand."""

    def __init__(self, folder: Path) -> None:
        self.now = START
        self._position = 0
        self._settings = config.load(data=folder)
        self._folder = service.opened(self._settings, quick=KeywordReader(), now=lambda: self.now)
        self.running: Service = self._folder.__enter__()

    def close(self) -> None:
        self._folder.__exit__(None, None, None)

    def restart(self) -> None:
        self.close()
        self._folder = service.opened(self._settings, quick=KeywordReader(), now=lambda: self.now)
        self.running = self._folder.__enter__()

    def tell(self, *flagged: Flagged) -> None:
        batch = [(self._position + n, each) for n, each in enumerate(flagged, start=1)]
        self._position += len(flagged)
        self.running.pipeline.ledger.process(Lane.LIVE, batch, self.running.pipeline.context())

    def wait(self, time: timedelta) -> None:
        self.now += time
        self.running.pipeline.ledger.tick(self.running.pipeline.context())
        self.running.pipeline.ledger.tidy(self.now)

    @property
    def in_memory(self) -> set[str]:
        return set(self.running.pipeline.ledger.book.matters)

    def listed(self) -> list[tuple[int, IssueState]]:
        return [(row.members, row.issue.state) for row in self.running.desk.alerts(AlertFilter(alerted=None))]


@pytest.fixture
def hands(tmp_path: Path) -> Iterator[Hands]:
    hands = Hands(tmp_path / "data")
    yield hands
    hands.close()


def flagged(name: str, text: str, *, revision: int = 0, reader: str = "quick", reason: FlagReason) -> Flagged:
    at = START - timedelta(hours=1)
    counts = reason in (FlagReason.CATEGORY, FlagReason.RUMOUR)
    verdict = Assessment(
        {},
        (Category.VITAL_INTERESTS,) if counts else (),
        Severity.GENERAL if counts else None,
        Rumour.NONE,
        Signals(),
        (),
        reader,
        "test",
    )
    return Flagged(Mention(name, Channel.WEIBO, "test", text, at, at, revision=revision), verdict, reason)


SAID = "望泽区春风路一排路灯坏了半个月，晚上出门很不安全，没有人来修"


def test_a_verdict_that_takes_a_flag_back_holds_though_it_comes_first(hands: Hands) -> None:
    flag = flagged("a", SAID, reason=FlagReason.CATEGORY)
    hands.tell(flagged("a", SAID, reader="careful", reason=FlagReason.RETRACTION))
    hands.restart()
    hands.tell(flag)
    assert hands.listed() == []
    hands.tell(structs.replace(flag, mention=structs.replace(flag.mention, revision=1)))  # edited since: flagged anew
    assert hands.listed() == [(1, IssueState.NEW)]


def test_a_matter_long_over_leaves_memory_and_comes_back_when_a_member_is_edited(hands: Hands) -> None:
    flag = flagged("a", SAID, reason=FlagReason.CATEGORY)
    hands.tell(flag)
    (issue_id,) = hands.in_memory
    hands.wait(timedelta(days=8))
    assert hands.listed() == [(1, IssueState.CLOSED)]
    assert hands.in_memory == {issue_id}
    hands.wait(timedelta(days=31))
    assert hands.in_memory == set()
    hands.restart()
    assert hands.in_memory == set()
    assert hands.listed() == [(1, IssueState.CLOSED)]
    hands.tell(structs.replace(flag, mention=structs.replace(flag.mention, revision=1)))
    assert hands.in_memory == {issue_id}
    assert [entry.event for entry in hands.running.desk.issue(issue_id).history][:1] == ["opened"]
    hands.restart()
    assert hands.in_memory == {issue_id}


def test_a_person_can_act_on_a_matter_that_left_memory(hands: Hands) -> None:
    hands.tell(flagged("a", SAID, reason=FlagReason.CATEGORY))
    (issue_id,) = hands.in_memory
    hands.wait(timedelta(days=8))
    hands.wait(timedelta(days=31))
    assert hands.in_memory == set()
    answer = hands.running.desk.act(Action(issue_id, ActionKind.REOPEN, "甲", hands.now, "k", note="又坏了"))
    assert answer.done, answer.message
    assert answer.issue.state is not IssueState.CLOSED


def test_a_reply_does_not_wait_for_ever_for_what_it_answers(hands: Hands, monkeypatch: pytest.MonkeyPatch) -> None:
    reply = flagged("r", "转发微博", reason=FlagReason.HEAT)
    reply = structs.replace(reply, mention=structs.replace(reply.mention, root_id="a"))
    hands.tell(reply)
    book = hands.running.pipeline.ledger.book
    assert list(book.waiting) == ["a"]
    hands.wait(timedelta(days=8))
    assert book.waiting == book.waited == {}
    monkeypatch.setattr(matters, "WAITING_AT_MOST", 1)
    for root in ("b", "c"):
        mention = structs.replace(reply.mention, id=f"r-{root}", root_id=root)
        hands.tell(structs.replace(reply, mention=mention))
    hands.wait(timedelta(0))
    assert list(book.waiting) == ["c"]
    hands.restart()
    assert list(hands.running.pipeline.ledger.book.waiting) == ["c"]
