"""Whether the words shown are the words that decided: a judgement must fall without them, and not without others.

Erasure as in ERASER (DeYoung 2020): the highlights are deleted and the text is judged anew; then as many characters
drawn at random are deleted instead.
"""

import random
from collections.abc import Sequence

import msgspec
from msgspec import structs

from classifiers.assessment import Assessment
from classifiers.classifier import Reader, Text

SHORTEST = 40  # characters: in a shorter text the words that decide may be most of it
MOST_SHARE = 0.30


class Faithfulness(msgspec.Struct, frozen=True):
    """Over flagged texts of ``SHORTEST`` characters and more: the highlights' share and what erasing does."""

    texts: int
    share: float  # of the characters, on average
    too_much: float  # share of the texts of which the highlights cover more than ``MOST_SHARE``
    fallen: float  # share of the texts of which every category that was flagged falls without the highlights
    fallen_at_random: float  # the same without as many characters drawn at random


def faithfulness(
    reader: Reader, texts: Sequence[Text], judged: Sequence[Assessment], most: int = 1000, seed: int = 61
) -> Faithfulness | None:
    """Return how faithful the evidence of ``judged`` is, on at most so many flagged texts; None where there are none.

    Texts of the directive inlet are left out: no word of theirs decides.
    """
    chooser = random.Random(seed)
    flagged = [
        (text, answer)
        for text, answer in zip(texts, judged, strict=True)
        if answer.flagged and not text.directed and len(text.text) >= SHORTEST
    ]
    if not flagged:
        return None
    sample = chooser.sample(flagged, min(most, len(flagged)))
    erased, blind, shares = [], [], []
    for text, answer in sample:
        shown = {(e.source, place) for e in answer.evidence for place in range(e.start, e.end)}
        places = [("title", place) for place in range(len(text.title))]
        places += [("text", place) for place in range(len(text.text))]
        shown &= set(places)  # a rule may point elsewhere
        erased.append(_without(text, shown))
        blind.append(_without(text, set(chooser.sample(places, len(shown)))))
        shares.append(len(shown) / len(places))
    return Faithfulness(
        texts=len(sample),
        share=sum(shares) / len(sample),
        too_much=sum(share > MOST_SHARE for share in shares) / len(sample),
        fallen=_fallen(sample, reader.assess(erased)),
        fallen_at_random=_fallen(sample, reader.assess(blind)),
    )


def _without(text: Text, gone: set[tuple[str, int]]) -> Text:
    """The text without some characters of title and text."""
    title = "".join(c for place, c in enumerate(text.title) if ("title", place) not in gone)
    rest = "".join(c for place, c in enumerate(text.text) if ("text", place) not in gone)
    return structs.replace(text, title=title, text=rest)


def _fallen(before: Sequence[tuple[Text, Assessment]], after: Sequence[Assessment]) -> float:
    fallen = [set(old.flagged).isdisjoint(new.flagged) for (_, old), new in zip(before, after, strict=True)]
    return sum(fallen) / len(fallen)
