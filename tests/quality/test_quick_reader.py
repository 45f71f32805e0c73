"""The shipped quick reader judged anew on real texts: it fits the features of today, and its evidence is faithful.

The weights are learned from all labelled texts, so figures on texts not trained on are those of its folds
(``test_floors``); here the same floors catch weights that no longer fit what the program computes.
"""

import gzip
import json
import os
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from classifiers.classifier import Text
from classifiers.models import quick
from classifiers.models.quick import QuickReader
from classifiers.training.faithfulness import faithfulness
from classifiers.training.labelled import CHANNEL_OF_KIND, load, texts, truth
from classifiers.training.metrics import figures, verdicts
from classifiers.training.seen import hashed, record

FLOORS: dict[str, Any] = json.loads((Path(__file__).parent / "floors.json").read_text(encoding="utf-8"))["quick"]
SHARED = os.environ.get("YUQING_SHARED")

pytestmark = [
    pytest.mark.material,
    pytest.mark.skipif(not SHARED, reason="YUQING_SHARED 未设置：没有语料"),
]


@pytest.fixture(scope="module")
def reader() -> QuickReader:
    return quick.load()


@pytest.fixture(scope="module")
def stream() -> list[Text]:
    """Texts of the corpus that the reader was not trained on, by the thousand from its whole length."""
    found = []
    with gzip.open(Path(SHARED or "") / "data" / "corpus.jsonl.gz", "rt", encoding="utf-8") as lines:
        for line in islice(lines, 0, None, 40):
            row = json.loads(line)
            found.append(Text(text=row["text"], channel=CHANNEL_OF_KIND.get(row["source_kind"], "")))
    known = set(record("quick")[1].tolist())
    return [text for text, mark in zip(found, hashed(found), strict=True) if mark not in known]


def test_the_shipped_weights_still_judge_labelled_texts_as_their_floors_say(reader: QuickReader) -> None:
    rows = load(Path(SHARED or "") / "data" / "labelled.jsonl")[::6]
    reached = figures(truth(rows), verdicts(reader.assess(texts(rows))))
    below = {name: getattr(reached, name) for name, floor in FLOORS["anew"].items() if getattr(reached, name) < floor}
    assert not below
    assert reached.calibration_error <= 0.05


def test_judgements_fall_without_their_highlights_and_stand_without_others(
    reader: QuickReader, stream: list[Text]
) -> None:
    answers = reader.assess(stream)
    found = faithfulness(reader, stream, answers)
    print(found)
    assert found is not None
    assert found.texts >= 300
    floors = FLOORS["evidence"]
    assert found.too_much <= floors["too_much"]
    assert found.fallen >= floors["fallen"]
    assert found.fallen_at_random <= floors["fallen_at_random"]
    assert np.mean([bool(answer.evidence) for answer in answers if answer.flagged]) == 1.0
