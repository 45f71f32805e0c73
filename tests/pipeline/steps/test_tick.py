"""What the passing of time does to matters."""

from datetime import UTC, datetime, timedelta

from classifiers.assessment import Assessment, Category, Rumour, Severity, Signals
from connectors.mention import Channel, Mention
from pipeline.handling.roles import Role
from pipeline.records import Action, ActionKind, Alert, AlertReason, Decision, Flagged, FlagReason, IssueState, Tick
from pipeline.steps.context import Context, Jurisdiction
from pipeline.steps.duty import duty, set_clocks
from pipeline.steps.fold import fold
from pipeline.steps.handle import handle
from pipeline.steps.matter import Book, Matter
from pipeline.steps.policy import policy
from pipeline.steps.scope import scope
from pipeline.steps.tick import tick

START = datetime(2026, 6, 1, 8, tzinfo=UTC)


def at(hours: float) -> Context:
    return Context(now=START + timedelta(hours=hours), jurisdiction=Jurisdiction(ours=("云泽市",)))


def opened(book: Book, severity: Severity = Severity.SENSITIVE) -> Matter:
    verdict = Assessment({}, (Category.EMERGENCY_RESPONSE,), severity, Rumour.NONE, Signals(), (), "quick", "test")
    mention = Mention("m1", Channel.WEIBO, "test", "云泽市家具厂起火，浓烟滚滚", START, START)
    flagged = [Flagged(mention, verdict, FlagReason.CATEGORY)]
    matters = [found for found in fold(flagged, book, at(0)) if isinstance(found, Matter)]
    matters = list(duty(list(scope(matters, book, at(0))), book, at(0)))
    list(policy(matters, book, at(0)))
    matters[0].fresh.clear()
    return matters[0]


def do(matter: Matter, kind: ActionKind, hours: float, /, note: str = "等待检测结果", **arguments: str) -> None:
    action = Action(matter.id, kind, "李", at(hours).now, f"{kind}{hours}", note, dict(arguments), Role.ADMIN)
    assert handle(matter, action) == ""
    set_clocks(matter, at(hours))


def alerts(book: Book, hours: float) -> list[Alert]:
    decisions = [found for found in tick(Tick(at(hours).now), book, at(hours)) if isinstance(found, Decision)]
    return [found.alert for found in decisions if found.alert is not None]


def test_the_alert_is_rewritten_at_fifty_eighty_and_a_hundred_per_cent() -> None:
    book = Book()
    do(opened(book), ActionKind.ACKNOWLEDGE, 0)
    found = [(hours, alert.detail["percent"]) for hours in range(60) for alert in alerts(book, hours)]
    assert found == [(24, "50"), (39, "80"), (48, "100")]


def test_after_a_stop_one_warning_speaks_for_all() -> None:
    book = Book()
    matter = opened(book)
    (alert,) = alerts(book, 60)
    assert (alert.reason, alert.revision, alert.detail["percent"]) == (AlertReason.CLOCK_WARNING, 2, "100")
    assert alerts(book, 61) == []
    (warned,) = [entry for entry in matter.history if entry.event == "clock_warning"]
    assert warned.detail["basis"] == "国办发〔2016〕61号 三"


def test_a_matter_that_is_only_listed_is_warned_of_in_its_history_alone() -> None:
    book = Book()
    matter = opened(book, Severity.GENERAL)
    assert alerts(book, 30) == []
    assert matter.history[-1].event == "clock_warning"


def test_paused_clocks_warn_of_nothing() -> None:
    book = Book()
    matter = opened(book)
    do(matter, ActionKind.PAUSE_CLOCK, 1)
    do(matter, ActionKind.ACKNOWLEDGE, 1)
    assert alerts(book, 100) == []
    do(matter, ActionKind.RESUME_CLOCK, 100)
    assert alerts(book, 101)[0].detail["percent"] != "100"


def test_a_confirmed_grade_starts_its_clock_at_the_next_tick_and_says_that_it_is_overdue() -> None:
    book = Book()
    matter = opened(book)
    do(matter, ActionKind.CONFIRM_GRADE, 30, grade="major")
    (alert,) = alerts(book, 30)
    assert alert.reason is AlertReason.GRADE_RAISED
    assert (alert.detail["action"], alert.detail["percent"]) == ("press_conference", "100")


def test_a_quiet_matter_that_never_alerted_closes_and_one_that_alerted_stays() -> None:
    book = Book()
    listed = opened(book, Severity.GENERAL)
    list(tick(Tick(at(24 * 8).now), book, at(24 * 8)))
    assert listed.state is IssueState.CLOSED
    book = Book()
    alerted = opened(book)
    list(tick(Tick(at(24 * 8).now), book, at(24 * 8)))
    assert alerted.state is IssueState.NEW


def test_an_alert_that_nobody_acknowledges_is_repeated_and_an_acknowledged_one_is_not() -> None:
    book = Book()
    matter = opened(book)
    assert [alert.reason for hours in (1, 5, 6, 9) for alert in alerts(book, hours)] == [AlertReason.REPEAT] * 2
    do(matter, ActionKind.ACKNOWLEDGE, 9)
    assert alerts(book, 20) == []
