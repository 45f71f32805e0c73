"""Many words found in a batch at once; the only module that knows the library which does it."""

from collections.abc import Sequence
from itertools import chain

import ahocorasick_rs
import numpy as np
from numpy.typing import NDArray


class Automaton:
    """Finds words (Aho and Corasick 1975): of several at one place the longest, or every one where they may overlap."""

    def __init__(self, words: Sequence[str], *, overlapping: bool = False) -> None:
        self._overlapping = overlapping
        self._automaton = ahocorasick_rs.AhoCorasick(
            list(words),
            matchkind=ahocorasick_rs.MatchKind.Standard if overlapping else ahocorasick_rs.MatchKind.LeftmostLongest,
            implementation=ahocorasick_rs.Implementation.DFA,
        )

    def find(self, text: str) -> NDArray[np.int64]:
        """Return number of the word, first character and end of each find, in order of place: (finds, 3)."""
        found = self._automaton.find_matches_as_indexes(text, overlapping=self._overlapping)
        return np.fromiter(chain.from_iterable(found), np.int64, 3 * len(found)).reshape(-1, 3)
