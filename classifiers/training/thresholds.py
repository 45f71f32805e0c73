"""Cuts on scores, chosen on texts that no score was learned from."""

import numpy as np
from numpy.typing import NDArray


def best_f1(true: NDArray[np.bool_], score: NDArray[np.float64], weight: NDArray[np.float64] | None = None) -> float:
    """Return the threshold (score ≥ it is flagged) with the best F1, smoothed over its neighbours.

    ``weight`` restores the frequencies of a natural stream where the texts were picked by class. The maximum of a
    jagged curve is luck: the F1 is averaged over windows of the sorted scores, and the middle of the best one is taken.
    """
    weight = np.ones(len(score)) if weight is None else weight
    order = np.argsort(-score, kind="stable")
    hit, mass = (true * weight)[order], weight[order]
    found, judged = np.cumsum(hit), np.cumsum(mass)
    f1 = 2 * found / (judged + (true * weight).sum())
    width = max(1, int(true.sum()) // 10)
    smooth = np.convolve(np.pad(f1, width, mode="edge"), np.ones(2 * width + 1) / (2 * width + 1), mode="valid")
    best = int(smooth.argmax())
    below = score[order[min(best + 1, len(order) - 1)]]
    return float((score[order[best]] + below) / 2)


def quantile_cuts(score: NDArray[np.float64], level: NDArray[np.int64], levels: int) -> NDArray[np.float64]:
    """Return ``levels - 1`` rising cuts that give the scores the same shares of levels as the labels have."""
    shares = np.cumsum(np.bincount(level, minlength=levels))[:-1] / len(level)
    return np.maximum.accumulate(np.quantile(score, shares))
