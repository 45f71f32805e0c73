"""The careful reader keeps its floors on texts that neither reader was trained on, and beats the quick one there."""

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tokenizers import Tokenizer

from classifiers.blend import shipped
from classifiers.encoder import MODEL, VOCABULARY, Encoder
from classifiers.normalise import read
from classifiers.readers import unavailable
from classifiers.training.labelled import load, texts, truth
from classifiers.training.metrics import average_precision
from classifiers.training.seen import hashes, record

FLOORS: dict[str, Any] = json.loads((Path(__file__).parent / "floors.json").read_text(encoding="utf-8"))["careful"]
SHARED = os.environ.get("YUQING_SHARED")
SAMPLE = 240

pytestmark = pytest.mark.skipif(bool(unavailable()), reason=unavailable() or "精读模型齐全")


def test_the_shipped_careful_reader_kept_its_floors_when_it_was_trained() -> None:
    held_out, seen = record("careful")
    assert len(seen) > 15_000
    for column, floors in FLOORS.items():
        if "·" not in column:
            continue
        below = {k: (held_out[column][k], floor) for k, floor in floors.items() if held_out[column][k] < floor}
        assert not below
        assert held_out[column]["calibration_error"] <= FLOORS["calibration_error"]


def test_the_two_readers_together_beat_the_quick_one_alone_on_unseen_texts() -> None:
    held_out, _ = record("careful")
    for texts_of in ("分月留出", "最新月份"):
        quick, both = held_out[f"快读·{texts_of}"], held_out[f"合判·{texts_of}"]
        for figure in ("macro_f1", "mean_average_precision", "flag_f1", "severity_kappa", "rumour_f1"):
            assert both[figure] > quick[figure], figure


@pytest.mark.material
@pytest.mark.slow
@pytest.mark.skipif(SHARED is None, reason="需要标注文本：设置 YUQING_SHARED")
def test_the_shipped_encoder_ranks_unseen_texts_as_well_as_its_record_says() -> None:
    rows = load(Path(SHARED or "") / "data" / "labelled.jsonl")
    unseen = np.flatnonzero(~np.isin(hashes(rows), record("careful")[1]))
    sample = [rows[i] for i in unseen[:: len(unseen) // SAMPLE].tolist()]
    folder = shipped(MODEL).parent
    encoder = Encoder(folder / MODEL, Tokenizer.from_file(str(folder / VOCABULARY)))
    batch = read(texts(sample))
    logits = np.array([reading.logits for reading in encoder.read([batch.text(i) for i in range(len(batch))])])
    true = truth(sample)
    flag = average_precision(true.flagged, logits[:, :5].max(axis=1).astype(float))
    each = [average_precision(true.flags[:, i], logits[:, i].astype(float)) for i in range(5)]
    mean = float(np.mean([score for score in each if score is not None]))
    print(f"flag {flag}, mean {mean}")
    assert flag is not None
    assert flag >= FLOORS["judged_again"]["flag_average_precision"]
    assert mean >= FLOORS["judged_again"]["mean_average_precision"]
