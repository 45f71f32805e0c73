"""The four factors: each from what is known, and never less for more engagement, media, harm or warning."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from classifiers import signals
from classifiers.assessment import Signals
from classifiers.classifier import Text
from classifiers.cues import Casualties
from classifiers.models import quick

COUNTS = st.one_of(st.none(), st.integers(0, 10_000_000))
FACTOR = st.floats(0, 1)
GRAVE = "柳溪县一养老院被曝护工殴打老人，家属报警，镇政府已派人介入调查"


def factors(text: Text, told: Casualties, warning: int, named: int) -> Signals:
    one = np.array([warning])
    return signals.signals([text], np.array([1.0]), {0: told}, one, one > 5, np.array([named]))[0]


@given(COUNTS, COUNTS, COUNTS, st.integers(1, 1_000_000))
def test_more_deeds_never_lower_the_reaction(
    reposts: int | None, likes: int | None, reads: int | None, more: int
) -> None:
    text = Text(text="", reposts=reposts, likes=likes, reads=reads)
    calm = factors(text, Casualties(), 0, 0)
    for name in ("reposts", "comments", "likes", "reads"):
        louder = structs.replace(text, **{name: (getattr(text, name) or 0) + more})
        assert factors(louder, Casualties(), 0, 0).public_reaction >= calm.public_reaction


@given(st.integers(0, 50), st.integers(0, 50), st.integers(0, 3), st.integers(0, 9))
def test_more_harm_a_graver_warning_and_more_media_never_lower_a_factor(
    dead: int, hurt: int, warning: int, named: int
) -> None:
    less = factors(Text(text=""), Casualties(dead=dead, hurt=hurt), warning, named)
    more = factors(
        Text(text="", channel="newspaper"), Casualties(dead + 1, hurt + 1, 1), min(warning + 1, 3), named + 1
    )
    assert more.intensity >= less.intensity
    assert more.media_involvement >= less.media_involvement


@given(st.floats(-1, 4), FACTOR, FACTOR, FACTOR)
def test_reaction_and_media_raise_the_score_but_never_to_the_top_tier(
    score: float, reaction: float, media: float, more: float
) -> None:
    highest = 2.5
    before = signals.raised(score, Signals(public_reaction=reaction, media_involvement=media), highest)
    louder = Signals(public_reaction=max(reaction, more), media_involvement=media)
    after = signals.raised(score, louder, highest)
    assert score <= before <= after
    assert (after >= highest) == (score >= highest)


@pytest.mark.parametrize("channel", ["website", "wechat", "newspaper"])
def test_a_matter_that_people_and_media_take_up_is_not_judged_lower(channel: str) -> None:
    reader = quick.load()
    ladder = [Text(text=GRAVE, channel=channel, reposts=n, comments=n, reads=n * 99) for n in (0, 99, 20_000, 900_000)]
    ranks = [-1 if answer.severity is None else answer.severity.rank for answer in reader.assess(ladder)]
    assert ranks == sorted(ranks)
    assert ranks[0] >= 0
