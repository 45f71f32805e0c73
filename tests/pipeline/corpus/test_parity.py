"""Two hundred queries of words that stand in real texts find equal sets embedded and on Elasticsearch."""

import gzip
import json
import os
import random
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from connectors.mention import Channel
from pipeline.corpus.elastic.corpus import ElasticCorpus
from pipeline.corpus.elastic.indexer import Indexer
from pipeline.corpus.embedded import EmbeddedCorpus
from pipeline.corpus.query import Corpus, Query, every_hit
from pipeline.records import Assessed
from tests.pipeline.corpus.real import fresh

SHARED = os.environ.get("YUQING_SHARED", "")
TEXTS = 3000
QUERIES = 200

pytestmark = [
    pytest.mark.servers,
    pytest.mark.material,
    pytest.mark.skipif(not SHARED, reason="真实文本不随项目分发：以 YUQING_SHARED 指明其目录"),
]


class Stores(NamedTuple):
    embedded: Corpus
    elastic: Corpus


@pytest.fixture(scope="module")
def real(judged: Any) -> list[Assessed]:
    """Every thirtieth text of the unlabelled corpus, spread over a year."""
    start = datetime(2025, 11, 20, tzinfo=UTC)
    with gzip.open(Path(SHARED) / "data/corpus.jsonl.gz", "rt", encoding="utf-8") as lines:
        texts = [json.loads(line)["text"] for number, line in enumerate(lines) if number % 30 == 0][:TEXTS]
    channels = list(Channel)
    return [
        judged(
            text, id=f"real:{number}", channel=channels[number % len(channels)], at=start + timedelta(hours=3 * number)
        )
        for number, text in enumerate(texts)
    ]


@pytest.fixture(scope="module")
def stores(real: list[Assessed], servers: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stores]:
    embedded = EmbeddedCorpus(tmp_path_factory.mktemp("parity") / "corpus.sqlite")
    cluster = fresh(servers.elasticsearch)
    elastic = ElasticCorpus(cluster)
    indexer = Indexer(cluster, threading.Event())
    for first in range(0, len(real), 500):
        batch = real[first : first + 500]
        assert embedded.put(batch) == indexer.index(batch).stored
    elastic.refresh()
    yield Stores(embedded, elastic)
    embedded.close()
    elastic.close()


def words(texts: list[str]) -> list[str]:
    """Words that stand in the texts, drawn by a seeded rule: one to eight characters, some in pairs."""
    chance = random.Random(61)
    drawn: list[str] = []
    while len(drawn) < QUERIES:
        text = chance.choice(texts)
        parts = []
        for _ in range(1 + (len(drawn) % 5 == 0)):
            length = 1 + len(drawn) % 8
            start = chance.randrange(max(1, len(text) - length))
            parts.append(text[start : start + length].strip())
        if all(any(character.isalnum() for character in part) for part in parts):
            drawn.append(" ".join(parts))
    return drawn


def found(store: Corpus, query: Query) -> set[str]:
    return {hit.assessed.mention.id for hit in every_hit(store, query)}


def test_the_same_queries_find_the_same_mentions_in_both_stores(stores: Stores, real: list[Assessed]) -> None:
    hits = 0
    for number, text in enumerate(words([assessed.mention.text for assessed in real])):
        channels = (Channel.WEIBO, Channel.HOTLINE) if number % 4 == 3 else ()
        query = Query(text, channels=channels, limit=1000)
        here = found(stores.embedded, query)
        assert found(stores.elastic, query) == here, number
        assert stores.elastic.facets(query) == stores.embedded.facets(query), number
        hits += len(here)
    assert hits > QUERIES
