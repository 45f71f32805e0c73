"""The figures of a reader against the labels, each defined once."""

from collections.abc import Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

from classifiers.assessment import Assessment
from classifiers.training.labelled import CATEGORIES, RUMOURS, Truth


class Verdicts(msgspec.Struct, frozen=True):
    """A reader's judgements as arrays: probabilities and flags (n, 5), severity (n,) -1 to 3, rumour (n,) 0 to 2."""

    probabilities: NDArray[np.float64]
    flags: NDArray[np.bool_]
    severity: NDArray[np.int64]
    rumour: NDArray[np.int64]

    @property
    def flagged(self) -> NDArray[np.bool_]:
        """Which texts fall under any category."""
        return np.asarray(self.flags.any(axis=1))

    def take(self, rows: NDArray[np.int64]) -> "Verdicts":
        """The judgements on some rows."""
        return Verdicts(self.probabilities[rows], self.flags[rows], self.severity[rows], self.rumour[rows])


class Figures(msgspec.Struct, frozen=True):
    """What a reader reaches; None where the texts hold no case to measure on."""

    texts: int
    flagged: int
    macro_f1: float | None
    category_f1: dict[str, float | None]
    category_precision: dict[str, float | None]
    category_recall: dict[str, float | None]
    mean_average_precision: float | None
    flag_f1: float | None
    severity_kappa: float | None
    top_tier_recall: float | None
    rumour_f1: float | None
    refuted_f1: float | None
    claim_f1: float | None
    calibration_error: float


def verdicts(assessments: Sequence[Assessment]) -> Verdicts:
    """Return the judgements as arrays."""
    return Verdicts(
        np.array([[a.categories.get(c, 0.0) for c in CATEGORIES] for a in assessments], float).reshape(-1, 5),
        np.array([[c in a.flagged for c in CATEGORIES] for a in assessments], bool).reshape(-1, 5),
        np.array([-1 if a.severity is None else a.severity.rank for a in assessments], np.int64),
        np.array([RUMOURS.index(a.rumour) for a in assessments], np.int64),
    )


def figures(true: Truth, judged: Verdicts) -> Figures:
    """Return all figures of ``judged`` against ``true``."""
    names = [category.value for category in CATEGORIES]
    scores = [f1(true.flags[:, i], judged.flags[:, i]) for i in range(len(names))]
    known = [score for score in scores if score is not None]
    ranks = [average_precision(true.flags[:, i], judged.probabilities[:, i]) for i in range(len(names))]
    ranked = [score for score in ranks if score is not None]
    return Figures(
        texts=len(true.severity),
        flagged=int(true.flagged.sum()),
        macro_f1=_mean(known),
        category_f1=dict(zip(names, scores, strict=True)),
        category_precision={n: precision(true.flags[:, i], judged.flags[:, i]) for i, n in enumerate(names)},
        category_recall={n: recall(true.flags[:, i], judged.flags[:, i]) for i, n in enumerate(names)},
        mean_average_precision=_mean(ranked),
        flag_f1=f1(true.flagged, judged.flagged),
        severity_kappa=severity_kappa(true, judged),
        top_tier_recall=top_tier_recall(true, judged),
        rumour_f1=f1(np.isin(true.rumour, (1, 2)), np.isin(judged.rumour, (1, 2))),
        refuted_f1=f1(true.rumour == RUMOURS.index("refuted"), judged.rumour == RUMOURS.index("refuted")),
        claim_f1=f1(true.rumour == RUMOURS.index("claim"), judged.rumour == RUMOURS.index("claim")),
        calibration_error=float(
            np.mean([calibration_error(true.flags[:, i], judged.probabilities[:, i]) for i in range(len(names))])
        ),
    )


def f1(true: NDArray[np.bool_], judged: NDArray[np.bool_]) -> float | None:
    """F1 of one class; None where it neither occurs nor is judged to."""
    both, either = int((true & judged).sum()), int(true.sum() + judged.sum())
    return 2 * both / either if either else None


def precision(true: NDArray[np.bool_], judged: NDArray[np.bool_]) -> float | None:
    """Share of the judged that is true; None where nothing is judged."""
    return float((true & judged).sum() / judged.sum()) if judged.any() else None


def recall(true: NDArray[np.bool_], judged: NDArray[np.bool_]) -> float | None:
    """Share of the true that is judged; None where nothing is true."""
    return float((true & judged).sum() / true.sum()) if true.any() else None


def average_precision(true: NDArray[np.bool_], score: NDArray[np.float64]) -> float | None:
    """Average precision of a ranking, equal scores taken together; None where nothing is true."""
    if not true.any():
        return None
    order = np.argsort(-score, kind="stable")
    hit = true[order]
    last_of_equals = np.append(np.diff(score[order]) != 0, True)
    found = np.cumsum(hit)[last_of_equals]
    at = np.flatnonzero(last_of_equals) + 1
    gained = np.diff(found, prepend=0)
    return float((gained * found / at).sum() / true.sum())


def severity_kappa(true: Truth, judged: Verdicts) -> float | None:
    """Quadratic kappa of the tier over texts that the labels flag; a text left unflagged counts as the lowest tier."""
    rows = true.severity >= 0
    if not rows.any():
        return None
    return quadratic_kappa(true.severity[rows], np.maximum(judged.severity[rows], 0), 4)


def quadratic_kappa(left: NDArray[np.int64], right: NDArray[np.int64], levels: int) -> float:
    """Cohen's kappa with quadratic weights (Cohen 1968); 1 where both are constant and equal."""
    table = np.zeros((levels, levels))
    np.add.at(table, (left, right), 1)
    steps = np.arange(levels)
    weight = (steps[:, None] - steps[None, :]) ** 2
    expected = np.outer(table.sum(axis=1), table.sum(axis=0)) / table.sum()
    chance = float((weight * expected).sum())
    return 1.0 - float((weight * table).sum()) / chance if chance else 1.0


def top_tier_recall(true: Truth, judged: Verdicts) -> float | None:
    """Share of the texts of 重大突发事态 that are judged at least 复杂敏感."""
    rows = true.severity == 3
    return float((judged.severity[rows] >= 2).mean()) if rows.any() else None


def calibration_error(true: NDArray[np.bool_], probability: NDArray[np.float64], bins: int = 15) -> float:
    """Expected calibration error with bins of equal width (Naeini 2015)."""
    place = np.minimum((probability * bins).astype(np.int64), bins - 1)
    count = np.bincount(place, minlength=bins)
    hit = np.bincount(place, weights=true, minlength=bins)
    said = np.bincount(place, weights=probability, minlength=bins)
    return float(np.abs(hit - said).sum() / max(1, count.sum()))


def _mean(values: Sequence[float]) -> float | None:
    return float(np.mean(values)) if values else None
