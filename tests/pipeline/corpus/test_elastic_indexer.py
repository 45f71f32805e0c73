"""The indexer on a real Elasticsearch: one version of each mention stands, whatever comes twice, late or moved."""

import random
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from pipeline.commands.main import app
from pipeline.corpus.elastic import creation, layout
from pipeline.corpus.elastic.cluster import Cluster
from pipeline.corpus.elastic.indexer import Indexer
from pipeline.corpus.query import Stored
from pipeline.records import Assessed
from tests.pipeline.corpus.real import fresh

pytestmark = pytest.mark.servers


@pytest.fixture
def cluster(servers: Any) -> Iterator[Cluster]:
    """An Elasticsearch with an index of ours that holds nothing."""
    cluster = fresh(servers.elasticsearch)
    yield cluster
    cluster.close()


@pytest.fixture
def indexer(cluster: Cluster) -> Indexer:
    return Indexer(cluster, threading.Event(), shortest=0.01, longest=0.05)


def standing(cluster: Cluster) -> dict[str, list[tuple[str, int]]]:
    """Where each mention stands, and with which version; marks of moves left out."""
    cluster.demand("POST", f"/{layout.ALIAS}/_refresh")
    question = {"size": 10_000, "version": True, "query": {"bool": {"must_not": {"exists": {"field": "moved"}}}}}
    found: dict[str, list[tuple[str, int]]] = {}
    for hit in cluster.demand("POST", f"/{layout.ALIAS}/_search", question)["hits"]["hits"]:
        found.setdefault(hit["_id"], []).append((hit["_index"], hit["_version"]))
    return found


def test_a_batch_stands_in_the_index_of_its_own_month(cluster: Cluster, indexer: Indexer, judged: Any) -> None:
    batch = [
        judged(id="weibo:1", at=datetime(2026, 10, 31, 23, 59, 59, tzinfo=UTC)),
        judged(id="weibo:2", at=datetime(2026, 11, 1, tzinfo=UTC)),
        judged(id="weibo:3", at=datetime(1912, 1, 1, tzinfo=UTC)),
    ]
    assert indexer.index(batch).stored == Stored(3, 0, 0)
    assert standing(cluster) == {
        "weibo:1": [("opinion-mentions-2026.10", 0)],
        "weibo:2": [("opinion-mentions-2026.11", 0)],
        "weibo:3": [("opinion-mentions-earlier", 0)],
    }


def test_a_replay_changes_nothing(cluster: Cluster, indexer: Indexer, invented: list[Assessed]) -> None:
    assert indexer.index(invented).stored == Stored(2000, 0, 0)
    before = standing(cluster)
    assert indexer.index(invented).stored == Stored(0, 0, 2000)
    restarted = Indexer(cluster, threading.Event())
    assert restarted.index(invented).stored == Stored(0, 0, 2000)
    assert standing(cluster) == before


def test_one_version_stands_in_one_place_in_any_order(cluster: Cluster, judged: Any) -> None:
    """The time of publication is another month with each revision."""
    months = [datetime(2026, month, 3, tzinfo=UTC) for month in (8, 9, 10)]
    for number in range(12):
        versions = [
            judged("停水", id=f"weibo:{number}", revision=revision, reader=reader, at=at)
            for revision, at in enumerate(months)
            for reader in ("quick", "careful", "human")
        ]
        random.Random(number).shuffle(versions)
        for start in range(0, len(versions), 2):
            Indexer(cluster, threading.Event()).index(versions[start : start + 2])
    assert standing(cluster) == {f"weibo:{number}": [("opinion-mentions-2026.10", 10)] for number in range(12)}


def test_what_the_index_will_never_take_is_handed_back_and_the_rest_stands(
    cluster: Cluster, indexer: Indexer, judged: Any
) -> None:
    outcome = indexer.index([judged(id="weibo:1"), judged(id="weibo:" + "长" * 600), judged(id="weibo:3")])
    assert outcome.stored == Stored(2, 0, 0)
    ((rejected, mention),) = outcome.failed
    assert (rejected.stage, rejected.reason) == ("index", "index_refused")
    assert rejected.mention_id == mention.id == "weibo:" + "长" * 600
    assert "长" not in rejected.detail
    assert set(standing(cluster)) == {"weibo:1", "weibo:3"}


def test_an_index_that_someone_removed_is_made_again(cluster: Cluster, indexer: Indexer, judged: Any) -> None:
    indexer.index([judged(id="weibo:1")])
    cluster.demand("DELETE", "/opinion-mentions-2026.11")
    indexer.index([judged(id="weibo:2")])
    assert set(standing(cluster)) == {"weibo:2"}
    mapping = cluster.demand("GET", "/opinion-mentions-2026.11/_mapping")
    assert mapping["opinion-mentions-2026.11"]["mappings"]["dynamic"] == "strict"


def test_making_the_index_again_changes_nothing_and_says_what_differs(cluster: Cluster) -> None:
    again = creation.create(cluster)
    assert again.made == again.differences == []
    assert f"索引 {layout.EARLIER}" in again.present
    other = {"mappings": {"properties": {"text": {"type": "keyword"}, "author": {"type": "keyword"}}}}
    cluster.demand("PUT", "/opinion-mentions-2026.11", other)
    found = creation.create(cluster)
    name = "索引 opinion-mentions-2026.11 的"
    assert f"{name} mappings.dynamic 应为 strict，现为 无" not in found.differences  # the template saw to it
    assert f"{name} mappings.properties.text.type 应为 text，现为 keyword" in found.differences
    assert f"{name} mappings.properties.author.type 不应有，现为 keyword" in found.differences
    assert found.made == []


def test_an_index_outside_the_alias_is_no_place_to_write_to_until_it_is_made_so(
    cluster: Cluster, indexer: Indexer, judged: Any
) -> None:
    cluster.demand("DELETE", f"/_index_template/{layout.ALIAS}")
    done: list[Stored] = []
    writing = threading.Thread(target=lambda: done.append(indexer.index([judged()]).stored))
    writing.start()
    while "yuqing index create" not in indexer.trouble:
        assert writing.is_alive()
    assert "索引 opinion-mentions-2026.11 的别名 opinion-mentions" in creation.create(cluster).made
    writing.join()
    assert done == [Stored(1, 0, 0)]


def test_the_mapping_is_strict_and_small(cluster: Cluster, indexer: Indexer, judged: Any) -> None:
    indexer.index([judged()])
    answer = cluster.ask("POST", "/opinion-mentions-2026.11/_doc", {"id": "x", "author": "someone"})
    assert (answer.status, answer.error_type) == (400, "strict_dynamic_mapping_exception")
    assert len(layout.MAPPING["properties"]) <= 60


def test_the_command_searches_the_store_that_the_configuration_names(
    servers: Any, cluster: Cluster, indexer: Indexer, judged: Any, tmp_path: Path
) -> None:
    indexer.index([judged("望泽区停水三天", id="weibo:1"), judged("路灯不亮", id="weibo:2")])
    cluster.demand("POST", f"/{layout.ALIAS}/_refresh")
    file = tmp_path / "yuqing.toml"
    file.write_text(f'[elasticsearch]\nurl = "{servers.elasticsearch}"\n', encoding="utf-8")
    said = CliRunner().invoke(app, ["search", "停水", "-c", str(file)])
    assert said.exit_code == 0
    assert "望泽区【停水】三天" in said.output
    assert "共 1 条" in said.output
    file.write_text('[elasticsearch]\nurl = "http://127.0.0.1:9"\n', encoding="utf-8")
    away = CliRunner().invoke(app, ["search", "停水", "-c", str(file)])
    assert away.exit_code == 1
    assert "没有应答" in away.output
