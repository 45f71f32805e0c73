"""The careful reader: a small encoder reads the text whole, and is heard together with the quick reader."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from msgspec import structs
from numpy.typing import NDArray
from tokenizers import Tokenizer

from classifiers import blend as blending
from classifiers import rumours, signals
from classifiers.assessment import Assessment, Basis, Category, Evidence, Rumour, Severity
from classifiers.blend import Blend, Said
from classifiers.classifier import Text
from classifiers.encoder import MODEL, RUMOUR, VOCABULARY, Encoder, EncoderError, Reading
from classifiers.highlights import MAX_SHARE, SHORT, highlights
from classifiers.models import quick as quick_reader
from classifiers.models.quick import QuickReader
from classifiers.normalise import Batch, read

NAME = "careful"
_CATEGORIES = tuple(Category)
_CLAIM = len(_CATEGORIES)
_NOTHING = -4.0  # the logit of a text that has nothing of a kind
_MARGIN = 5.0  # how far below its threshold (log odds) a judgement must be taken, as what words add is an estimate


class CarefulReader:
    """Slow and better: for what the quick reader flags or doubts. Each text is judged by itself."""

    name = NAME

    def __init__(self, quick: QuickReader, encoder: Encoder, blend: Blend) -> None:
        self.encoder = encoder
        self._quick, self._blend = quick, blend
        self.model_version = f"{blend.version}+{quick.model_version}"

    def assess(self, texts: Sequence[Text]) -> list[Assessment]:
        """Return one assessment for each text, in order."""
        if not texts:
            return []
        batch = read(texts)
        readings = self.encoder.read([batch.text(place) for place in range(len(batch))])
        said = self.heard(texts, readings)
        odds = np.round(self._blend.log_odds(said), 6)
        scores = self._blend.severity(said)
        before = self._quick.assess(texts)
        return [
            self._assessment(text, batch, place, readings[place], odds[place], float(scores[place]), before[place])
            for place, text in enumerate(texts)
        ]

    def heard(self, texts: Sequence[Text], readings: Sequence[Reading]) -> Said:
        """Return what both readers say, as the blend takes it."""
        return Said(
            np.array([reading.logits for reading in readings], float),
            self._quick.log_odds(texts),
            tuple(text.channel for text in texts),
        )

    def _assessment(
        self,
        text: Text,
        batch: Batch,
        place: int,
        reading: Reading,
        odds: NDArray[np.float64],
        score: float,
        quick: Assessment,
    ) -> Assessment:
        over = odds - self._blend.cut_odds
        flagged = tuple(category for category, by in zip(_CATEGORIES, over[:_CLAIM].tolist(), strict=True) if by >= 0)
        told = _CLAIM + int(over[_CLAIM:].argmax()) if (over[_CLAIM:] >= 0).any() else None
        explained = [_CATEGORIES.index(category) for category in flagged]
        if told is not None and not flagged:
            explained.append(told)
        found = self._explained(batch, place, reading, odds, explained, quick) if explained else []
        evidence = [_as_given(text, batch, place, *one) for one in found]
        if text.directed and Category.SUPERIOR_REQUEST not in flagged:
            flagged = (*flagged, Category.SUPERIOR_REQUEST)
        basis = {}
        if Category.SUPERIOR_REQUEST in flagged:
            basis = {Category.SUPERIOR_REQUEST: Basis.DIRECTIVE if text.directed else Basis.TEXT}
        factors = structs.replace(quick.signals, nature=round(signals.nature(score), 4))
        raised = round(signals.raised(score, factors, float(self._blend.cuts[2])), 6)
        tier = int(np.searchsorted(self._blend.cuts, raised, side="right"))
        return Assessment(
            categories=dict(zip(_CATEGORIES, np.round(1 / (1 + np.exp(-odds[:_CLAIM])), 6).tolist(), strict=True)),
            flagged=flagged,
            severity=Severity.from_rank(tier) if flagged else None,
            rumour=Rumour.NONE if told is None else (Rumour.CLAIM, Rumour.REFUTED)[told - _CLAIM],
            signals=factors,
            evidence=tuple(evidence),
            reader=NAME,
            model_version=self.model_version,
            needs_review=bool(np.abs(over[:_CLAIM]).min() <= self._blend.band),
            basis=basis,
            severity_score=raised,
            rumour_claim="" if told is None else rumours.claim(text.text),
        )

    def _explained(
        self,
        batch: Batch,
        place: int,
        reading: Reading,
        odds: NDArray[np.float64],
        outputs: Sequence[int],
        quick: Assessment,
    ) -> list[tuple[int, int, float, int]]:
        """First character, end, weight and output of the words behind the judgements, as offsets into the text as read.

        All judgements of a text share the room for words: together they never cover more than their share of it.
        """
        whole = batch.text(place)
        room = len(whole) if len(whole) < SHORT else int(len(whole) * MAX_SHARE)
        start = int(batch.starts[place])
        weights = _weights_of(quick, batch.origins[start : start + len(whole)], batch.title_lengths[place])
        taken = np.zeros(len(whole), bool)
        found: list[tuple[int, int, float, int]] = []
        for number, output in enumerate(outputs):
            charge = self._charge(reading, weights, output, len(whole))
            fair = int(taken.sum()) + (room - int(taken.sum())) // (len(outputs) - number)
            enough = float(odds[output] - self._blend.cut_odds[output]) + _MARGIN
            for first, last, weight in highlights(whole, charge, enough, fair - int(taken.sum())):
                taken[first:last] = True
                found.append((first, last, weight, output))
        return found

    def _charge(
        self, reading: Reading, weights: dict[int, NDArray[np.float64]], output: int, length: int
    ) -> NDArray[np.float64]:
        """Return what each character adds to one output, by both readers."""
        column = output if output < _CLAIM else RUMOUR.start + 1 + output - _CLAIM
        charge = reading.charges(column, length)
        # Every piece speaks of all others: what goes with a word is more than its own part. The parts say which words
        # count; that together they lift the text from what is said of none of this kind is how much.
        lifted = self._blend.careful[output] * max(float(reading.logits[column]) - _NOTHING, 0.0)
        charge *= lifted / max(float(np.maximum(charge, 0).sum()), 1e-9)
        if (by_quick := weights.get(min(output, _CLAIM))) is not None:
            charge += self._blend.quick[output] * by_quick
        return charge


def _weights_of(quick: Assessment, origins: NDArray[np.int64], title: int) -> dict[int, NDArray[np.float64]]:
    """Return what the quick reader's evidence puts on each character as read, by output; rumours share one."""
    result: dict[int, NDArray[np.float64]] = {}
    for item in quick.evidence:
        shift = 0 if item.source == "title" else title
        first, last = np.searchsorted(origins, (item.start + shift, item.end + shift)).tolist()
        output = _CLAIM if item.category is None else _CATEGORIES.index(item.category)
        if last > first:
            result.setdefault(output, np.zeros(len(origins)))[first:last] += item.weight / (last - first)
    return result


def _as_given(text: Text, batch: Batch, place: int, first: int, last: int, weight: float, output: int) -> Evidence:
    """Return the evidence with offsets into the title or the text as given."""
    origins, title = batch.origins[int(batch.starts[place]) :], batch.title_lengths[place]
    category = _CATEGORIES[output] if output < _CLAIM else None
    a, b = int(origins[first]), int(origins[last - 1]) + 1
    if a < title:
        b = min(b, title - 1)
        return Evidence("title", text.title[a:b], a, b, round(weight, 3), category)
    return Evidence("text", text.text[a - title : b - title], a - title, b - title, round(weight, 3), category)


def load(path: Path | None = None) -> CarefulReader:
    """Return the reader with the shipped weights, or with those of a folder.

    Raises:
        EncoderError: onnxruntime or the weights are missing.
        BlendError: the parameters of the blend are missing.
        WeightsError: the quick reader's are.
    """
    folder = path or blending.shipped(MODEL).parent
    vocabulary = folder / VOCABULARY
    if not vocabulary.exists():
        raise EncoderError(f"没有精读词表 {vocabulary}，一律以快读为准：恢复随程序发布的文件，或用 yuqing train 训练")
    encoder = Encoder(folder / MODEL, Tokenizer.from_file(str(vocabulary)))
    return CarefulReader(quick_reader.load(), encoder, blending.load(folder / blending.FILE))
