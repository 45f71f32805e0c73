"""Judged mentions for the tests of the corpus: invented people and places."""

import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from classifiers.assessment import Assessment, Category, Rumour, Severity, Signals
from connectors.mention import Channel, Engagement, Mention
from pipeline.records import Assessed

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
