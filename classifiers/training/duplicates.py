"""Near-duplicates among texts, so that no copy of a training text is ever tested on.

MinHash over character trigrams (Broder 1997), bands for candidates, exact Jaccard to confirm, union-find for groups.
"""

from collections import defaultdict
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

_PERMUTATIONS = 64
_BAND = 4  # 16 bands of 4: texts at Jaccard 0.5 meet with probability 0.64, at 0.7 with 0.99
_MAX_BUCKET = 64  # in a larger bucket each text is compared with the first one only


def groups(texts: Sequence[str], similarity: float = 0.5) -> NDArray[np.int64]:
    """Return a group number for each text; texts whose trigram sets have Jaccard ≥ ``similarity`` share one.

    The number is the index of the group's first text, so equal inputs give equal numbers.
    """
    sets = [_trigrams(text) for text in texts]
    signatures = _signatures(sets)
    parent = np.arange(len(texts))

    def find(node: int) -> int:
        while parent[node] != node:
            parent[node] = parent[parent[node]]
            node = int(parent[node])
        return node

    for left, right in _candidates(signatures):
        a, b = find(left), find(right)
        if a != b and _jaccard(sets[left], sets[right]) >= similarity:
            parent[max(a, b)] = min(a, b)
    return np.array([find(node) for node in range(len(texts))], np.int64)


def _trigrams(text: str) -> NDArray[np.uint64]:
    """The set of hashed trigrams of the letters and digits of a text, sorted."""
    letters = "".join(filter(str.isalnum, text)).lower()
    codes = np.frombuffer((letters + "\0\0").encode("utf-32-le", "surrogatepass"), np.uint32).astype(np.uint64)
    return np.unique((codes[:-2] << np.uint64(42)) ^ (codes[1:-1] << np.uint64(21)) ^ codes[2:])


def _signatures(sets: Sequence[NDArray[np.uint64]]) -> NDArray[np.uint32]:
    """One row of 64 minima for each set; an empty set has a row of its own."""
    rng = np.random.default_rng(61)
    factors = rng.integers(1, 1 << 62, _PERMUTATIONS, dtype=np.uint64) | np.uint64(1)
    result = np.empty((len(sets), _PERMUTATIONS), np.uint32)
    for row, grams in enumerate(sets):
        if not len(grams):
            result[row] = row
            continue
        mixed = (grams[:, None] ^ (grams[:, None] >> np.uint64(29))) * factors[None, :]
        result[row] = (mixed >> np.uint64(32)).astype(np.uint32).min(axis=0)
    return result


def _candidates(signatures: NDArray[np.uint32]) -> list[tuple[int, int]]:
    """Pairs that agree on all rows of some band."""
    pairs: set[tuple[int, int]] = set()
    for start in range(0, _PERMUTATIONS, _BAND):
        buckets: dict[bytes, list[int]] = defaultdict(list)
        for row, signature in enumerate(np.ascontiguousarray(signatures[:, start : start + _BAND])):
            buckets[signature.tobytes()].append(row)
        for rows in buckets.values():
            if len(rows) > _MAX_BUCKET:
                pairs.update((rows[0], other) for other in rows[1:])
            else:
                pairs.update((a, b) for i, a in enumerate(rows) for b in rows[i + 1 :])
    return sorted(pairs)


def _jaccard(left: NDArray[np.uint64], right: NDArray[np.uint64]) -> float:
    common = len(np.intersect1d(left, right, assume_unique=True))
    union = len(left) + len(right) - common
    return common / union if union else 1.0
