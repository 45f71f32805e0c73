"""The canary comes out at the channels and nowhere else; the switch misses it when any stage stands still."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from connectors.mention import Flag
from pipeline import config, metrics, service
from pipeline.alerts.courier import Courier
from pipeline.alerts.sink import open_sink
from pipeline.audit import audit
from pipeline.canary.exports import WORDS, mention_through, templates
from pipeline.canary.heartbeat import FILE, Heartbeat, missing, read
from pipeline.commands.main import app
from pipeline.corpus.query import Query
from pipeline.desk import AlertFilter
from pipeline.service import Service
from tests.pipeline.alerts.robot import Robot, running_robot
from tests.pipeline.keyword_reader import KeywordReader

INTERVAL = timedelta(minutes=10)


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Service]:
    settings = config.load(data=tmp_path / "data", jurisdiction={"ours": ["云泽市"]})
    with service.opened(settings, quick=KeywordReader()) as opened:
        yield opened


@pytest.fixture
def robot() -> Iterator[Robot]:
    with running_robot() as one:
        yield one


def courier_of(running: Service, robot: Robot) -> Courier:
    sinks = {"test": open_sink({"type": "webhook", "url": robot.url, "key": "k"})}
    heartbeat = Heartbeat(running.settings.data, ["test"])
    return Courier(running.pipeline.main, sinks, str, lambda: datetime.now(UTC), heartbeat=heartbeat)


def send_round(running: Service) -> None:
    rounds = service.rounds_of(running.settings, running.pipeline)
    assert rounds is not None
    assert rounds.once() == []


def go(courier: Courier) -> None:
    while courier.take() or courier.send():
        pass


def misses(running: Service, later: timedelta = timedelta()) -> list[str]:
    now = datetime.now(UTC) + later
    return missing(read(running.settings.data), list(templates()), ["test"], now, INTERVAL)


def test_a_canary_through_each_connector_reaches_the_channel(running: Service, robot: Robot) -> None:
    send_round(running)
    running.pipeline.drain()
    go(courier_of(running, robot))
    assert misses(running) == []
    assert sorted(body["canary"] for body in robot.bodies()) == sorted(templates())
    assert all(body["title"].startswith("【系统自检】") for body in robot.bodies())


def test_it_is_in_no_search_no_list_no_statistic_and_no_balance(running: Service, robot: Robot) -> None:
    before = metrics.exposition(running, audit(running.pipeline.view))
    send_round(running)
    running.pipeline.drain()
    go(courier_of(running, robot))
    assert running.pipeline.corpus.search(Query(words=WORDS[:8])).hits == ()
    assert running.desk.alerts(AlertFilter(alerted=None)) == []
    assert running.desk.feed(0) == []
    balance = audit(running.pipeline.view)
    assert balance.holds
    assert balance.lines == []
    after = metrics.exposition(running, balance)

    def counts(text: bytes) -> list[str]:
        lines = text.decode().splitlines()
        return [line for line in lines if line.startswith("opinion_") and "canary" not in line and "stage" not in line]

    assert counts(after) == counts(before)


@pytest.mark.parametrize("broken", ["detect", "outbox", "channel"])
def test_the_switch_misses_it_when_a_stage_stands_still(running: Service, robot: Robot, broken: str) -> None:
    courier = courier_of(running, robot)
    send_round(running)
    running.pipeline.drain()
    go(courier)
    assert misses(running) == []
    assert misses(running, 1.9 * INTERVAL) == []
    send_round(running)
    if broken == "channel":
        robot.status = 503
    if broken != "detect":
        running.pipeline.drain()
    if broken != "outbox":
        go(courier)
    assert misses(running, 2.1 * INTERVAL) != []


def test_a_reader_that_no_longer_sees_the_words_is_missed(tmp_path: Path, robot: Robot) -> None:
    settings = config.load(data=tmp_path / "data")
    with service.opened(settings, quick=KeywordReader(ignoring="爆炸")) as blind:
        send_round(blind)
        blind.pipeline.drain()
        go(courier_of(blind, robot))
        assert len(misses(blind)) == 2 * len(templates())


@pytest.mark.parametrize("connector", sorted(templates()))
def test_each_connectors_own_file_gives_one_marked_mention(connector: str, running: Service) -> None:
    zone = running.settings.alerts.timing("Asia/Shanghai").zone
    now = datetime(2026, 6, 16, 4, tzinfo=UTC)
    mention = mention_through(connector, "云泽市", now, zone, b"0" * 32)  # type: ignore[arg-type]
    assert mention.text.startswith("云泽市")
    assert Flag.CANARY in mention.flags
    assert abs(mention.published_at - now) <= timedelta(minutes=1)


def test_nobody_outside_can_declare_a_mention_synthetic(running: Service, tmp_path: Path) -> None:
    record = {
        "id": "canary:x",
        "channel": "weibo",
        "text": "云泽市化工厂发生爆炸",
        "published_at": datetime.now(UTC).isoformat(),
        "flags": ["canary"],
    }
    path = tmp_path / "a.jsonl"
    path.write_text(json.dumps(record, ensure_ascii=False) + "\n", encoding="utf-8")
    running.feeder.feed(path)
    running.pipeline.drain()
    assert len(running.desk.alerts()) == 1
    assert running.pipeline.corpus.facets(Query()).total == 1


def test_the_command_says_what_is_missing_and_tells_the_channels_by_itself(tmp_path: Path, robot: Robot) -> None:
    file = tmp_path / "yuqing.toml"
    sink = f'[sinks.duty]\ntype = "webhook"\nurl = "{robot.url}"\nkey = "k"\n'
    file.write_text(f'data = "{tmp_path / "data"}"\n{sink}', encoding="utf-8")
    (tmp_path / "data").mkdir()
    answer = CliRunner().invoke(app, ["canary", "check", "--tell", "-c", str(file)])
    assert answer.exit_code == 1
    assert "weibo_search：从未到达" in answer.output
    (body,) = robot.bodies()
    assert body["title"] == "【系统告警】自检信息没有到达，预警可能已中断"
    beats = {f"{connector} heartbeat": datetime.now(UTC).isoformat() for connector in templates()}
    (tmp_path / "data" / FILE).write_text(json.dumps(beats), encoding="utf-8")
    answer = CliRunner().invoke(app, ["canary", "check", "-c", str(file)])
    assert answer.exit_code == 0
    assert "自检正常" in answer.output
