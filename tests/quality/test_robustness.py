"""A text in disguise, or cut as platforms cut it, is judged as the text: on real texts that were not trained on."""

import gzip
import json
import os
import random
from collections.abc import Callable
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
from msgspec import structs

from classifiers.classifier import Text
from classifiers.evasions import _lines
from classifiers.models import quick
from classifiers.segmenter import segmenter
from classifiers.training.labelled import CHANNEL_OF_KIND
from classifiers.training.seen import hashed, record

SHARED = os.environ.get("YUQING_SHARED")
ALIKE = 0.95  # of the texts must keep their flags, and every score within 0.1
SOUNDS = {word: said for word, *said in (line.split() for line in _lines("pinyin.txt"))}
CHANCE = random.Random(61)

pytestmark = [
    pytest.mark.material,
    pytest.mark.skipif(not SHARED, reason="YUQING_SHARED 未设置：没有语料"),
]


def _words(change: Callable[[str], str], most: int = 1_000) -> Callable[[str], str]:
    """A disguise of at most so many words of the domain, picked by chance."""

    def disguise(text: str) -> str:
        words = segmenter().cut(text)
        known = [place for place, word in enumerate(words) if word in SOUNDS]
        for place in CHANCE.sample(known, min(most, len(known))):
            words[place] = change(words[place])
        return "".join(words)

    return disguise


def _in_pinyin(word: str) -> str:
    place = CHANCE.randrange(len(word))
    return word[:place] + SOUNDS[word][place] + word[place + 1 :]


def _strewn(sign: str, share: float) -> Callable[[str], str]:
    return lambda text: "".join(c + CHANCE.choice(sign) * (CHANCE.random() < share) for c in text)


def _traditional(text: str) -> str:
    old, new = _lines("simplified.txt")[:2]
    return text.translate({ord(simple): traditional for traditional, simple in zip(old, new, strict=True)})


DISGUISES: dict[str, Callable[[str], str]] = {
    "full width": lambda text: "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in text),
    "traditional": _traditional,
    "zero width": _strewn("\u200b\u200d\ufeff", 0.3),
    "emoji": _strewn("\U0001f62d\U0001f621\U0001f64f\u2764", 0.1),
    "blanks": _words(" ".join),
    "dots": _words(".".join),
    "stars": _words("*".join),
    "one word in pinyin": _words(_in_pinyin, 1),
    "three words in pinyin": _words(_in_pinyin, 3),
    "cut at 140": lambda text: text if len(text) <= 140 else text[:140] + "...全文",
}


@pytest.fixture(scope="module")
def stream() -> list[Text]:
    with gzip.open(Path(SHARED or "") / "data" / "corpus.jsonl.gz", "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in islice(lines, 11, None, 90)]
    found = [Text(text=row["text"], channel=CHANNEL_OF_KIND.get(row["source_kind"], "")) for row in rows]
    known = set(record("quick")[1].tolist())
    return [text for text, mark in zip(found, hashed(found), strict=True) if mark not in known]


@pytest.mark.parametrize("name", DISGUISES)
def test_a_disguise_changes_neither_verdict_nor_score(stream: list[Text], name: str) -> None:
    reader = quick.load()
    plain = reader.assess(stream)
    other = reader.assess([structs.replace(text, text=DISGUISES[name](text.text)) for text in stream])
    scores = [np.array([list(answer.categories.values()) for answer in answers]) for answers in (plain, other)]
    near = np.abs(scores[0] - scores[1]).max(axis=1) <= 0.1
    same = np.array([one.flagged == two.flagged for one, two in zip(plain, other, strict=True)])
    print(f"{name}: {(near & same).mean():.3f} of {len(stream)}")
    assert len(stream) > 500
    assert (near & same).mean() >= ALIKE
