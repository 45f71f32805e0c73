"""A batch of texts as numbers: hashed character n-grams, cues, figures and shape.

Everything is computed for the whole batch by numpy; no step runs a character at a time in Python.
"""

from collections.abc import Sequence
from functools import cache

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


class Features(msgspec.Struct, frozen=True):
    """What is known of a batch: n-grams (n, BUCKETS) csr of unit rows, dense (n, len(dense_names())) float32."""

    batch: Batch
    hits: Hits
    ngrams: "csr_array"
    dense: NDArray[np.float32]
    counts: NDArray[np.int64]  # (n, groups) cues found
    casualties: dict[int, Casualties]  # of the texts that name any


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
    return Features(batch, hits, ngrams(batch), dense, counts, told)


def ngrams(batch: Batch) -> "csr_array":
    """Return which hashed 1- to 3-grams each text holds, rows scaled to length 1: (n, BUCKETS)."""
    hashes, place = ngram_hashes(batch)
    text = np.searchsorted(batch.starts, place, side="right") - 1
    keys = (text.astype(np.uint64) << np.uint64(BITS)) | hashes
    keys.sort()
    keys = keys[np.concatenate(([True], keys[1:] != keys[:-1]))] if len(keys) else keys
    row = (keys >> np.uint64(BITS)).astype(np.int64)
    size = np.bincount(row, minlength=len(batch))
    values = np.repeat(1.0 / np.sqrt(np.maximum(size, 1)), size).astype(np.float32)
    indices = (keys & np.uint64(BUCKETS - 1)).astype(np.int32)
    return csr_array(
        (values, indices, np.concatenate(([0], np.cumsum(size))).astype(np.int32)), shape=(len(batch), BUCKETS)
    )


def ngram_buckets(codes: NDArray[np.uint32]) -> list[NDArray[np.uint32]]:
    """Return the buckets of the 1-, 2- and 3-grams of one text, each in order of place."""
    codes = np.where((codes >= 0x30) & (codes <= 0x39), np.uint32(0x30), codes)
    result = []
    mixed = np.zeros(len(codes), np.uint32)
    for order, factor in enumerate(_FACTORS):
        mixed = _mixed(mixed, codes, order, factor)
        result.append(_bucket(mixed))
    return result


def ngram_hashes(batch: Batch) -> tuple[NDArray[np.uint32], NDArray[np.int64]]:
    """Return bucket and place of the first character of every n-gram; unigrams first, then pairs, then triples."""
    codes = np.where((batch.codes >= 0x30) & (batch.codes <= 0x39), np.uint32(0x30), batch.codes)
    inside = codes != 0
    hashes, places = [], []
    mixed = np.zeros(len(codes), np.uint32)
    good = np.ones(len(codes), bool)
    for order, factor in enumerate(_FACTORS):
        size = max(0, len(codes) - order)
        mixed = _mixed(mixed, codes, order, factor)
        good = good[:size] & inside[order:]
        places.append(np.flatnonzero(good))
        hashes.append(_bucket(mixed[good]))
    return np.concatenate(hashes), np.concatenate(places)


def _mixed(shorter: NDArray[np.uint32], codes: NDArray[np.uint32], order: int, factor: np.uint32) -> NDArray[np.uint32]:
    """The hashes of n-grams one character longer than ``shorter``."""
    size = max(0, len(codes) - order)
    mixed = (shorter[:size] ^ codes[order:]) * factor
    return np.asarray(mixed ^ (mixed >> np.uint32(15)))


def _bucket(mixed: NDArray[np.uint32]) -> NDArray[np.uint32]:
    return np.asarray((mixed * _FACTORS[1]) >> np.uint32(32 - BITS))


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
