"""The quick reader: judges every mention at stream speed, by hashed n-grams and cues against one table of weights."""

from collections.abc import Sequence
from itertools import compress
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from classifiers import cues, rumours, signals
from classifiers.assessment import Assessment, Basis, Category, Evidence, Rumour, Severity, Signals
from classifiers.classifier import Text
from classifiers.evidence import Judgements, spot
from classifiers.features import Features, extract
from classifiers.table import CLAIM, SEVERITY, Weights, shipped
from classifiers.table import load as load_weights

NAME = "quick"
_BATCH = 512
_CATEGORIES = tuple(Category)
_TIERS = tuple(Severity)
_NO_BASIS: dict[Category, Basis] = {}


class QuickReader:
    """Linear outputs, calibrated; the same texts give the same judgements whatever they are batched with."""

    name = NAME

    def __init__(self, weights: Weights) -> None:
        self._weights = weights
        self.model_version = weights.version

    def assess(self, texts: Sequence[Text]) -> list[Assessment]:
        """Return one assessment for each text, in order."""
        result: list[Assessment] = []
        for start in range(0, len(texts), _BATCH):
            result += self._batch(texts[start : start + _BATCH])
        return result

    def log_odds(self, texts: Sequence[Text]) -> NDArray[np.float64]:
        """Return calibrated log odds of the categories, of claim and of refuted, and the severity score: (n, 8)."""
        scores = self._weights.scores(extract(texts))
        return np.concatenate([self._weights.log_odds(scores), scores[:, SEVERITY:]], axis=1)

    def _batch(self, texts: Sequence[Text]) -> list[Assessment]:
        weights = self._weights
        features = extract(texts)
        scores = weights.scores(features)
        odds = weights.log_odds(scores)
        over = odds - weights.cut_odds
        flags = over[:, : len(_CATEGORIES)] >= 0
        told = np.where((over[:, CLAIM:] >= 0).any(axis=1), over[:, CLAIM:].argmax(axis=1), -1)
        factors = _signals(texts, features, scores[:, SEVERITY])
        top = float(weights.cuts[2])
        raised = [
            round(signals.raised(score, factor, top), 6)
            for score, factor in zip(scores[:, SEVERITY].tolist(), factors, strict=True)
        ]
        return [
            self._assessment(*one)
            for one in zip(
                texts,
                np.round(1.0 / (1.0 + np.exp(-odds[:, : len(_CATEGORIES)])), 6).tolist(),
                flags.tolist(),
                told.tolist(),
                factors,
                self._evidence(texts, features, flags, told, over / weights.slope),
                (np.abs(over[:, : len(_CATEGORIES)]).min(axis=1) <= weights.band).tolist(),
                raised,
                np.searchsorted(weights.cuts, raised, side="right").tolist(),
                strict=True,
            )
        ]

    def _assessment(
        self,
        text: Text,
        probabilities: list[float],
        flags: list[bool],
        told: int,
        factors: Signals,
        evidence: tuple[Evidence, ...],
        doubtful: bool,
        score: float,
        tier: int,
    ) -> Assessment:
        flagged = tuple(compress(_CATEGORIES, flags))
        basis = _NO_BASIS
        if text.directed and Category.SUPERIOR_REQUEST not in flagged:
            flagged = (*flagged, Category.SUPERIOR_REQUEST)
        if Category.SUPERIOR_REQUEST in flagged:
            basis = {Category.SUPERIOR_REQUEST: Basis.DIRECTIVE if text.directed else Basis.TEXT}
        return Assessment(
            categories=dict(zip(_CATEGORIES, probabilities, strict=True)),
            flagged=flagged,
            severity=_TIERS[tier] if flagged else None,
            rumour=(Rumour.CLAIM, Rumour.REFUTED)[told] if told >= 0 else Rumour.NONE,
            signals=factors,
            evidence=evidence,
            reader=NAME,
            model_version=self.model_version,
            needs_review=doubtful,
            basis=basis,
            severity_score=score,
            rumour_claim=rumours.claim(text.text) if told >= 0 else "",
        )

    def _evidence(
        self,
        texts: Sequence[Text],
        features: Features,
        flags: NDArray[np.bool_],
        told: NDArray[np.int64],
        surplus: NDArray[np.float64],
    ) -> list[tuple[Evidence, ...]]:
        """The words behind every flag, and behind a rumour that stands alone."""
        explained = np.zeros((len(texts), CLAIM + 2), bool)
        explained[:, : len(_CATEGORIES)] = flags
        alone = np.flatnonzero((told >= 0) & ~flags.any(axis=1))
        explained[alone, CLAIM + told[alone]] = True
        row, output = np.nonzero(explained)
        spans = spot(self._weights, features, Judgements(row, output, surplus[row, output]))
        row, output = row[spans.judgement], output[spans.judgement]
        weight = np.round(spans.weight * self._weights.slope[output], 3)
        start = features.batch.origins[spans.start]
        end = features.batch.origins[spans.end - 1] + 1
        found: list[list[Evidence]] = [[] for _ in texts]
        for i, *span in zip(row.tolist(), output.tolist(), start.tolist(), end.tolist(), weight.tolist(), strict=True):
            found[i].append(_as_given(texts[i], features.batch.title_lengths[i], *span))
        return [tuple(items) for items in found]


def load(path: Path | None = None) -> QuickReader:
    """Return the reader with the shipped weights, or with those of a file.

    Raises:
        WeightsError: the weights are missing or were learned for other features.
    """
    return QuickReader(load_weights(path or shipped()))


def _as_given(text: Text, title: int, output: int, start: int, end: int, weight: float) -> Evidence:
    """Return the evidence with offsets into the title or the text as given; ``title`` is its length with its break."""
    category = _CATEGORIES[output] if output < len(_CATEGORIES) else None
    if start < title:
        return Evidence("title", text.title[start:end], start, end, weight, category)
    return Evidence("text", text.text[start - title : end - title], start - title, end - title, weight, category)


def _signals(texts: Sequence[Text], features: Features, scores: NDArray[np.float64]) -> list[Signals]:
    """The four factors of each text."""
    red, orange, other, collective, media = (
        features.counts[:, cues.names().index(name)]
        for name in ("red", "orange", "yellow_blue", "collective", "official_source")
    )
    warnings = np.select([red > 0, orange > 0, other > 0], [3, 2, 1], 0)
    return signals.signals(texts, scores, features.casualties, warnings, collective > 0, media)
