"""From labelled texts to a fitted network: vocabulary, split, targets, fitting, all resumable from one folder."""

from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec
import numpy as np
import torch
from numpy.typing import NDArray
from tokenizers import Tokenizer

from classifiers.blend import shipped
from classifiers.classifier import Text
from classifiers.encoder import CATEGORY, RUMOUR, TIER, VOCABULARY, WIDTH
from classifiers.normalise import read
from classifiers.pieces import WINDOW, windows
from classifiers.training.encoder import base
from classifiers.training.encoder.fitting import Plan, fit
from classifiers.training.encoder.network import Network, build
from classifiers.training.encoder.vocabulary import Vocabulary, cut
from classifiers.training.folds import held_out
from classifiers.training.labelled import CATEGORIES, RUMOURS, Judgement, Labelled, texts
from classifiers.training.outcome import Say

_SECOND = 0.35  # how much a second reader's differing judgement weighs beside the label
_BATCH = 1024


class Fitted(msgspec.Struct, frozen=True):
    """The network as fitted, and the vocabulary that it reads by."""

    network: Network
    tokenizer: str


def fitted(rows: Sequence[Labelled], folder: Path, plan: Plan, say: Say) -> Fitted:
    """Train on what is not held out; what an interrupted run left in ``folder`` is taken up."""
    torch.set_num_threads(1)  # the folder's epochs are the same whatever the machine
    vocabulary = _vocabulary(rows, folder, say)
    torch.manual_seed(plan.seed)  # the head begins with chance
    network = build(base.load(), vocabulary.kept, WINDOW)
    split = held_out(rows)
    say(f"{len(rows)} 条标注，训练 {len(split.train)} 条，留出 {len(split.tested)} 条；词表 {len(vocabulary.kept)} 项")
    learned = [rows[i] for i in split.train.tolist()]
    cut = windows(Tokenizer.from_str(vocabulary.tokenizer), list(as_read(texts(learned))))
    fit(network, [first.ids for first, *_ in cut], targets(learned), plan, folder, say)
    return Fitted(network, vocabulary.tokenizer)


def as_read(given: Sequence[Text]) -> Iterable[str]:
    """Yield each text as readers see it."""
    for start in range(0, len(given), _BATCH):
        batch = read(given[start : start + _BATCH])
        yield from (batch.text(place) for place in range(len(batch)))


def targets(rows: Sequence[Labelled]) -> NDArray[np.float32]:
    """Return (n, 12) between 0 and 1: the labels, mixed with a second reader's judgement where there is one."""
    result = np.zeros((len(rows), WIDTH), np.float32)
    for place, row in enumerate(rows):
        result[place] = _target(Judgement(row.categories, row.severity, row.rumour))
        if row.second_reading is not None:
            result[place] += _SECOND * (_target(row.second_reading) - result[place])
    return result


def _target(judgement: Judgement) -> NDArray[np.float32]:
    result = np.zeros(WIDTH, np.float32)
    result[CATEGORY] = [category in judgement.categories for category in CATEGORIES]
    if judgement.severity is not None:
        result[TIER] = np.arange(4) <= judgement.severity.rank
    result[RUMOUR] = [kind is judgement.rumour for kind in RUMOURS]
    return result


def _vocabulary(rows: Sequence[Labelled], folder: Path, say: Say) -> Vocabulary:
    """Cut the vocabulary to what the texts use and what the shipped one has, or take the one that ``folder`` holds."""
    path = folder / "vocabulary.json"
    if path.exists():
        return msgspec.json.decode(path.read_bytes(), type=Vocabulary)
    say("裁剪词表 ……")
    vocabulary = cut(base.tokenizer_file(), as_read(texts(rows)), shipped(VOCABULARY))
    folder.mkdir(parents=True, exist_ok=True)
    path.write_bytes(msgspec.json.encode(vocabulary))
    return vocabulary
