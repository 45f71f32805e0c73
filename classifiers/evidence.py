"""The words that moved a judgement: few, whole, and such that without them the judgement falls.

Every word is charged with what its n-grams and its cues add to the score, at all its places together; the words that
weigh most a character are taken until the score without them is estimated to lie below its threshold (faithfulness by
erasure, DeYoung 2020). All judgements of a batch are worked through at once: their texts are laid end to end, a text
once for each judgement on it.
"""

from itertools import chain

import msgspec
import numpy as np
from numpy.typing import NDArray

from classifiers.features import BITS, Features, cue_shares
from classifiers.segmenter import segmenter
from classifiers.table import Weights

MAX_SHARE = 0.28  # of the characters of a text; below 30 % so that signs inside a word fit in
_SHORT = 40  # in a shorter text words may be more than their share
_MARGIN = 0.65  # how far below the threshold (raw score) the estimate must fall, as it is rough
_LEAST_LEFT = 0.3  # of the n-grams: further than that the rescaling of the rest is not estimated
_PLAIN = frozenset("的了在是和就都而及与着或有也这那一个我你他她它们不为以于对从把被让向到去来上下中里年月日时分号")
_CLOSE = "\0"  # stands at the end of every text of a batch


class Judgements(msgspec.Struct, frozen=True):
    """What is to be explained: text (row of the batch, never falling), output, raw score above the threshold."""

    row: NDArray[np.int64]
    output: NDArray[np.int64]
    surplus: NDArray[np.float64]


class Spans(msgspec.Struct, frozen=True):
    """Stretches of texts by judgement and place: number of the judgement, first code, end, what it adds to the score.

    ``start`` and ``end`` are offsets into the codes of the batch.
    """

    judgement: NDArray[np.int64]
    start: NDArray[np.int64]
    end: NDArray[np.int64]
    weight: NDArray[np.float64]


class _Layout(msgspec.Struct, frozen=True):
    """The texts of the judgements end to end: where each begins, and of every place its judgement and code."""

    base: NDArray[np.int64]
    size: NDArray[np.int64]
    judgement: NDArray[np.int64]
    code: NDArray[np.int64]


class _Words(msgspec.Struct, frozen=True):
    """Words that may be evidence, by place in the layout: judgement, which word it is, first place, end."""

    judgement: NDArray[np.int64]
    which: NDArray[np.int64]
    start: NDArray[np.int64]
    end: NDArray[np.int64]


class _Charges(msgspec.Struct, frozen=True):
    """What goes with each word of each judgement: characters, weight and number of n-grams, what its cues add."""

    length: NDArray[np.int64]
    ngrams: NDArray[np.float64]
    ngram_count: NDArray[np.float64]
    cues: NDArray[np.float64]

    def summed(self, order: NDArray[np.int64], first: NDArray[np.int64]) -> "_Charges":
        """The charges of groups of lines: ``order`` puts each group together, ``first`` is where each begins."""
        return _Charges(*(np.add.reduceat(getattr(self, name)[order], first) for name in self.__struct_fields__))


def spot(weights: Weights, features: Features, judgements: Judgements) -> Spans:
    """Return the words behind each judgement."""
    starts = features.batch.starts
    size = (starts[1:] - starts[:-1])[judgements.row]
    layout = _Layout(
        np.cumsum(size) - size,
        size,
        np.repeat(np.arange(len(size)), size),
        _runs(starts[judgements.row], size),
    )
    words = _words(features, judgements, layout)
    if not len(words.which):
        nothing = np.zeros(0, np.int64)
        return Spans(nothing, nothing, nothing, np.zeros(0))
    charges, total = _charges(weights, features, judgements, layout, words)
    kinds = int(words.which.max()) + 1
    key = words.judgement * kinds + words.which
    order = np.argsort(key, kind="stable")
    first = np.flatnonzero(np.diff(key[order], prepend=-1))
    key, charges = key[order][first], charges.summed(order, first)
    effect = _effects(features, judgements, charges, key // kinds, total)
    picked = np.array(_picked(features, judgements, charges, effect, key, kinds, total), np.int64)
    places = np.diff(first, append=len(order))[picked]
    line = order[_runs(first[picked], places)]
    return _merged(words, line, np.repeat(effect[picked] / places, places), layout)


def _runs(first: NDArray[np.int64], size: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return ``first[k], first[k] + 1, …`` (``size[k]`` numbers) for every k, end to end."""
    ends = np.cumsum(size)
    return np.arange(int(size.sum())) + np.repeat(first - ends + size, size)


def _words(features: Features, judgements: Judgements, layout: _Layout) -> _Words:
    """The words of every judgement's text; signs and particles are left out."""
    cut = segmenter().cut
    rows = judgements.row.tolist()
    of_row = {row: [*cut(features.batch.text(row)), _CLOSE] for row in dict.fromkeys(rows)}
    words = list(chain.from_iterable([of_row[row] for row in rows]))
    number = {word: place for place, word in enumerate(dict.fromkeys(words))}
    which = np.fromiter(map(number.__getitem__, words), np.int64, len(words))
    telling = np.array([word.isalnum() and not _PLAIN.issuperset(word) for word in number], bool)
    end = np.cumsum(np.fromiter(map(len, words), np.int64, len(words)))
    kept = np.flatnonzero(telling[which])
    start = end - np.diff(end, prepend=0)
    return _Words(layout.judgement[start[kept]], which[kept], start[kept], end[kept])


def _charges(
    weights: Weights, features: Features, judgements: Judgements, layout: _Layout, words: _Words
) -> tuple[_Charges, NDArray[np.float64]]:
    """What goes with each word, and the weight of all n-grams of each judgement's text.

    An n-gram that stands at several places is counted once by the score, so each place carries its part. A word takes
    every n-gram along that it shares a character with.
    """
    begins = layout.base[words.judgement]
    own = layout.judgement << BITS
    whole = np.concatenate([gram.whole[layout.code] for gram in features.grams])
    buckets = np.concatenate([gram.bucket[layout.code] for gram in features.grams])
    keys = np.concatenate([own] * len(features.grams)) | buckets
    part = np.zeros(len(keys))
    _, back, times = np.unique(keys[whole], return_inverse=True, return_counts=True)
    part[whole] = 1.0 / times[back]
    output = np.concatenate([judgements.output[layout.judgement]] * len(features.grams))
    value = weights.table[buckets, output] * part
    shape = (len(features.grams), len(own))
    total = np.add.reduceat(value.reshape(shape).sum(axis=0), layout.base)
    lost = np.zeros((2, len(begins)))
    for order, both in enumerate(zip(value.reshape(shape), part.reshape(shape), strict=True)):
        left = np.maximum(words.start - order, begins)
        for place, sums in enumerate(map(_sums, both)):
            lost[place] += sums[words.end] - sums[left]
    sums = _sums(_cue_charges(weights, features, judgements, layout))
    return _Charges(words.end - words.start, lost[0], lost[1], sums[words.end] - sums[words.start]), total


def _cue_charges(weights: Weights, features: Features, judgements: Judgements, layout: _Layout) -> NDArray[np.float64]:
    """What the cues at each place of the layout add to the score; a group's share is laid on all its hits."""
    hits, row = features.hits, judgements.row
    found = np.bincount(hits.text, minlength=len(features.batch))
    hit = _runs((np.cumsum(found) - found)[row], found[row])
    judgement = np.repeat(np.arange(len(row)), found[row])
    of_group = (cue_shares() @ (features.dense[row].T * weights.dense[:, judgements.output])).T
    group, length = hits.group[hit], hits.end[hit] - hits.start[hit]
    value = (of_group / np.maximum(features.counts[row], 1))[judgement, group] / length
    start = hits.start[hit] - features.batch.starts[row][judgement] + layout.base[judgement]
    places = len(layout.code) + 1
    steps = np.bincount(start, value, places) - np.bincount(start + length, value, places)
    return np.cumsum(steps)[:-1]


def _sums(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Sums of the first 0, 1, … values."""
    return np.concatenate(([0.0], np.cumsum(values)))


def _effects(
    features: Features,
    judgements: Judgements,
    charges: _Charges,
    judgement: NDArray[np.int64],
    total: NDArray[np.float64],
) -> NDArray[np.float64]:
    """By how much the score falls without each word: fewer n-grams weigh more each, as a text has length 1."""
    size = features.sizes[judgements.row][judgement]
    root = np.sqrt(size)
    left = np.sqrt(np.maximum(1.0 - charges.ngram_count / size, _LEAST_LEFT))
    return np.asarray(charges.cues + (total[judgement] - (total[judgement] - charges.ngrams) / left) / root)


def _picked(
    features: Features,
    judgements: Judgements,
    charges: _Charges,
    effect: NDArray[np.float64],
    key: NDArray[np.int64],
    kinds: int,
    total: NDArray[np.float64],
) -> list[int]:
    """Take words, the weightiest a character first, until the surplus is gone or the share of the text is full."""
    worth = np.round(effect / charges.length, 6)
    order = np.lexsort((-worth, key // kinds))
    order = order[worth[order] > 0]
    lines = zip(
        order.tolist(),
        (key[order] // kinds).tolist(),
        (key[order] % kinds).tolist(),
        charges.length[order].tolist(),
        charges.ngrams[order].tolist(),
        charges.ngram_count[order].tolist(),
        charges.cues[order].tolist(),
        strict=True,
    )
    sizes, totals = features.sizes[judgements.row].tolist(), total.tolist()
    lengths = (features.batch.starts[judgements.row + 1] - features.batch.starts[judgements.row] - 1).tolist()
    rows, surplus = judgements.row.tolist(), judgements.surplus.tolist()
    picked: list[int] = []
    current, row, room, done = -1, -1, 0, False
    taken: set[int] = set()  # words of this text, for whichever judgement: they fill its share once
    ngrams = left = aim = 0.0
    for line, judgement, which, length, weight, number, cue in lines:
        if judgement != current:
            current, done = judgement, False
            if rows[judgement] != row:
                row = rows[judgement]
                taken = set()
                room = lengths[judgement] if lengths[judgement] < _SHORT else int(lengths[judgement] * MAX_SHARE)
            ngrams, left = totals[judgement], float(sizes[judgement])
            aim = ngrams / left**0.5 - surplus[judgement] - _MARGIN
        if done or (length > room and which not in taken):
            continue
        if which not in taken:
            taken.add(which)
            room -= length
        picked.append(line)
        ngrams, left, aim = ngrams - weight, max(left - number, 1.0), aim + cue
        done = ngrams / left**0.5 < aim
    return picked


def _merged(words: _Words, line: NDArray[np.int64], weight: NDArray[np.float64], layout: _Layout) -> Spans:
    """Words at the given lines in order of place, neighbours made one."""
    order = np.lexsort((words.start[line], words.judgement[line]))
    line, weight = line[order], weight[order]
    start, end, judgement = words.start[line], words.end[line], words.judgement[line]
    new = np.append(True, (start[1:] != end[:-1]) | (judgement[1:] != judgement[:-1]))[: len(line)]
    first = np.flatnonzero(new)
    if not len(first):
        return Spans(line, line, line, weight)
    last = np.append(first[1:], len(line)) - 1
    shift = layout.code[layout.base[judgement[first]]] - layout.base[judgement[first]]
    return Spans(judgement[first], start[first] + shift, end[last] + shift, np.add.reduceat(weight, first))
