"""Exact and near copies: MinHash over character 3-grams of the normalised text."""

import re

from rensa import RMinHash, RMinHashLSH

_REPOST_CHAIN = re.compile(r"//\s*@[^:：]{1,40}[:：].*", re.DOTALL)
_NOISE = re.compile(r"https?://\S+|@[\w\-]{1,30}|\[[^\[\]]{1,8}\]|[\W_]+")
_PERMUTATIONS = 64
_BANDS = 16
_SEED = 61
_SHORTEST = 12  # shorter texts (「转发微博」) are alike without being copies
_SEEN = 600  # characters that decide
SIMILARITY = 0.6


def normalise(text: str) -> str:
    """Return the text without repost chain, links, names addressed, emoji codes, punctuation and case."""
    return _NOISE.sub("", _REPOST_CHAIN.sub("", text)).lower()[:_SEEN]


class CopyIndex:
    """Finds the earliest text that a new one copies; the same texts in the same order give the same answers."""

    def __init__(self) -> None:
        self._index = RMinHashLSH(SIMILARITY, _PERMUTATIONS, _BANDS)
        self._sketches: dict[int, tuple[str, RMinHash]] = {}
        self._keys: dict[str, int] = {}
        self._next = 0

    def match(self, text: str) -> str:
        """Return the id of the earliest text that this one copies, or nothing."""
        sketch = self._sketch(text)
        return "" if sketch is None else self._match(sketch)

    def add(self, mention_id: str, text: str) -> str:
        """Take a text in unless it copies another; return the id of the one it copies, or nothing."""
        sketch = self._sketch(text)
        if sketch is None:
            return ""
        found = self._match(sketch)
        if not found:
            self._index.insert(self._next, sketch)
            self._sketches[self._next] = (mention_id, sketch)
            self._keys[mention_id] = self._next
            self._next += 1
        return found

    def forget(self, mention_id: str) -> None:
        """Let later texts no longer be copies of this one."""
        key = self._keys.pop(mention_id, None)
        if key is not None:
            del self._sketches[key]
            self._index.remove(key)

    def _match(self, sketch: RMinHash) -> str:
        for key in sorted(self._index.query(sketch)):
            mention_id, known = self._sketches[int(key)]
            if known.jaccard(sketch) >= SIMILARITY:
                return mention_id
        return ""

    @staticmethod
    def _sketch(text: str) -> RMinHash | None:
        plain = normalise(text)
        if len(plain) < _SHORTEST:
            return None
        sketch = RMinHash(_PERMUTATIONS, _SEED)
        sketch.update([plain[start : start + 3] for start in range(len(plain) - 2)])
        return sketch
