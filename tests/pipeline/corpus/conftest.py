"""Judged mentions for the tests of the corpus: invented people and places."""

import random
import threading
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from classifiers.assessment import Assessment, Category, Rumour, Severity, Signals
from connectors.mention import Channel, Engagement, Mention
from pipeline.corpus.elastic.corpus import ElasticCorpus
from pipeline.corpus.elastic.indexer import Indexer
from pipeline.corpus.embedded import EmbeddedCorpus
from pipeline.corpus.query import Stored
from pipeline.records import Assessed
from tests.pipeline.corpus.real import fresh

START = datetime(2026, 11, 20, tzinfo=UTC)
PIECES = (
    *"的一是在不了有和人这停水暖费查处电梯坏学校门口堵车白鹭镇青石县柳溪",
    *("后面", "干部", "2024", "12345", "A股", "GDP", "wifi6", "，", "。", "！", " ", "\n", "“", "😀", "𠮷", "々"),
)

Judged = Callable[..., Assessed]


@pytest.fixture(scope="session")
def judged() -> Judged:
    """Make a judged mention; what is not said is plain."""

    def make(
        text: str = "望泽区停水三天",
        *,
        id: str = "weibo:1",  # noqa: A002
        title: str = "",
        quoted: str = "",
        channel: Channel = Channel.WEIBO,
        at: datetime = START,
        region: str = "",
        flagged: tuple[Category, ...] = (),
        severity: Severity | None = None,
        reader: str = "quick",
        revision: int = 0,
        likes: int | None = None,
    ) -> Assessed:
        mention = Mention(
            id, channel, "weibo_search", text, at, START + timedelta(days=3), revision,
            title=title, quoted_text=quoted, region_text=region, engagement=Engagement(likes=likes),
        )  # fmt: skip
        assessment = Assessment({}, flagged, severity, Rumour.NONE, Signals(0, 0, 0, 0), (), reader, "test")
        return Assessed(mention, assessment)

    return make


@pytest.fixture(scope="session")
def invented(judged: Judged) -> list[Assessed]:
    """Two thousand invented mentions over ten days, on all channels; some share their second."""
    chance = random.Random(20261120)
    return [
        judged(
            "".join(chance.choices(PIECES, k=chance.randint(1, 60))),
            id=f"invented:{number}",
            title="".join(chance.choices(PIECES, k=chance.randint(0, 8))),
            channel=chance.choice(list(Channel)),
            at=START + timedelta(minutes=chance.randrange(14_400)),
            region=chance.choice(("", "云泽市望泽区", "青石县白鹭镇")),
            flagged=tuple(category for category in Category if chance.random() < 0.1),
            severity=chance.choice((None, *Severity)),
        )
        for number in range(2000)
    ]


class OnElasticsearch(ElasticCorpus):
    """The corpus on a real server, filled by the indexer; what was put is found at once."""

    def __init__(self, url: str) -> None:
        cluster = fresh(url)
        self._indexer = Indexer(cluster, threading.Event())
        super().__init__(cluster)

    def put(self, batch: Sequence[Assessed]) -> Stored:
        outcome = self._indexer.index(batch)
        assert not outcome.failed
        self.refresh()
        return outcome.stored


@pytest.fixture(scope="module", params=["embedded", pytest.param("elasticsearch", marks=pytest.mark.servers)])
def new_store(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Any]:
    """Make an empty corpus of either kind; of the one on the server there is one at a time."""
    if request.param == "embedded":
        return lambda: EmbeddedCorpus(tmp_path_factory.mktemp("corpus") / "corpus.sqlite")
    address = request.getfixturevalue("servers").elasticsearch
    return lambda: OnElasticsearch(address)
