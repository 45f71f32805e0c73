"""Learning how the two readers are heard together, on texts that neither learned from."""

import hashlib
from collections.abc import Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression, Ridge

from classifiers.blend import OUTPUTS, Blend, Said
from classifiers.features import CHANNELS
from classifiers.training.folds import HeldOut, natural, split_groups
from classifiers.training.labelled import Labelled, Truth, truth
from classifiers.training.metrics import Figures, Verdicts, figures, quadratic_kappa
from classifiers.training.thresholds import best_f1, quantile_cuts

REVIEW_SHARE = 0.05  # at most so many texts of a natural stream go from the careful reader to a person
PICKED_WEIGHT = 0.2  # texts picked for their class or doubt count so much less than random ones
_TOP_RECALL = 0.95  # of the top tier judged at least 复杂敏感
_FOLDS = 4
_SHARES = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 1.0)


class Measured(msgspec.Struct, frozen=True):
    """The blend learned from all held-out texts; figures by reader and set of texts; the blend's verdicts on each row.

    ``judged`` has one row for each of ``split.tested``, by a blend learned from the other folds.
    """

    blend: Blend
    figures: dict[str, Figures]
    judged: Verdicts
    by_share: dict[float, Figures]  # what the two reach together where only that share of a natural stream is re-read
    deciding: str = "合判·分月留出"


def measure(rows: Sequence[Labelled], split: HeldOut, said: Said, quick: Verdicts) -> Measured:
    """Return the blend, and what each reader reaches on texts that none learned from.

    On the newest months thresholds and curves come from older texts alone.
    """
    tested = [rows[i] for i in split.tested.tolist()]
    true, weight = truth(tested), np.where(natural(tested), 1.0, PICKED_WEIGHT)
    group = split_groups(rows, "month")[split.tested]
    newest = np.flatnonzero(np.isin(split.tested, split.newest))
    older = np.flatnonzero(~np.isin(split.tested, split.newest))
    fold = np.flatnonzero(np.isin(split.tested, split.fold))
    random = np.flatnonzero(natural(tested))
    found: dict[str, Figures] = {}
    judged = {"快读": quick}
    later = {"快读": quick.take(newest)}
    for name, alone in (("精读单独", True), ("合判", False)):
        judged[name] = crossed(said, true, weight, group, alone=alone)
        if len(newest) and len(older):
            earlier = fit(said.take(older), true.take(older), weight[older], group[older], alone=alone)
            later[name] = decide(earlier, said.take(newest))
    for name, places in (("分月留出", fold), ("其中随机抽取", random)):
        for reader, verdict in judged.items():
            if len(places):
                found[f"{reader}·{name}"] = figures(true.take(places), verdict.take(places))
    if len(newest):
        found |= {f"{reader}·最新月份": figures(true.take(newest), verdict) for reader, verdict in later.items()}
    drawn = true.take(random), quick.take(random), judged["合判"].take(random)
    return Measured(fit(said, true, weight, group), found, judged["合判"], by_share(*drawn) if len(random) else {})


def by_share(true: Truth, quick: Verdicts, careful: Verdicts) -> dict[float, Figures]:
    """Return figures where the texts of highest quick probability are re-read and the rest keep the quick verdict."""
    order = np.argsort(-quick.probabilities.max(axis=1), kind="stable")
    found: dict[float, Figures] = {}
    for share in _SHARES:
        again = np.zeros(len(order), bool)
        again[order[: round(share * len(order))]] = True
        parts = {
            name: np.where(again[:, None] if before.ndim > 1 else again, getattr(careful, name), before)
            for name in Verdicts.__struct_fields__
            for before in [getattr(quick, name)]
        }
        found[share] = figures(true, Verdicts(**parts))
    return found


def fit(
    said: Said, true: Truth, weight: NDArray[np.float64], group: NDArray[np.int64], *, alone: bool = False
) -> Blend:
    """Learn from texts that neither reader was trained on; ``alone`` leaves the quick reader unheard.

    Thresholds and cuts are put on odds that each fold's curve gives to texts of the other folds.
    """
    fold = folded(group)
    raw = _Curves.learn(said, true, weight, alone)
    odds, score = np.zeros((len(weight), OUTPUTS)), np.zeros(len(weight))
    for number in range(_FOLDS):
        test = np.flatnonzero(fold == number)
        learn = np.flatnonzero(fold != number)
        curves = _Curves.learn(said.take(learn), true.take(learn), weight[learn], alone)
        blend = curves.blend(np.full(OUTPUTS, 0.5), np.array([0.5, 1.5, 2.5]), 0.0)
        odds[test], score[test] = blend.log_odds(said.take(test)), blend.severity(said.take(test))
    chance = 1 / (1 + np.exp(-odds))
    targets = outputs(true)
    thresholds = np.array(
        [
            np.clip(best_f1(target, chance[:, i], weight), 0.02, 0.98) if target.any() else 0.5
            for i, target in enumerate(targets)
        ]
    )
    distance = np.abs(odds - np.log(thresholds / (1 - thresholds)))[:, :5].min(axis=1)
    order = np.argsort(distance, kind="stable")
    share = np.cumsum(weight[order]) / weight.sum()
    last = min(int(np.searchsorted(share, REVIEW_SHARE)), len(order) - 1)
    band = float(distance[order[last]])
    return raw.blend(thresholds, _cuts(score, true), band)


def decide(blend: Blend, said: Said) -> Verdicts:
    """Return the verdicts that the blend gives."""
    odds = blend.log_odds(said)
    over = odds - blend.cut_odds
    flags = over[:, :5] >= 0
    severity = np.where(flags.any(axis=1), np.searchsorted(blend.cuts, blend.severity(said), side="right"), -1)
    rumour = np.where((over[:, 5:] >= 0).any(axis=1), over[:, 5:].argmax(axis=1) + 1, 0)
    return Verdicts(1 / (1 + np.exp(-odds[:, :5])), flags, severity, rumour)


def crossed(said: Said, true: Truth, weight: NDArray[np.float64], group: NDArray[np.int64], *, alone: bool) -> Verdicts:
    """Return a verdict on each text by a blend learned from the other folds."""
    fold = folded(group)
    parts: list[tuple[NDArray[np.int64], Verdicts]] = []
    for number in range(_FOLDS):
        test, learn = np.flatnonzero(fold == number), np.flatnonzero(fold != number)
        blend = fit(said.take(learn), true.take(learn), weight[learn], group[learn], alone=alone)
        parts.append((test, decide(blend, said.take(test))))
    order = np.argsort(np.concatenate([test for test, _ in parts]), kind="stable")
    return Verdicts(
        *(np.concatenate([getattr(judged, name) for _, judged in parts])[order] for name in Verdicts.__struct_fields__)
    )


def folded(group: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the fold of each text, the same for all of a group."""
    numbers, place = np.unique(group, return_inverse=True)
    return np.asarray(np.random.default_rng(61).permutation(len(numbers))[place] % _FOLDS)


def outputs(true: Truth) -> list[NDArray[np.bool_]]:
    """The seven yes-or-no outputs as labels."""
    return [*true.flags.T, np.equal(true.rumour, 1), np.equal(true.rumour, 2)]


class _Curves:
    """Coefficients before thresholds."""

    def __init__(self) -> None:
        self.careful, self.quick, self.shift = np.zeros(OUTPUTS), np.zeros(OUTPUTS), np.zeros(OUTPUTS)
        self.channel = np.zeros((len(CHANNELS), OUTPUTS))
        self.tiers, self.base = np.zeros(7), 0.0

    @classmethod
    def learn(cls, said: Said, true: Truth, weight: NDArray[np.float64], alone: bool) -> "_Curves":
        """Fit one logistic curve an output (Platt 1999, with both readers as inputs) and a line for the severity."""
        curves = cls()
        careful, quick, places = said.careful, said.quick[:, :OUTPUTS], said.places
        for i, target in enumerate(outputs(true)):
            if target.all() or not target.any():
                curves.shift[i] = 5.0 if target.any() else -5.0
                continue
            heard = careful[:, i : i + 1] if alone else np.stack([careful[:, i], quick[:, i]], axis=1)
            x = np.concatenate([heard, places], axis=1)
            curve = LogisticRegression(C=0.5, max_iter=500).fit(x, target, sample_weight=weight)
            found = curve.coef_[0]
            curves.careful[i], curves.shift[i] = found[0], curve.intercept_[0]
            curves.quick[i] = 0.0 if alone else found[1]
            curves.channel[:, i] = found[heard.shape[1] :]
        flagged = np.flatnonzero(true.severity >= 0)
        if len(flagged):
            x = said.tiers[flagged]
            if alone:
                x = np.concatenate([x[:, :-1], np.zeros((len(x), 1))], axis=1)
            line = Ridge(alpha=1.0).fit(x, true.severity[flagged].astype(float))
            curves.tiers, curves.base = line.coef_, float(line.intercept_)
        return curves

    def blend(self, thresholds: NDArray[np.float64], cuts: NDArray[np.float64], band: float) -> Blend:
        learned = (self.careful, self.quick, self.channel, self.shift, self.tiers, thresholds, cuts)
        digest = hashlib.sha256(b"".join(np.ascontiguousarray(part).tobytes() for part in learned)).hexdigest()[:8]
        return Blend(
            careful=self.careful,
            quick=self.quick,
            channel=self.channel,
            shift=self.shift,
            thresholds=thresholds,
            tiers=self.tiers,
            base=self.base,
            cuts=cuts,
            band=band,
            version=f"careful-{digest}",
        )


def _cuts(score: NDArray[np.float64], true: Truth) -> NDArray[np.float64]:
    """Return rising cuts of the best kappa; the one at 复杂敏感 low enough that the top tier is not taken for less."""
    flagged = np.flatnonzero(true.severity >= 0)
    if not len(flagged):
        return np.array([0.5, 1.5, 2.5])
    level, value = true.severity[flagged], score[flagged]
    cuts = quantile_cuts(value, level, 4)
    for _ in range(3):
        for i in range(3):
            low, high = cuts[i - 1] if i else value.min(), cuts[i + 1] if i < 2 else value.max()
            tried = [*np.linspace(low, high, 25)[1:-1], cuts[i]]
            cuts[i] = max(tried, key=lambda cut: _kappa(value, level, np.array([*cuts[:i], cut, *cuts[i + 1 :]])))
    if (top := value[level == 3]).size:
        cuts[1] = min(cuts[1], float(np.quantile(top, 1 - _TOP_RECALL)))
        cuts[0] = min(cuts[0], cuts[1])
    return np.asarray(cuts)


def _kappa(value: NDArray[np.float64], level: NDArray[np.int64], cuts: NDArray[np.float64]) -> float:
    return quadratic_kappa(level, np.searchsorted(cuts, value, side="right").astype(np.int64), 4)
