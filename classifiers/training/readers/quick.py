"""Training of the quick reader: linear outputs over hashed n-grams and cues, calibrated on texts not learned from."""

import hashlib
import warnings
from collections.abc import Callable, Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, hstack, vstack
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.svm import LinearSVC

from classifiers.features import extract
from classifiers.table import OUTPUTS, SEVERITY, Weights
from classifiers.training.folds import folds, natural, split_groups
from classifiers.training.labelled import Labelled, Truth, texts, truth
from classifiers.training.metrics import Figures, Verdicts, figures
from classifiers.training.thresholds import best_f1, quantile_cuts

DENSE_SCALE = 0.2  # dense columns beside unit rows of n-grams: chosen by mean average precision forward in time
REVIEW_SHARE = 0.08  # at most so many texts of a natural stream go to review
_PICKED_WEIGHT = 0.2  # texts picked for their class or doubt count so much less than random ones when cuts are chosen
_BATCH = 512


class Trained(msgspec.Struct, frozen=True):
    """New weights, the verdicts on each row by a model that never saw it, and their figures."""

    weights: Weights
    verdicts: Verdicts
    figures: Figures
    natural_figures: Figures


def matrices(rows: Sequence[Labelled]) -> tuple["csr_array", NDArray[np.float32]]:
    """Return n-grams (n, BUCKETS) and dense columns (n, d) of the rows."""
    given = texts(rows)
    parts = [extract(given[i : i + _BATCH]) for i in range(0, len(given), _BATCH)]
    return csr_array(vstack([part.ngrams for part in parts])), np.vstack([part.dense for part in parts])


def train(rows: Sequence[Labelled], say: Callable[[str], None], n_folds: int = 4, seed: int = 61) -> Trained:
    """Learn from the rows; cuts and calibration come from folds that part no near-duplicates and no months."""
    say(f"读入 {len(rows)} 条标注，计算特征 ……")
    ngrams, dense = matrices(rows)
    x = csr_array(hstack([ngrams, csr_array(dense * np.float32(DENSE_SCALE))]))
    true = truth(rows)
    group = split_groups(rows, "month")
    scores = np.zeros((len(rows), len(OUTPUTS)))
    for number, (learn, test) in enumerate(folds(group, n_folds, seed), start=1):
        say(f"第 {number}/{n_folds} 折：训练 {len(learn)} 条，检验 {len(test)} 条 ……")
        coefficients, bias = _fit(x[learn], true.take(learn), seed)
        scores[test] = x[test] @ coefficients + bias
    say("全部数据上训练 ……")
    coefficients, bias = _fit(x, true, seed)
    weight = np.where(natural(rows), 1.0, _PICKED_WEIGHT)
    weights = _calibrated(coefficients.astype(np.float32), bias, scores, true, weight, ngrams.shape[1])
    judged = decide(weights, scores)
    random_rows = np.flatnonzero(natural(rows))
    return Trained(weights, judged, figures(true, judged), figures(true.take(random_rows), judged.take(random_rows)))


def decide(weights: Weights, scores: NDArray[np.float64]) -> Verdicts:
    """Return the verdicts that the weights give to raw scores."""
    odds = weights.log_odds(scores)
    cut = weights.cut_odds
    flags = odds[:, :5] >= cut[:5]
    severity = np.where(flags.any(axis=1), np.searchsorted(weights.cuts, scores[:, SEVERITY], side="right"), -1)
    over = odds[:, 5:] - cut[5:]
    rumour = np.where((over >= 0).any(axis=1), over.argmax(axis=1) + 1, 0)
    return Verdicts(1 / (1 + np.exp(-odds[:, :5])), flags, severity, rumour)


def _fit(x: "csr_array", true: Truth, seed: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return coefficients (columns, 8) and bias (8,)."""
    coefficients = np.zeros((x.shape[1], len(OUTPUTS)))
    bias = np.zeros(len(OUTPUTS))
    targets = [*true.flags.T, true.rumour == 1, true.rumour == 2]
    for i, target in enumerate(targets):
        if target.all() or not target.any():
            bias[i] = 1.0 if target.any() else -1.0
            continue
        model = LinearSVC(C=0.5, class_weight="balanced", random_state=seed, tol=1e-3, max_iter=2000)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            model.fit(x, target)
        coefficients[:, i], bias[i] = model.coef_[0], model.intercept_[0]
    flagged = np.flatnonzero(true.severity >= 0)
    if len(flagged):
        ridge = Ridge(alpha=1.0, solver="sparse_cg", tol=1e-4)
        ridge.fit(x[flagged], true.severity[flagged].astype(float))
        coefficients[:, SEVERITY], bias[SEVERITY] = ridge.coef_, ridge.intercept_
    return coefficients, bias


def _calibrated(
    coefficients: NDArray[np.float32],
    bias: NDArray[np.float64],
    scores: NDArray[np.float64],
    true: Truth,
    weight: NDArray[np.float64],
    buckets: int,
) -> Weights:
    """Put Platt's curve and the cuts on scores of texts not learned from (Platt 1999)."""
    slope, offset, thresholds = np.ones(SEVERITY), np.zeros(SEVERITY), np.full(SEVERITY, 0.5)
    for i, target in enumerate([*true.flags.T, true.rumour == 1, true.rumour == 2]):
        if target.all() or not target.any():
            continue
        curve = LogisticRegression(C=1e6).fit(scores[:, i : i + 1], target, sample_weight=weight)
        slope[i], offset[i] = curve.coef_[0, 0], curve.intercept_[0]
        probability = 1 / (1 + np.exp(-(scores[:, i] * slope[i] + offset[i])))
        thresholds[i] = np.clip(best_f1(target, probability, weight), 0.02, 0.98)
    flagged = true.severity >= 0
    cuts = np.array([0.5, 1.5, 2.5])
    if flagged.any():
        cuts = quantile_cuts(scores[flagged, SEVERITY], true.severity[flagged], 4)
    odds = scores[:, :SEVERITY] * slope + offset
    distance = np.abs(odds - np.log(thresholds / (1 - thresholds)))[:, :5].min(axis=1)
    order = np.argsort(distance, kind="stable")
    share = np.cumsum(weight[order]) / weight.sum()
    band = float(distance[order[np.searchsorted(share, REVIEW_SHARE)]])
    digest = hashlib.sha256(coefficients.tobytes() + thresholds.tobytes() + cuts.tobytes()).hexdigest()[:8]
    return Weights(
        table=coefficients[:buckets],
        dense=coefficients[buckets:] * np.float32(DENSE_SCALE),
        bias=bias,
        slope=slope,
        offset=offset,
        thresholds=thresholds,
        cuts=cuts,
        band=band,
        version=f"quick-{digest}",
    )
