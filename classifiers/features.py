"""A batch of texts as numbers: hashed character n-grams, cues, figures and shape.

Everything is computed for the whole batch by numpy; no step runs a character at a time in Python.
"""

from collections.abc import Sequence
from functools import cache
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from classifiers import cues
from classifiers.classifier import Text
from classifiers.cues import NEAR, Casualties, Hits
from classifiers.normalise import Batch, read

BITS = 18
BUCKETS = 1 << BITS
CHANNELS = ("website", "weibo", "wechat", "hotline", "forum", "comment", "newspaper", "directive", "manual")
_HEAD = 60  # a first line, a 【title】 or a #topic# of at most so many characters is the head of a text
_SIGNS = "?#@[!/\n,.:0"
_CLOSING = {"[": "]", "#": "#"}
_OFFICES = ("state_centre", "ministry", "province_office", "city_office", "county_office")
_HARM = ("death", "hurt", "missing")
_TARGETS = ("city_office", "county_office", "keeper", "education", "medical")
_FACTORS = tuple(np.uint32(f) for f in (0x9E3779B1, 0x85EBCA77, 0xC2B2AE3D))


class Grams(msgspec.Struct, frozen=True):
    """All n-grams of one length in a batch: the bucket of each by its first character, and which of them are whole.

    Both arrays have the length of the batch's codes; an n-gram that runs over the end of its text is not whole.
    """

    bucket: NDArray[np.uint32]
    whole: NDArray[np.bool_]


class Features(msgspec.Struct, frozen=True):
    """What is known of a batch of n texts.

    ``buckets`` holds the different n-grams of each text, text after text, and ``sizes`` (n,) how many; ``dense`` is
    (n, len(dense_names())) float32.
    """

    batch: Batch
    hits: Hits
    grams: tuple[Grams, ...]
    buckets: NDArray[np.int64]
    sizes: NDArray[np.int64]
    dense: NDArray[np.float32]
    counts: NDArray[np.int64]  # (n, groups) cues found
    casualties: dict[int, Casualties]  # of the texts that name any

    def ngrams(self) -> "csr_array":
        """Return which hashed n-grams each text holds, rows scaled to length 1: (n, BUCKETS)."""
        values = np.repeat(1.0 / np.sqrt(np.maximum(self.sizes, 1)), self.sizes).astype(np.float32)
        starts = np.concatenate(([0], np.cumsum(self.sizes))).astype(np.int32)  # what scikit-learn takes
        return csr_array((values, self.buckets.astype(np.int32), starts), shape=(len(self.batch), BUCKETS))


@cache
def dense_names() -> tuple[str, ...]:
    """Return the name of each dense column."""
    names = cues.names()
    return (
        *(f"cue:{name}" for name in names),
        *(f"head:{name}" for name in names),
        *(f"both:{names[a]}+{names[b]}" for a, b in cues.pairs()),
        *(f"near:{names[a]}+{names[b]}" for a, b in cues.pairs()),
        *(f"acts:{office}" for office in _OFFICES),
        *(f"acts_on:{target}" for target in _TARGETS),
        *("dead", "dead:1", "dead:3", "dead:10", "hurt", "hurt:10", "missing", "missing:3"),
        *(f"sign:{ord(sign)}" for sign in _SIGNS),
        *("head", "length", "short", "long", "asks", "repost"),
        *(f"channel:{channel}" for channel in CHANNELS),
    )


@cache
def cue_shares() -> "csr_array":
    """Return how much of each dense column stands on the cues of each group: (groups, columns), sparse.

    A column that two groups make together is shared by them; columns of shape and channel stand on none.
    """
    place = {name: i for i, name in enumerate(cues.names())}
    shares = np.zeros((len(place), len(dense_names())))
    for column, name in enumerate(dense_names()):
        behind = _groups_behind(*name.partition(":")[::2])
        for group in behind:
            shares[place[group], column] += 1.0 / len(behind)
    return csr_array(shares)


def _groups_behind(kind: str, rest: str) -> Sequence[str]:
    if kind in {"cue", "head"} and rest:
        return (rest,)
    if kind in {"both", "near"}:
        return rest.split("+")
    if kind in {"acts", "acts_on"}:
        return (rest, "supervise")
    return {"dead": ("death",), "hurt": ("hurt",), "missing": ("missing",)}.get(kind, ())


def extract(texts: Sequence[Text]) -> Features:
    """Return the features of the texts."""
    batch = read(texts)
    joined = batch.joined()
    hits = cues.find(batch, joined)
    n, names = len(batch), cues.names()
    width = len(names)
    counts = np.bincount(hits.text * width + hits.group, minlength=n * width).reshape(n, width)
    heads = _heads(batch, joined)
    in_head = hits.start < heads[hits.text]
    head = np.bincount((hits.text * width + hits.group)[in_head], minlength=n * width).reshape(n, width) > 0
    present = counts > 0
    left, right = (np.array(side) for side in zip(*cues.pairs(), strict=True))
    harmed = np.flatnonzero(present[:, [names.index(name) for name in _HARM]].any(axis=1))
    told = {int(i): cues.casualties(joined[batch.starts[i] : batch.starts[i + 1] - 1]) for i in harmed}
    dense = np.concatenate(
        [
            np.log1p(counts),
            head,
            present[:, left] & present[:, right],
            _near(hits, n),
            _casualties(told, n),
            _shape(batch, heads),
            _channels(texts),
        ],
        axis=1,
        dtype=np.float32,
    )
    grams = ngrams(batch)
    return Features(batch, hits, grams, *_different(batch, grams), dense, counts, told)


def ngrams(batch: Batch) -> tuple[Grams, ...]:
    """Return the hashed 1-, 2- and 3-grams of every text."""
    codes = np.where((batch.codes >= 0x30) & (batch.codes <= 0x39), np.uint32(0x30), batch.codes)
    inside = codes != 0
    mixed = np.zeros(len(codes), np.uint32)
    whole = inside
    result = []
    for order, factor in enumerate(_FACTORS):
        mixed = (mixed ^ _later(codes, order)) * factor
        mixed ^= mixed >> np.uint32(15)
        whole = whole & _later(inside, order)
        result.append(Grams((mixed * _FACTORS[1]) >> np.uint32(32 - BITS), whole))
    return tuple(result)


def _later(values: NDArray[Any], order: int) -> NDArray[Any]:
    """The values ``order`` places on; zeros behind the last."""
    return values if order == 0 else np.concatenate((values[order:], np.zeros(min(order, len(values)), values.dtype)))


def _different(batch: Batch, grams: Sequence[Grams]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The different buckets of each text, in order, and how many each has."""
    text = np.repeat(np.arange(len(batch)) << BITS, np.diff(batch.starts))
    keys = np.concatenate([(text | gram.bucket)[gram.whole] for gram in grams])
    if len(batch) <= 1 << (32 - BITS):
        keys = keys.astype(np.uint32)  # sorts twice as fast
    keys.sort()
    keys = keys[np.concatenate(([True], keys[1:] != keys[:-1]))] if len(keys) else keys
    keys = keys.astype(np.int64)
    return keys & (BUCKETS - 1), np.bincount(keys >> BITS, minlength=len(batch))


def _heads(batch: Batch, joined: str) -> NDArray[np.int64]:
    """Where the head of each text ends; its start where it has none."""
    ends = batch.starts[:-1].copy()
    for i, start in enumerate(batch.starts[:-1].tolist()):
        stop = min(start + _HEAD, int(batch.starts[i + 1]) - 1)
        sign = _CLOSING.get(joined[start], "\n")
        end = joined.find(sign, start + 1, stop)
        ends[i] = max(end, start)
    return ends


def _near(hits: Hits, n: int) -> NDArray[np.float32]:
    """Pairs of cues within a few characters, and which office acts on whom."""
    names = cues.names()
    width = len(names)
    pair_of = np.full((width, width), -1)
    for number, (a, b) in enumerate(cues.pairs()):
        pair_of[a, b] = pair_of[b, a] = number
    total = len(cues.pairs())
    acting, target = np.full(width, -1), np.full(width, -1)
    acting[[names.index(name) for name in _OFFICES]] = np.arange(len(_OFFICES))
    target[[names.index(name) for name in _TARGETS]] = np.arange(len(_TARGETS))
    supervise = names.index("supervise")
    result = np.zeros((n, total + len(_OFFICES) + len(_TARGETS)), np.float32)
    for step in (1, 2, 3):
        first, second = hits.group[:-step], hits.group[step:]
        close = (hits.text[:-step] == hits.text[step:]) & (hits.start[step:] - hits.end[:-step] <= NEAR)
        first, second, text = first[close], second[close], hits.text[step:][close]
        for column in (
            pair_of[first, second],
            np.where((acting[first] >= 0) & (second == supervise), total + acting[first], -1),
            np.where((first == supervise) & (target[second] >= 0), total + len(_OFFICES) + target[second], -1),
        ):
            known = column >= 0
            result[text[known], column[known]] = 1.0
    return result


def _casualties(told: dict[int, Casualties], n: int) -> NDArray[np.float32]:
    result = np.zeros((n, 8), np.float32)
    for i, c in told.items():
        steps = (c.dead >= 1, c.dead >= 3, c.dead >= 10)
        result[i] = (np.log1p(c.dead), *steps, np.log1p(c.hurt), c.hurt >= 10, np.log1p(c.missing), c.missing >= 3)
    return result


def _shape(batch: Batch, heads: NDArray[np.int64]) -> NDArray[np.float32]:
    """Signs of punctuation, head and length, all between 0 and about 2."""
    starts, codes = batch.starts[:-1], batch.codes
    length = np.diff(batch.starts) - 1
    digits = np.where((codes >= 0x30) & (codes <= 0x39), np.uint32(0x30), codes)
    signs = np.stack([np.add.reduceat(digits == ord(sign), starts, dtype=np.int64) for sign in _SIGNS], axis=1)
    last = codes[np.maximum(batch.starts[1:] - 2, starts)]
    slashes = signs[:, _SIGNS.index("/")] >= 2
    tail = (heads > starts, np.log1p(length) / 3, length < 20, length > 300, last == ord("?"), slashes)
    return np.concatenate([np.log1p(signs) / 2, np.stack(tail, axis=1)], axis=1, dtype=np.float32)


def _channels(texts: Sequence[Text]) -> NDArray[np.float32]:
    result = np.zeros((len(texts), len(CHANNELS)), np.float32)
    for i, text in enumerate(texts):
        if text.channel in CHANNELS:
            result[i, CHANNELS.index(text.channel)] = 1.0
    return result
