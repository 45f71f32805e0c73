"""The quick reader: judges every mention at stream speed, by hashed n-grams and cues against one table of weights."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from classifiers import cues, rumours, signals
from classifiers.assessment import Assessment, Basis, Category, Evidence, Rumour, Severity, Signals
from classifiers.classifier import Text
from classifiers.evidence import Span, spot
from classifiers.features import Features, extract
from classifiers.table import CLAIM, SEVERITY, Weights, shipped
from classifiers.table import load as load_weights

NAME = "quick"
_BATCH = 256
_CATEGORIES = tuple(Category)
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
        probabilities = np.round(1.0 / (1.0 + np.exp(-odds[:, : len(_CATEGORIES)])), 6).tolist()
        flags = over[:, : len(_CATEGORIES)] >= 0
        doubtful = np.abs(over[:, : len(_CATEGORIES)]).min(axis=1) <= weights.band
        told = np.where((over[:, CLAIM:] >= 0).any(axis=1), over[:, CLAIM:].argmax(axis=1), -1)
        evidence = self._evidence(texts, features, flags, told, over / weights.slope)
        factors = _signals(texts, features, scores[:, SEVERITY])
        return [
            self._assessment(
                text,
                probabilities[i],
                flags[i],
                float(scores[i, SEVERITY]),
                int(told[i]),
                factors[i],
                evidence[i],
                bool(doubtful[i]),
            )
            for i, text in enumerate(texts)
        ]

    def _assessment(
        self,
        text: Text,
        probabilities: list[float],
        flags: NDArray[np.bool_],
        score: float,
        told: int,
        factors: Signals,
        evidence: tuple[Evidence, ...],
        doubtful: bool,
    ) -> Assessment:
        flagged = tuple(category for category, flag in zip(_CATEGORIES, flags.tolist(), strict=True) if flag)
        basis = _NO_BASIS
        if text.directed and Category.SUPERIOR_REQUEST not in flagged:
            flagged = (*flagged, Category.SUPERIOR_REQUEST)
        if Category.SUPERIOR_REQUEST in flagged:
            basis = {Category.SUPERIOR_REQUEST: Basis.DIRECTIVE if text.directed else Basis.TEXT}
        cuts = self._weights.cuts
        raised = round(signals.raised(score, factors, float(cuts[2])), 6)
        severity = Severity.from_rank(int(np.searchsorted(cuts, raised, side="right"))) if flagged else None
        return Assessment(
            categories=dict(zip(_CATEGORIES, probabilities, strict=True)),
            flagged=flagged,
            severity=severity,
            rumour=(Rumour.CLAIM, Rumour.REFUTED)[told] if told >= 0 else Rumour.NONE,
            signals=factors,
            evidence=evidence,
            reader=NAME,
            model_version=self.model_version,
            needs_review=doubtful,
            basis=basis,
            severity_score=raised,
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
        rows, outputs = (side.tolist() for side in np.nonzero(flags))
        for row in np.flatnonzero((told >= 0) & ~flags.any(axis=1)).tolist():
            rows.append(row)
            outputs.append(CLAIM + int(told[row]))
        found: list[list[Evidence]] = [[] for _ in texts]
        over = [float(surplus[row, output]) for row, output in zip(rows, outputs, strict=True)]
        for row, output, spans in zip(rows, outputs, spot(self._weights, features, rows, outputs, over), strict=True):
            category = _CATEGORIES[output] if output < len(_CATEGORIES) else None
            slope = float(self._weights.slope[output])
            found[row] += [_as_given(texts[row], features, row, span, slope, category) for span in spans]
        return [tuple(items) for items in found]


def load(path: Path | None = None) -> QuickReader:
    """Return the reader with the shipped weights, or with those of a file.

    Raises:
        WeightsError: the weights are missing or were learned for other features.
    """
    return QuickReader(load_weights(path or shipped()))


def _as_given(
    text: Text, features: Features, row: int, span: Span, slope: float, category: Category | None
) -> Evidence:
    """Return the evidence with offsets into the title or the text as given."""
    origins, title = features.batch.origins, features.batch.title_lengths[row]
    start, end = int(origins[span.start]), int(origins[span.end - 1]) + 1
    source, given = ("text", text.text) if start >= title else ("title", text.title)
    if start >= title:
        start, end = start - title, end - title
    return Evidence(source, given[start:end], start, end, round(span.weight * slope, 3), category)


def _signals(texts: Sequence[Text], features: Features, score: NDArray[np.float64]) -> list[Signals]:
    """The four factors of each text."""
    names = cues.names()
    column = {name: features.counts[:, names.index(name)].tolist() for name in ("red", "orange", "yellow_blue")}
    collective = features.counts[:, names.index("collective")].tolist()
    media = features.counts[:, names.index("official_source")].tolist()
    result = []
    for i, text in enumerate(texts):
        warning = 3 if column["red"][i] else 2 if column["orange"][i] else 1 if column["yellow_blue"][i] else 0
        result.append(
            Signals(
                nature=round(signals.nature(float(score[i])), 4),
                intensity=round(signals.intensity(features.casualties.get(i), warning, bool(collective[i])), 4),
                public_reaction=round(signals.public_reaction(text), 4),
                media_involvement=round(signals.media_involvement(text.channel, media[i]), 4),
            )
        )
    return result
