"""Training of the quick reader: linear outputs over hashed n-grams and cues, calibrated on texts not learned from."""

import hashlib
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Self

import msgspec
import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, hstack, vstack
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.svm import LinearSVC

from classifiers.features import BUCKETS, extract
from classifiers.models.quick import QuickReader
from classifiers.table import FILE, OUTPUTS, SEVERITY, Weights, WeightsError, load, load_extra, save, shipped
from classifiers.training.card import model_card
from classifiers.training.folds import folds, forward, natural, split_groups
from classifiers.training.labelled import Labelled, Truth, texts, truth
from classifiers.training.metrics import Figures, Verdicts, figures, verdicts
from classifiers.training.outcome import Outcome, Say, refusal
from classifiers.training.report import table
from classifiers.training.seen import hashes
from classifiers.training.thresholds import best_f1, quantile_cuts

DENSE_SCALE = 0.2  # dense columns beside unit rows of n-grams: chosen by mean average precision forward in time
REVIEW_SHARE = 0.08  # at most so many texts of a natural stream go to review
_PICKED_WEIGHT = 0.2  # texts picked for their class or doubt count so much less than random ones when cuts are chosen
_BATCH = 512
_NEWEST = 0.15  # share of the dated texts that the split forward in time tests on
_ENOUGH = 200  # flagged texts that an old model never saw, from which on it is measured anew


class Trained(msgspec.Struct, frozen=True):
    """New weights, the verdicts on each row by a model that never saw it, and the same for the newest months."""

    weights: Weights
    verdicts: Verdicts
    newest: NDArray[np.int64]  # rows of the newest months
    newest_verdicts: Verdicts  # on those rows, by a model trained on what came before


def build(rows: Sequence[Labelled], out: Path, say: Say, seed: int = 61) -> Outcome:
    """Train, compare with the weights in ``out`` or else the shipped ones, and write weights and model card."""
    trained = train(rows, say, seed=seed)
    true = truth(rows)
    random_rows = np.flatnonzero(natural(rows))
    columns = {"分月留出": figures(true, trained.verdicts)}
    if len(random_rows):
        columns["其中随机抽取"] = figures(true.take(random_rows), trained.verdicts.take(random_rows))
    if len(trained.newest):
        columns["最新月份"] = figures(true.take(trained.newest), trained.newest_verdicts)
    report = table(columns)
    target = out / FILE
    before = target if target.exists() else shipped() if shipped().exists() else None
    if before is not None and (refused := _compared(before, rows, true, trained, columns)):
        return Outcome((), refused, report)
    out.mkdir(parents=True, exist_ok=True)
    extra = {"figures": {name: msgspec.to_builtins(figure) for name, figure in columns.items()}, "rows": len(rows)}
    save(trained.weights, target, extra, hashes(rows))
    card = out / f"{Path(FILE).stem}.md"
    card.write_text(model_card(rows, true, trained.verdicts, report, trained.weights.version), encoding="utf-8")
    return Outcome((target, card), "", report)


def _compared(before: Path, rows: Sequence[Labelled], true: Truth, new: Trained, columns: dict[str, Figures]) -> str:
    """Return why the new weights are worse: on texts neither was trained on where there are enough, else by record."""
    extra, known = load_extra(before)
    unseen = np.flatnonzero(~np.isin(hashes(rows), known))
    if true.take(unseen).flags.any(axis=1).sum() >= _ENOUGH:
        try:
            old = QuickReader(load(before))
        except WeightsError:
            return ""  # learned for other features: nothing to compare with
        judged = verdicts(old.assess(texts([rows[i] for i in unseen.tolist()])))
        return refusal(figures(true.take(unseen), judged), figures(true.take(unseen), new.verdicts.take(unseen)))
    stored = extra.get("figures", {}).get("分月留出")
    return "" if stored is None else refusal(msgspec.convert(stored, Figures), columns["分月留出"])


def matrix(rows: Sequence[Labelled]) -> "csr_array":
    """Return n-grams and scaled dense columns of the rows side by side: (n, BUCKETS + columns)."""
    given = texts(rows)
    parts = [extract(given[i : i + _BATCH]) for i in range(0, len(given), _BATCH)]
    ngrams = vstack([part.ngrams() for part in parts])
    return csr_array(hstack([ngrams, csr_array(np.vstack([p.dense for p in parts]) * np.float32(DENSE_SCALE))]))


def train(rows: Sequence[Labelled], say: Say, n_folds: int = 4, seed: int = 61) -> Trained:
    """Learn from the rows; cuts and calibration come from folds that part no near-duplicates and no months."""
    say(f"读入 {len(rows)} 条标注，计算特征 ……")
    x = matrix(rows)
    true = truth(rows)
    weight = np.where(natural(rows), 1.0, _PICKED_WEIGHT)
    scores = np.zeros((len(rows), len(OUTPUTS)))
    for number, (learn, test) in enumerate(folds(split_groups(rows, "month"), n_folds, seed), start=1):
        say(f"第 {number}/{n_folds} 折：训练 {len(learn)} 条，检验 {len(test)} 条 ……")
        scores[test] = _Model.fit(x[learn], true.take(learn), seed).scores(x[test])
    newest, later = np.zeros(0, np.int64), decide(_weights(_Model.zero(x), scores, true, weight), scores[:0])
    times = sorted(row.time.date() for row in rows if row.time is not None)
    if times:
        learn, newest = forward(rows, split_groups(rows), times[int(len(times) * (1 - _NEWEST))])
        say(f"按时间向前：训练 {len(learn)} 条，检验最新的 {len(newest)} 条 ……")
        model = _Model.fit(x[learn], true.take(learn), seed)
        earlier = _weights(model, scores[learn], true.take(learn), weight[learn])
        later = decide(earlier, model.scores(x[newest]))
    say("全部数据上训练 ……")
    weights = _weights(_Model.fit(x, true, seed), scores, true, weight)
    return Trained(weights, decide(weights, scores), newest, later)


def decide(weights: Weights, scores: NDArray[np.float64]) -> Verdicts:
    """Return the verdicts that the weights give to raw scores."""
    odds = weights.log_odds(scores)
    cut = weights.cut_odds
    flags = odds[:, :5] >= cut[:5]
    severity = np.where(flags.any(axis=1), np.searchsorted(weights.cuts, scores[:, SEVERITY], side="right"), -1)
    over = odds[:, 5:] - cut[5:]
    rumour = np.where((over >= 0).any(axis=1), over.argmax(axis=1) + 1, 0)
    return Verdicts(1 / (1 + np.exp(-odds[:, :5])), flags, severity, rumour)


class _Model(msgspec.Struct, frozen=True):
    """Coefficients (columns, 8) and bias (8,) before calibration."""

    coefficients: NDArray[np.float64]
    bias: NDArray[np.float64]

    @classmethod
    def zero(cls, x: "csr_array") -> Self:
        """A model that knows nothing."""
        return cls(np.zeros((x.shape[1], len(OUTPUTS))), np.zeros(len(OUTPUTS)))

    @classmethod
    def fit(cls, x: "csr_array", true: Truth, seed: int) -> Self:
        """Learn one output after another."""
        model = cls.zero(x)
        for i, target in enumerate(_targets(true)):
            if target.all() or not target.any():
                model.bias[i] = 1.0 if target.any() else -1.0
                continue
            machine = LinearSVC(C=0.5, class_weight="balanced", random_state=seed, tol=1e-3, max_iter=2000)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", ConvergenceWarning)
                machine.fit(x, target)
            model.coefficients[:, i], model.bias[i] = machine.coef_[0], machine.intercept_[0]
        flagged = np.flatnonzero(true.severity >= 0)
        if len(flagged):
            ridge = Ridge(alpha=1.0, solver="sparse_cg", tol=1e-4)
            ridge.fit(x[flagged], true.severity[flagged].astype(float))
            model.coefficients[:, SEVERITY], model.bias[SEVERITY] = ridge.coef_, ridge.intercept_
        return model

    def scores(self, x: "csr_array") -> NDArray[np.float64]:
        """Raw scores of all outputs: (n, 8)."""
        return np.asarray(x @ self.coefficients + self.bias)


def _targets(true: Truth) -> list[NDArray[np.bool_]]:
    """The seven yes-or-no outputs as labels."""
    return [*true.flags.T, np.equal(true.rumour, 1), np.equal(true.rumour, 2)]


def _weights(model: _Model, scores: NDArray[np.float64], true: Truth, weight: NDArray[np.float64]) -> Weights:
    """Put Platt's curve and the cuts on scores of texts that they were not learned from (Platt 1999)."""
    slope, offset, thresholds = np.ones(SEVERITY), np.zeros(SEVERITY), np.full(SEVERITY, 0.5)
    for i, target in enumerate(_targets(true)):
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
    coefficients = model.coefficients.astype(np.float32)
    digest = hashlib.sha256(coefficients.tobytes() + thresholds.tobytes() + cuts.tobytes()).hexdigest()[:8]
    return Weights(
        table=coefficients[:BUCKETS],
        dense=coefficients[BUCKETS:] * np.float32(DENSE_SCALE),
        bias=model.bias,
        slope=slope,
        offset=offset,
        thresholds=thresholds,
        cuts=cuts,
        band=float(distance[order[np.searchsorted(share, REVIEW_SHARE)]]),
        version=f"quick-{digest}",
    )
