"""The whole way: an export goes in, alerts and a balance come out."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pipeline import config, service
from pipeline.audit import audit
from pipeline.desk import AlertFilter
from pipeline.records import AlertReason
from pipeline.service import Service
from tests.pipeline.keyword_reader import KeywordReader

NOW = "2026-06-16T12:00:00+08:00"


def line(number: int, text: str, **more: Any) -> dict[str, Any]:
    return {
        "id": f"weibo:{number}",
        "channel": "weibo",
        "text": text,
        "published_at": "2026-06-16T11:00:00+08:00",
    } | more


def write(path: Path, *lines: dict[str, Any]) -> Path:
    path.write_text("".join(json.dumps(each, ensure_ascii=False) + "\n" for each in lines), encoding="utf-8")
    return path


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Service]:
    settings = config.load(data=tmp_path / "data", clock={"start": NOW, "standing": True})
    with service.opened(settings, quick=KeywordReader()) as opened:
        yield opened


def feed(running: Service, path: Path) -> None:
    report = running.feeder.feed(path)
    assert not report.problem
    running.pipeline.drain()
    balance = audit(running.pipeline.view)
    assert balance.holds, balance


def test_a_severe_mention_alerts_with_its_words(running: Service, tmp_path: Path) -> None:
    feed(running, write(tmp_path / "a.jsonl", line(1, "望泽区白鹭镇化工厂发生爆炸，浓烟很大"), line(2, "今天天气很好")))
    (row,) = running.desk.alerts()
    assert row.alert is not None
    assert row.alert.evidence == ("爆炸",)
    assert row.alert.reason is AlertReason.FIRST
    assert row.alert.seconds_to_alert == 3600
    assert [event.kind for event in running.desk.feed(0)] == ["alert"]
    view = running.desk.issue(row.issue.id)
    assert [member.mention.text for member in view.members if member.mention] == [
        "望泽区白鹭镇化工厂发生爆炸，浓烟很大"
    ]


def test_a_second_read_changes_nothing(running: Service, tmp_path: Path) -> None:
    path = write(tmp_path / "a.jsonl", line(1, "望泽区白鹭镇化工厂发生爆炸，浓烟很大"))
    feed(running, path)
    before = running.desk.feed(0)
    feed(running, path)
    assert running.desk.feed(0) == before


def test_a_near_copy_raises_no_second_alert(running: Service, tmp_path: Path) -> None:
    text = "望泽区白鹭镇化工厂今天上午发生爆炸，现场浓烟很大，消防已经赶到"
    feed(running, write(tmp_path / "a.jsonl", line(1, text), line(2, text + "！！")))
    (row,) = running.desk.alerts()
    assert row.members == 2
    assert [event.kind for event in running.desk.feed(0)] == ["alert"]


def test_an_old_mention_is_listed_and_does_not_alert(running: Service, tmp_path: Path) -> None:
    feed(
        running,
        write(
            tmp_path / "a.jsonl",
            line(
                1,
                "化工厂发生爆炸，浓烟很大，附近居民",
                published_at="2026-06-01T11:00:00+08:00",
                collected_at="2026-06-16T11:00:00+08:00",
            ),
        ),
    )
    assert running.desk.alerts() == []
    assert len(running.desk.alerts(AlertFilter(alerted=None))) == 1


def test_an_edit_is_a_revision_and_may_take_the_flag_back(running: Service, tmp_path: Path) -> None:
    feed(running, write(tmp_path / "a.jsonl", line(1, "化工厂发生爆炸，浓烟很大")))
    feed(running, write(tmp_path / "b.jsonl", line(1, "化工厂没有出事，是演习")))
    (row,) = running.desk.alerts()
    assert row.issue.state == "retracted"
    assert [alert.reason for alert in running.desk.issue(row.issue.id).alerts] == ["first", "correction"]


def test_a_mention_that_breaks_the_reader_is_set_aside_and_the_rest_goes_on(running: Service, tmp_path: Path) -> None:
    feed(running, write(tmp_path / "a.jsonl", line(1, "抛错"), line(2, "白鹭镇发生爆炸")))
    assert len(running.desk.alerts()) == 1
    (kept,) = running.pipeline.rejected.all()
    assert kept.stage == "assess"


def test_a_matter_without_a_title_is_named_by_its_first_line(running: Service, tmp_path: Path) -> None:
    feed(running, write(tmp_path / "a.jsonl", line(1, "望泽区化工厂发生爆炸\n6月16日，记者从现场获悉，浓烟很大")))
    (row,) = running.desk.alerts()
    assert row.issue.title == "望泽区化工厂发生爆炸"
