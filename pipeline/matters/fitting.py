"""Fits the weights of the likeness from a labelled stream: ``python -m pipeline.matters.fitting TEXTS.jsonl OUT.json``.

Logistic regression by Newton's method, on the candidates met when all earlier decisions were right, then again on
those met when the weights themselves decided (Ross, Gordon and Bagnell 2011): a text must also be placed well among
matters that earlier mistakes have blurred.
"""

import math
import sys
from collections import Counter, defaultdict
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pipeline.matters.follow import QUIET_DAYS, Follower
from pipeline.matters.likeness import FEATURES, Model, dump, features
from pipeline.matters.measure import LabelledText, read_labelled

THRESHOLD = 0.4
_ROUNDS = 2
_PENALTY = 1.0 / 0.3
_STEPS = 30
_DAY = 86_400.0
_BLANK = Model((0.0,) * len(FEATURES), (1.0,) * len(FEATURES), (0.0,) * len(FEATURES), 0.0, 0.5)

Examples = tuple[list[list[float]], list[float]]


def fit(texts: Sequence[LabelledText], threshold: float = THRESHOLD) -> Model:
    """Return the weights fitted to texts in order of time."""
    rows, answers = examples(texts, None)
    fitted = regression(np.array(rows), np.array(answers), threshold)
    for _ in range(_ROUNDS):
        more_rows, more_answers = examples(texts, fitted)
        rows, answers = rows + more_rows, answers + more_answers
        fitted = regression(np.array(rows), np.array(answers), threshold)
    return fitted


def examples(texts: Sequence[LabelledText], deciding: Model | None) -> Examples:
    """Return the features of every candidate met, and whether the text belongs to it (1.0) or not (0.0).

    Without ``deciding`` all earlier decisions are right. With it they are its own, and a candidate counts as right
    when at least half of its members belong with the text; one that holds a few of them is left out.
    """
    follower = Follower(deciding or _BLANK)
    plain = None if deciding is None else deciding.plain()
    held: defaultdict[str, Counter[str]] = defaultdict(Counter)
    current: dict[str, tuple[str, float]] = {}
    rows: list[list[float]] = []
    answers: list[float] = []
    for text in texts:
        terms, day = follower.terms(text.text), text.at.timestamp() / _DAY
        candidates = follower.candidates(terms)
        damp = follower.damp(terms, candidates)
        best = (-math.inf, "")
        for matter in candidates:
            if matter.gap(day) > QUIET_DAYS:
                continue
            values = features(terms, matter, day, damp)
            mine, all_members = held[matter.id][text.gold], matter.size
            if plain is not None:
                odds = plain.odds(terms, matter, day, damp)
                best = best if odds is None else max(best, (odds, matter.id))
            if mine == 0 or 2 * mine >= all_members:
                rows.append(values)
                answers.append(float(mine > 0))
        if plain is None:
            issue, last = current.get(text.gold, ("", -QUIET_DAYS))
            issue = issue if issue and day - last <= QUIET_DAYS else text.id
            current[text.gold] = issue, day
        else:
            issue = best[1] if best[0] >= plain.least else text.id
        held[issue][text.gold] += 1
        follower.join(issue, text.id, terms, text.at, text.at)
    return rows, answers


def regression(rows: NDArray[np.float64], answers: NDArray[np.float64], threshold: float) -> Model:
    """Return the weights that fit the examples best under a ridge penalty."""
    means, scales = rows.mean(axis=0), rows.std(axis=0)
    scales[scales == 0] = 1.0
    design = np.hstack([(rows - means) / scales, np.ones((len(rows), 1))])
    penalty = np.diag([_PENALTY] * rows.shape[1] + [0.0])
    weights = np.zeros(design.shape[1])
    for _ in range(_STEPS):
        chance = 1.0 / (1.0 + np.exp(-design @ weights))
        slope = design.T @ (answers - chance) - penalty @ weights
        curve = (design * (chance * (1.0 - chance))[:, None]).T @ design + penalty
        weights = weights + np.linalg.solve(curve, slope)
    rounded = [float(f"{value:.5g}") for value in weights]
    return Model(
        means=tuple(float(f"{value:.6g}") for value in means),
        scales=tuple(float(f"{value:.6g}") for value in scales),
        weights=tuple(rounded[:-1]),
        intercept=rounded[-1],
        threshold=threshold,
    )


def main(source: str, target: str) -> None:
    """Fit and write the weights."""
    Path(target).write_text(dump(fit(read_labelled(Path(source)))), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
