"""The words that moved a judgement: few, whole, and such that without them the judgement falls.

Every character is charged with what its n-grams and its cues add to the score; whole words are taken, the heaviest
first, until the score without them is estimated to lie below its threshold (faithfulness by erasure, DeYoung 2020).
"""

from collections.abc import Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

from classifiers.features import Features, ngram_buckets
from classifiers.normalise import Batch
from classifiers.segmenter import spans
from classifiers.table import Weights

MAX_SHARE = 0.27  # of the characters of a text; below 30 % so that spaces between them fit in
_SHORT = 40  # in a shorter text a word may be more than its share
_MARGIN = 0.5  # how far below the threshold (raw score) the estimate must fall, as it is rough
_MOST = 8  # words a judgement
_PLAIN = frozenset("的了在是和就都而及与着或有也这那一个我你他她它们不为以于对从把被让向到去来上下中里年月日时分号")


class Span(msgspec.Struct, frozen=True):
    """A stretch of one text of the batch: first code, end (offsets into the batch), what it adds to the score."""

    start: int
    end: int
    weight: float


def spot(
    weights: Weights, features: Features, rows: Sequence[int], outputs: Sequence[int], surplus: Sequence[float]
) -> list[list[Span]]:
    """Return the words behind each judgement (text ``rows[k]``, output ``outputs[k]``), in order of place.

    ``surplus[k]`` is how far the raw score lies above its threshold.
    """
    if not rows:
        return []
    batch = features.batch
    words = {row: _words(batch, row) for row in set(rows)}
    cue_of_row = np.concatenate(([0], np.cumsum(np.bincount(features.hits.text, minlength=len(batch)))))
    result: list[list[Span]] = []
    for row, output, over in zip(rows, outputs, surplus, strict=True):
        starts, ends = words[row]
        if not len(starts):
            result.append([])
            continue
        base, end = int(batch.starts[row]), int(batch.starts[row + 1]) - 1
        charge = _charges(weights, features, row, output, slice(cue_of_row[row], cue_of_row[row + 1]))
        total = np.concatenate(([0.0], np.cumsum(charge)))
        result.append(_choose(starts, ends, total[ends - base] - total[starts - base], over, end - base))
    return result


def _choose(
    starts: NDArray[np.int64], ends: NDArray[np.int64], weight: NDArray[np.float64], over: float, length: int
) -> list[Span]:
    """Take the heaviest words until the surplus is gone, the share is full or there are enough."""
    room = length if length < _SHORT else int(length * MAX_SHARE)
    gone = -_MARGIN
    chosen: list[int] = []
    for place in np.argsort(-weight, kind="stable").tolist():
        if weight[place] <= 0 or len(chosen) == _MOST:
            break
        size = int(ends[place] - starts[place])
        if size > room:
            continue
        chosen.append(place)
        room -= size
        gone += float(weight[place])
        if gone > over:
            break
    merged: list[Span] = []
    for place in sorted(chosen):
        span = Span(int(starts[place]), int(ends[place]), float(weight[place]))
        if merged and merged[-1].end == span.start:
            last = merged.pop()
            span = Span(last.start, span.end, last.weight + span.weight)
        merged.append(span)
    return merged


def _words(batch: Batch, row: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Where the words of a text begin and end in the batch; signs and particles are left out."""
    text, base = batch.text(row), int(batch.starts[row])
    kept = [(base + a, base + b) for a, b in spans(text) if not _PLAIN.issuperset(text[a:b]) and text[a:b].isalnum()]
    table = np.array(kept, np.int64).reshape(-1, 2)
    return table[:, 0], table[:, 1]


def _charges(weights: Weights, features: Features, row: int, output: int, cues_of_row: slice) -> NDArray[np.float64]:
    """Return what every character of one text adds to one score: its n-grams' weights shared out, and its cues'."""
    batch, hits = features.batch, features.hits
    base, end = int(batch.starts[row]), int(batch.starts[row + 1]) - 1
    table = weights.table[:, output]
    charge = np.zeros(end - base)
    for order, buckets in enumerate(ngram_buckets(batch.codes[base:end]), start=1):
        value = table[buckets] / order
        for step in range(order):
            charge[step : step + len(value)] += value
    charge /= np.sqrt(max(1, int(features.ngrams.indptr[row + 1] - features.ngrams.indptr[row])))
    groups = hits.group[cues_of_row]
    count = features.counts[row, groups]
    value = weights.dense[groups, output] * np.log1p(count) / np.maximum(count, 1)
    places = zip(hits.start[cues_of_row].tolist(), hits.end[cues_of_row].tolist(), value.tolist(), strict=True)
    for first, last, weight in places:
        charge[first - base : last - base] += weight / (last - first)
    return charge
