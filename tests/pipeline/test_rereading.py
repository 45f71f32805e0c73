"""The careful reader behind the quick one: what it re-reads, in which order, and what becomes of flags and alerts."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from classifiers.assessment import Assessment
from classifiers.classifier import Text
from classifiers.readers import Both
from pipeline import config, service
from pipeline.audit import audit
from pipeline.corpus.query import Query
from pipeline.desk import AlertFilter
from pipeline.records import AlertReason, IssueState
from pipeline.runtimes.embedded import CAREFUL_BATCH, Embedded
from pipeline.service import Service
from tests.pipeline.keyword_reader import KeywordReader
from tests.pipeline.test_walk import line, write

NOW = "2026-06-16T12:00:00+08:00"


class Recording(KeywordReader):
    """The same words for the careful rank but one, noting what it is given."""

    def __init__(self, ignoring: str = "") -> None:
        super().__init__("careful", ignoring)
        self.read: list[str] = []

    def assess(self, texts: Sequence[Text]) -> list[Assessment]:
        self.read += [text.text for text in texts]
        return super().assess(texts)


@pytest.fixture
def careful() -> Recording:
    return Recording(ignoring="爆炸")


@pytest.fixture
def running(tmp_path: Path, careful: Recording) -> Iterator[Service]:
    settings = config.load(data=tmp_path / "data", clock={"start": NOW, "standing": True})
    with service.opened(settings, quick=KeywordReader(), careful=careful) as opened:
        yield opened


def feed(running: Service, path: Path, *lines: dict[str, Any]) -> None:
    assert not running.feeder.feed(write(path, *lines)).problem
    running.pipeline.drain()


def test_only_what_is_flagged_or_doubted_is_read_again_and_the_gravest_first(
    running: Service, careful: Recording, tmp_path: Path
) -> None:
    texts = ["今天天气很好", "小区停水两天", "拖欠工资三个月", "路面塌方", "这事存疑", "化工厂爆炸"]
    feed(running, tmp_path / "a.jsonl", *(line(n, text) for n, text in enumerate(texts)))
    assert running.desk.status().review_queue == 5
    assert running.pipeline.review(60) == 0
    assert careful.read == ["化工厂爆炸", "路面塌方", "小区停水两天", "拖欠工资三个月", "这事存疑"]
    running.pipeline.drain()
    page = running.desk.corpus.search(Query(limit=10))
    readers = {hit.assessed.mention.text: hit.assessed.assessment.reader for hit in page.hits}
    assert readers == {text: "quick" if text == "今天天气很好" else "careful" for text in texts}
    assert audit(running.pipeline.view).holds


def test_a_flag_that_the_careful_reader_takes_back_leaves_its_matter_and_is_corrected(
    running: Service, tmp_path: Path
) -> None:
    feed(running, tmp_path / "a.jsonl", line(1, "新片里的爆炸戏真精彩"))
    (before,) = running.desk.alerts()
    assert before.issue.awaiting == 1
    assert before.alert is not None
    running.pipeline.review(60)
    (after,) = running.desk.alerts()
    assert after.alert is not None
    assert (after.issue.state, after.alert.reason) == (IssueState.RETRACTED, AlertReason.CORRECTION)
    assert after.issue.awaiting == 0


def test_a_flag_that_the_careful_reader_confirms_stands_without_a_second_alert(
    running: Service, tmp_path: Path
) -> None:
    feed(running, tmp_path / "a.jsonl", line(1, "白鹭镇路面塌方"))
    (before,) = running.desk.alerts()
    assert before.issue.awaiting == 1
    running.pipeline.review(60)
    (after,) = running.desk.alerts()
    assert after.alert == before.alert
    assert after.issue.awaiting == 0


def test_a_surge_leaves_quick_verdicts_standing_and_drops_nothing(
    running: Service, careful: Recording, tmp_path: Path
) -> None:
    many = 3 * CAREFUL_BATCH
    feed(running, tmp_path / "a.jsonl", *(line(n, f"第{n}小区停水两天") for n in range(many)))
    pipeline = running.pipeline
    assert isinstance(pipeline, Embedded)
    assert pipeline.careful_step()
    assert running.desk.status().review_queue == many - CAREFUL_BATCH
    feed(running, tmp_path / "b.jsonl", line(999, "白鹭镇路面塌方"))
    assert pipeline.careful_step()
    assert careful.read[CAREFUL_BATCH] == "白鹭镇路面塌方"
    while pipeline.careful_step():
        pass
    assert len(careful.read) == len(set(careful.read)) == many + 1
    running.pipeline.drain()
    assert running.desk.status().review_queue == 0
    assert not any(row.issue.awaiting for row in running.desk.alerts(AlertFilter(alerted=False, limit=500)))
    assert audit(running.pipeline.view).holds


def test_what_waits_survives_a_restart_and_an_edit_takes_the_place_of_what_it_edits(
    tmp_path: Path, careful: Recording
) -> None:
    settings = config.load(data=tmp_path / "data", clock={"start": NOW, "standing": True})
    with service.opened(settings, quick=KeywordReader(), careful=careful) as first:
        feed(first, tmp_path / "a.jsonl", line(1, "小区停水两天"))
        feed(first, tmp_path / "b.jsonl", line(1, "小区停水三天，路面塌方"))
        assert first.desk.status().review_queue == 1
    with service.opened(settings, quick=KeywordReader(), careful=careful) as second:
        assert second.pipeline.review(60) == 0
        assert careful.read == ["小区停水三天，路面塌方"]


def test_without_a_careful_reader_nothing_waits_and_the_quick_verdict_decides(tmp_path: Path) -> None:
    settings = config.load(data=tmp_path / "data", clock={"start": NOW, "standing": True})
    with service.opened(settings, quick=KeywordReader()) as alone:
        feed(alone, tmp_path / "a.jsonl", line(1, "白鹭镇路面塌方"))
        (row,) = alone.desk.alerts()
        assert (row.issue.awaiting, alone.desk.status().review_queue) == (0, 0)


def test_one_text_at_a_time_goes_the_same_way_and_the_answer_says_who_decided() -> None:
    careful = Recording()
    answers = Both(KeywordReader(), careful).assess([Text(text=t) for t in ("天气很好", "小区停水", "这事存疑")])
    assert [answer.reader for answer in answers] == ["quick", "careful", "careful"]
    assert careful.read == ["小区停水", "这事存疑"]
    assert [answer.reader for answer in Both(KeywordReader(), None).assess([Text(text="小区停水")])] == ["quick"]


def test_the_list_of_waiting_is_told_to_the_page_as_a_number(running: Service, tmp_path: Path) -> None:
    feed(running, tmp_path / "a.jsonl", line(1, "白鹭镇路面塌方"))
    event = running.desk.feed(0)[-1]
    assert json.loads(json.dumps(event.issue.awaiting)) == 1


@pytest.mark.parametrize("point", ["careful.before_commit", "careful.after_commit"])
def test_a_process_killed_while_it_reads_again_loses_and_doubles_nothing(tmp_path: Path, point: str) -> None:
    export = write(tmp_path / "a.jsonl", *(line(n, f"第{n}小区停水两天，路面塌方") for n in range(2 * CAREFUL_BATCH)))
    script = (
        "import sys\n"
        "from pathlib import Path\n"
        "from pipeline import config, service\n"
        "from pipeline.stores import fault\n"
        "from tests.pipeline.keyword_reader import KeywordReader\n"
        f"settings = config.load(data=Path({str(tmp_path / 'data')!r}), clock={{'start': {NOW!r}, 'standing': True}})\n"
        "both = {'quick': KeywordReader(), 'careful': KeywordReader('careful')}\n"
        "with service.opened(settings, **both) as opened:\n"
        f"    opened.feeder.feed(Path({str(export)!r}))\n"
        "    opened.pipeline.drain()\n"
        f"    fault.arm({point!r}, 1)\n"
        "    opened.pipeline.review(60)\n"
    )
    died = subprocess.run([sys.executable, "-c", script], cwd=Path(__file__).parents[2], check=False)
    assert died.returncode == -signal.SIGKILL
    settings = config.load(data=tmp_path / "data", clock={"start": NOW, "standing": True})
    careful = Recording()
    with service.opened(settings, quick=KeywordReader(), careful=careful) as again:
        assert again.pipeline.review(60) == 0
        again.pipeline.drain()
        assert len(careful.read) == (2 if point.endswith("before_commit") else 1) * CAREFUL_BATCH
        page = again.desk.corpus.search(Query(limit=50))
        assert [hit.assessed.assessment.reader for hit in page.hits] == ["careful"] * 2 * CAREFUL_BATCH
        assert audit(again.pipeline.view).holds
