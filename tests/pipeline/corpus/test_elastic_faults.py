"""The bulk loop on a server that fails in every way: nothing lost, nothing twice, only the hopeless handed back."""

import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs

from pipeline.corpus.elastic import bulk
from pipeline.corpus.elastic.cluster import Cluster
from pipeline.corpus.elastic.indexer import Indexer
from pipeline.corpus.query import Stored
from pipeline.errors import StoppedError
from pipeline.records import Assessed
from tests.pipeline.corpus.scripted import LATE, Fault, ScriptedElasticsearch

FAULTS = {
    "a whole 503": Fault("whole", 503),
    "a whole 429": Fault("whole", 429),
    "a connection dropped before": Fault("drop"),
    "a connection dropped after": Fault("drop_after"),
    "a truncated reply": Fault("truncated"),
    "a reply after the time-out": Fault("late"),
    "429 on some": Fault("items", items={0: 429, 7: 429, 39: 429}),
    "503 on all": Fault("items", items=dict.fromkeys(range(40), 503)),
    "429, 503 and 403 mixed": Fault("items", items={1: 429, 2: 503, 3: 403, 4: 500}),
}


@pytest.fixture
def server() -> Iterator[ScriptedElasticsearch]:
    with ScriptedElasticsearch() as server:
        yield server


@pytest.fixture
def batch(judged: Any) -> list[Assessed]:
    return [judged(f"停水{number}", id=f"weibo:{number:02}") for number in range(40)]


def indexer_on(server: ScriptedElasticsearch, stopping: threading.Event | None = None, **given: Any) -> Indexer:
    cluster = Cluster(server.url, timeout=LATE / 2, **given)
    return Indexer(cluster, stopping or threading.Event(), shortest=0.002, longest=0.01)


def ids(batch: list[Assessed]) -> list[str]:
    return sorted(assessed.mention.id for assessed in batch)


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_after_any_fault_every_mention_stands_once(
    server: ScriptedElasticsearch, batch: list[Assessed], fault: Fault
) -> None:
    server.script.extend([fault, fault])
    indexer = indexer_on(server)
    outcome = indexer.index(batch)
    assert outcome.failed == []
    assert outcome.stored == Stored(40, 0, 0)
    assert server.ids() == ids(batch)
    assert len(server.requests) == 3
    assert indexer.trouble == ""


def test_only_items_that_failed_go_again(server: ScriptedElasticsearch, batch: list[Assessed]) -> None:
    server.script.append(FAULTS["429 on some"])
    indexer_on(server).index(batch)
    assert server.requests == [40, 3]


def test_only_what_is_refused_for_ever_is_handed_back(server: ScriptedElasticsearch, batch: list[Assessed]) -> None:
    server.forbidden = {"weibo:03", "weibo:17"}
    server.script.extend(FAULTS.values())
    outcome = indexer_on(server).index(batch)
    assert sorted(mention.id for _, mention in outcome.failed) == ["weibo:03", "weibo:17"]
    assert {rejected.detail for rejected, _ in outcome.failed} == {"400 document_parsing_exception"}
    assert outcome.stored == Stored(38, 0, 0)
    assert server.ids() == sorted(set(ids(batch)) - server.forbidden)


def test_a_conflict_with_a_newer_version_is_success(
    server: ScriptedElasticsearch, batch: list[Assessed], judged: Any
) -> None:
    """Another wrote the newer one between the look-up and the write."""
    newer = judged("改过了", id="weibo:05", revision=3)
    server.on_request = lambda: server.documents.update(
        {("opinion-mentions-2026.11", "weibo:05"): (newer.version, {"digest": 1})}
    )
    outcome = indexer_on(server).index(batch)
    assert outcome.stored == Stored(39, 0, 1)
    assert outcome.failed == []
    assert server.documents["opinion-mentions-2026.11", "weibo:05"][0] == newer.version


def test_too_large_a_request_is_halved_down_to_the_one_that_is_too_large(
    server: ScriptedElasticsearch, batch: list[Assessed], judged: Any
) -> None:
    server.largest = 4000
    huge = judged("停" * 3000, id="weibo:huge")
    outcome = indexer_on(server).index([*batch, huge])
    assert [mention.id for _, mention in outcome.failed] == ["weibo:huge"]
    assert server.ids() == ids(batch)


def test_a_request_never_exceeds_five_mebibytes(judged: Any) -> None:
    writes = [bulk.Write(str(number), "opinion-mentions-2026.11", 0, b"x" * 700_000) for number in range(20)]
    sizes = [sum(len(write.lines()) for write in request) for request in bulk.bodies(writes)]
    assert sum(sizes) == sum(len(write.lines()) for write in writes)
    assert max(sizes) <= bulk.MAX_BODY


def test_a_wrong_key_rings_and_waits_until_the_right_one_is_in_its_file(
    server: ScriptedElasticsearch, batch: list[Assessed], tmp_path: Path
) -> None:
    server.key = "right"
    key = tmp_path / "key"
    key.write_text("wrong\n", encoding="ascii")
    indexer = indexer_on(server, api_key_file=key)

    def replace_at_the_third() -> None:
        if len(server.requests) == 3:
            key.write_text("right\n", encoding="ascii")

    server.on_request = replace_at_the_third
    with capture_logs() as logs:
        outcome = indexer.index(batch)
    assert outcome.stored == Stored(40, 0, 0)
    assert server.ids() == ids(batch)
    assert {log["event"] for log in logs if log["log_level"] == "error"} == {"index_needs_mending"}


def test_an_outage_is_waited_out_until_asked_to_stop(server: ScriptedElasticsearch, batch: list[Assessed]) -> None:
    server.script.extend([Fault("whole", 503)] * 10_000)
    stopping = threading.Event()
    indexer = indexer_on(server, stopping)
    threading.Timer(1.0, stopping.set).start()
    started = time.monotonic()
    with pytest.raises(StoppedError):
        indexer.index(batch)
    assert time.monotonic() - started < 5
    assert len(server.requests) > 2
    assert "503" in indexer.trouble
    server.script.clear()
    assert indexer_on(server).index(batch).stored == Stored(40, 0, 0)


def test_what_was_done_before_a_time_out_is_not_done_twice(
    server: ScriptedElasticsearch, batch: list[Assessed]
) -> None:
    server.script.append(Fault("late"))
    indexer = indexer_on(server)
    indexer.index(batch)
    assert indexer.index(batch).stored == Stored(0, 0, 40)
    assert server.ids() == ids(batch)


@given(st.lists(st.sampled_from(sorted(set(FAULTS) - {"a reply after the time-out"})), max_size=12), st.data())
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_sequence_of_faults_loses_nothing(batch: list[Assessed], faults: list[str], data: st.DataObject) -> None:
    forbidden = data.draw(st.sets(st.sampled_from(ids(batch)), max_size=3))
    with ScriptedElasticsearch() as server:
        server.script.extend(FAULTS[name] for name in faults)
        server.forbidden = forbidden
        outcome = indexer_on(server).index(batch)
        assert {mention.id for _, mention in outcome.failed} == forbidden
        assert server.ids() == sorted(set(ids(batch)) - forbidden)
