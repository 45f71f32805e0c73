"""Alerts reach the channels: each revision once, in time, and after a crash never silently lost."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from classifiers.assessment import Severity
from pipeline import config, service
from pipeline.alerts.courier import Courier
from pipeline.alerts.sink import open_sink
from pipeline.alerts.timing import Timing, wait_after
from pipeline.records import Action, ActionKind, AlertReason, Grade, Ringing
from pipeline.service import Service
from pipeline.steps.context import RosterStep
from pipeline.stores import outbox
from pipeline.stores.outbox import Delivery
from tests.pipeline.alerts.robot import Robot, running_robot
from tests.pipeline.keyword_reader import KeywordReader

NOW = "2026-06-16T12:00:00+08:00"
TEXT = "望泽区白鹭镇化工厂发生爆炸，浓烟很大"


LANDSLIDE = "柳溪县上河乡通往县城的道路塌方，车辆改道"
SOON = Timing(digest=timedelta(seconds=30))


class Clock:
    """A clock that the test advances."""

    def __init__(self) -> None:
        self.now = datetime(2026, 6, 16, 4, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Service]:
    settings = config.load(data=tmp_path / "data", clock={"start": NOW, "standing": True})
    with service.opened(settings, quick=KeywordReader()) as opened:
        yield opened


@pytest.fixture
def robot() -> Iterator[Robot]:
    with running_robot() as one:
        yield one


def feed(running: Service, tmp_path: Path, number: int, text: str) -> None:
    path = tmp_path / f"{number}.jsonl"
    record = {
        "id": f"weibo:{number}",
        "channel": "weibo",
        "text": text,
        "published_at": "2026-06-16T11:00:00+08:00",
    }
    path.write_text(json.dumps(record, ensure_ascii=False) + "\n", encoding="utf-8")
    running.feeder.feed(path)
    running.pipeline.drain()


def courier_to(running: Service, robot: Robot, clock: Callable[[], datetime]) -> Courier:
    sink = open_sink({"type": "webhook", "url": robot.url, "key": "k"})
    return Courier(running.pipeline.main, {"duty": sink}, lambda issue: f"http://127.0.0.1/{issue}", clock, SOON)


def standing(running: Service) -> dict[Delivery, int]:
    return outbox.counts(running.pipeline.main.read)


def go(courier: Courier) -> None:
    while courier.take() or courier.send():
        pass


def test_an_alert_reaches_the_channel_once(running: Service, robot: Robot, tmp_path: Path) -> None:
    clock = Clock()
    courier = courier_to(running, robot, clock)
    feed(running, tmp_path, 1, TEXT)
    go(courier)
    clock.now += timedelta(seconds=30)
    go(courier)
    go(courier_to(running, robot, clock))
    assert len(robot.received) == 1
    assert "爆炸" in json.dumps(robot.bodies(), ensure_ascii=False)
    assert standing(running) == {Delivery.SENT: 1}


def test_a_channel_that_is_away_gets_its_message_later(running: Service, robot: Robot, tmp_path: Path) -> None:
    clock = Clock()
    courier = courier_to(running, robot, clock)
    feed(running, tmp_path, 1, TEXT)
    robot.status = 503
    for _ in range(4):
        clock.now += timedelta(minutes=1)
        go(courier)
    assert standing(running) == {Delivery.PENDING: 1}
    robot.status = 200
    clock.now += timedelta(minutes=10)
    go(courier)
    assert standing(running) == {Delivery.SENT: 1}
    assert len({headers["Idempotency-Key"] for _, headers, _ in robot.received}) == 1


def test_a_channel_that_names_a_time_is_left_alone_until_then(running: Service, robot: Robot, tmp_path: Path) -> None:
    clock = Clock()
    courier = courier_to(running, robot, clock)
    feed(running, tmp_path, 1, TEXT)
    robot.status, robot.headers = 429, {"Retry-After": "300"}
    clock.now += timedelta(minutes=1)
    go(courier)
    clock.now += timedelta(seconds=299)
    go(courier)
    assert len(robot.received) == 1
    clock.now += timedelta(seconds=2)
    go(courier)
    assert len(robot.received) == 2


def test_a_refusal_for_good_is_kept_and_told(running: Service, robot: Robot, tmp_path: Path) -> None:
    clock = Clock()
    courier = courier_to(running, robot, clock)
    feed(running, tmp_path, 1, TEXT)
    robot.status = 403
    clock.now += timedelta(minutes=1)
    go(courier)
    assert standing(running) == {Delivery.FAILED: 1}


def test_what_a_crash_left_between_sending_and_marking_comes_again_and_says_so(
    running: Service, robot: Robot, tmp_path: Path
) -> None:
    clock = Clock()
    courier = courier_to(running, robot, clock)
    feed(running, tmp_path, 1, TEXT)
    courier.take()
    clock.now += timedelta(minutes=1)
    main = running.pipeline.main
    (row,) = outbox.due(main.read, clock.now)
    with main.write("outbox") as db:
        outbox.mark(db, row, Delivery.SENDING, clock.now)
    go(courier_to(running, robot, clock))
    (body,) = robot.bodies()
    assert body["possibly_repeated"] is True
    assert body["key"] == row.key


def test_alerts_raised_before_a_channel_was_set_up_are_not_sent(running: Service, robot: Robot, tmp_path: Path) -> None:
    clock = Clock()
    feed(running, tmp_path, 1, TEXT)
    without = Courier(running.pipeline.main, {}, str, clock)
    go(without)
    clock.now += timedelta(minutes=1)
    go(courier_to(running, robot, clock))
    assert robot.received == []


@pytest.mark.parametrize(
    ("severity", "reason", "last", "due"),
    [
        (Severity.SENSITIVE, AlertReason.FIRST, None, 30),
        (Severity.MAJOR_EMERGENCY, AlertReason.FIRST, None, 0),
        (Severity.SENSITIVE, AlertReason.SEVERITY_RAISED, -10, 0),
        (Severity.SENSITIVE, AlertReason.CORROBORATED, -10, 290),
        (Severity.SENSITIVE, AlertReason.CORROBORATED, -3600, 30),
    ],
)
def test_the_top_tier_and_what_got_worse_never_wait(
    severity: Severity, reason: AlertReason, last: int | None, due: int
) -> None:
    now = datetime(2026, 6, 16, 4, tzinfo=UTC)
    sent = None if last is None else now + timedelta(seconds=last)
    assert Timing().due(severity, reason, now, sent) == now + timedelta(seconds=due)


def test_attempts_are_spaced_ever_further_up_to_ten_minutes() -> None:
    waits = [wait_after(attempts).total_seconds() for attempts in (1, 2, 3, 9, 10, 500)]
    assert waits == [2, 4, 8, 512, 600, 600]


def test_single_sources_go_out_together_at_the_next_full_interval(
    running: Service, robot: Robot, tmp_path: Path
) -> None:
    clock = Clock()
    clock.now += timedelta(minutes=7)
    sink = open_sink({"type": "webhook", "url": robot.url, "key": "k"})
    courier = Courier(running.pipeline.main, {"duty": sink}, str, clock)
    feed(running, tmp_path, 1, LANDSLIDE)
    feed(running, tmp_path, 2, "望泽区学府街冷库液氨泄漏，居民咳嗽不止")
    go(courier)
    clock.now += timedelta(minutes=22)
    go(courier)
    assert robot.received == []
    clock.now += timedelta(minutes=1)
    go(courier)
    (body,) = robot.bodies()
    assert body["title"].startswith("【预警汇总】2 件")
    assert standing(running) == {Delivery.SENT: 2}


def test_a_second_channel_takes_a_matter_out_of_the_digest(running: Service, robot: Robot, tmp_path: Path) -> None:
    clock = Clock()
    clock.now += timedelta(minutes=7)
    sink = open_sink({"type": "webhook", "url": robot.url, "key": "k"})
    courier = Courier(running.pipeline.main, {"duty": sink}, str, clock)
    feed(running, tmp_path, 1, LANDSLIDE)
    path = tmp_path / "2.jsonl"
    record = {"id": "forum:2", "channel": "forum", "text": LANDSLIDE, "published_at": "2026-06-16T11:30:00+08:00"}
    path.write_text(json.dumps(record, ensure_ascii=False) + "\n", encoding="utf-8")
    running.feeder.feed(path)
    running.pipeline.drain()
    go(courier)
    clock.now += timedelta(seconds=31)
    go(courier)
    (body,) = robot.bodies()
    assert body["reason"] == "corroborated"
    assert standing(running) == {Delivery.SENT: 1, Delivery.SUPERSEDED: 1}


def test_the_next_in_line_is_told_when_nobody_acknowledges_and_nobody_after_that(
    running: Service, robot: Robot, tmp_path: Path
) -> None:
    clock = Clock()
    with running_robot() as second:
        sinks = {
            "duty": open_sink({"type": "webhook", "url": robot.url, "key": "k"}),
            "leader": open_sink({"type": "webhook", "url": second.url, "key": "k"}),
        }
        courier = Courier(running.pipeline.main, sinks, str, clock, SOON, [("duty",), ("leader",)])
        feed(running, tmp_path, 1, TEXT)
        go(courier)
        base = running.pipeline.context()
        rules = replace(base.rules, roster=(RosterStep("带班领导", timedelta(minutes=15)),))
        (row,) = running.desk.alerts()

        def at(minutes: float) -> None:
            clock.now = base.now + timedelta(minutes=minutes)
            running.pipeline.ledger.tick(replace(base, now=clock.now, rules=rules))
            go(courier)

        at(1)
        assert (len(robot.received), len(second.received)) == (1, 0)
        at(16)
        assert (len(robot.received), len(second.received)) == (1, 1)
        (body,) = second.bodies()
        assert body["lines"][0] == "缘由：15 分钟无人签收，现报带班领导"
        at(20)
        assert len(second.received) == 1
        running.desk.act(Action(row.issue.id, ActionKind.ACKNOWLEDGE, "李", clock.now, "k1"))
        at(600)
        assert (len(robot.received), len(second.received)) == (1, 1)


def test_a_silenced_matter_changes_on_the_page_alone_and_tells_when_the_silence_ends(
    running: Service, robot: Robot, tmp_path: Path
) -> None:
    clock = Clock()
    courier = courier_to(running, robot, clock)
    feed(running, tmp_path, 1, LANDSLIDE)
    (row,) = running.desk.alerts()
    go(courier)
    base = running.pipeline.context()
    for number, (kind, arguments) in enumerate(((ActionKind.ACKNOWLEDGE, {}), (ActionKind.SILENCE, {"hours": "4"}))):
        action = Action(row.issue.id, kind, "李", base.now, f"k{number}", "已在处理", arguments)
        assert running.desk.act(action).done
    clock.now += timedelta(minutes=1)
    go(courier)
    sent = len(robot.received)
    path = tmp_path / "2.jsonl"
    record = {"id": "forum:2", "channel": "forum", "text": LANDSLIDE, "published_at": "2026-06-16T11:30:00+08:00"}
    path.write_text(json.dumps(record, ensure_ascii=False) + "\n", encoding="utf-8")
    running.feeder.feed(path)
    running.pipeline.drain()
    clock.now += timedelta(minutes=10)
    go(courier)
    assert len(robot.received) == sent
    whole = running.desk.issue(row.issue.id)
    assert [(alert.reason, alert.ringing) for alert in whole.alerts][-1] == (AlertReason.CORROBORATED, Ringing.MUTED)
    clock.now = base.now + timedelta(hours=4, minutes=1)
    running.pipeline.ledger.tick(replace(base, now=clock.now))
    go(courier)
    clock.now += timedelta(minutes=1)
    go(courier)
    assert robot.bodies()[-1]["reason"] == "silence_ended"
    assert running.desk.issue(row.issue.id).issue.silence is None


NIGHT = Timing(quiet=(time(22), time(7)), zone=ZoneInfo("Asia/Shanghai"))


@pytest.mark.parametrize(
    ("severity", "facts", "at", "due"),
    [
        (Severity.SENSITIVE, {}, "23:30", "07:00"),
        (Severity.SENSITIVE, {}, "03:00", "07:00"),
        (Severity.SENSITIVE, {"reason": AlertReason.ESCALATED}, "03:00", "07:00"),
        (Severity.SENSITIVE, {"digest": True}, "21:50", "07:00"),
        (Severity.SENSITIVE, {"digest": True}, "12:10", "12:30"),
        (Severity.MAJOR_EMERGENCY, {}, "03:00", "03:00"),
        (Severity.SENSITIVE, {"grade": Grade.MAJOR}, "03:00", "03:00"),
        (Severity.SENSITIVE, {"overdue": True}, "03:00", "03:00"),
    ],
)
def test_quiet_hours_hold_back_all_but_what_cannot_wait(
    severity: Severity, facts: dict[str, Any], at: str, due: str
) -> None:
    now = datetime.fromisoformat(f"2026-06-16T{at}:00+08:00")
    found = NIGHT.due(severity, facts.pop("reason", AlertReason.FIRST), now, None, **facts)
    assert found.astimezone(NIGHT.zone).strftime("%H:%M") == due
    assert now <= found <= now + timedelta(hours=10)
