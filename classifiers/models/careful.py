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
from classifiers.highlights import highlights
from classifiers.models import quick as quick_reader
from classifiers.models.quick import QuickReader
from classifiers.normalise import Batch, read

NAME = "careful"
_CATEGORIES = tuple(Category)
_CLAIM = len(_CATEGORIES)
_MARGIN = 1.5  # how far below its threshold (log odds) a judgement must be taken, as what words add is an estimate


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
        evidence = [
            found
            for output in explained
            for found in self._evidence(text, batch, place, reading, output, float(over[output]), quick)
        ]
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

    def _evidence(
        self, text: Text, batch: Batch, place: int, reading: Reading, output: int, over: float, quick: Assessment
    ) -> list[Evidence]:
        """The words behind one judgement, by both readers, as offsets into the title or the text as given."""
        start, end = int(batch.starts[place]), int(batch.starts[place + 1]) - 1
        origins, title = batch.origins[start:end], batch.title_lengths[place]
        category = _CATEGORIES[output] if output < _CLAIM else None
        column = output if output < _CLAIM else RUMOUR.start + 1 + output - _CLAIM
        charge = self._blend.careful[output] * reading.charges(column, end - start)
        for item in quick.evidence:
            if item.category is category:
                shift = 0 if item.source == "title" else title
                first, last = np.searchsorted(origins, (item.start + shift, item.end + shift)).tolist()
                if last > first:
                    charge[first:last] += self._blend.quick[output] * item.weight / (last - first)
        found: list[Evidence] = []
        for first, last, weight in highlights(batch.text(place), charge, over + _MARGIN):
            a, b = int(origins[first]), int(origins[last - 1]) + 1
            source, given, shift = ("title", text.title, 0) if a < title else ("text", text.text, title)
            a, b = a - shift, min(b, title - 1 if source == "title" else b) - shift
            found.append(Evidence(source, given[a:b], a, b, round(weight, 3), category))
        return found


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
