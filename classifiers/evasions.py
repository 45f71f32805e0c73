"""Words written around a filter, read as what is meant: 「chai迁」「拆qian」「zhengfu」「zf」「城菅」.

Only the words of the domain are known here; any other Latin or odd character stays as it is.
"""

from functools import cache
from importlib import resources
from itertools import takewhile
from operator import eq

import numpy as np
from numpy.typing import NDArray

from classifiers.automaton import Automaton

_SHORTEST = 6  # letters of a word written in pinyin throughout; shorter runs are too often something else


def undo(
    codes: NDArray[np.uint32], starts: NDArray[np.int64], origins: NDArray[np.int64]
) -> tuple[NDArray[np.uint32], NDArray[np.int64], NDArray[np.int64]]:
    """Return codes, starts and origins of a batch (``normalise.Batch``) with evasions replaced by what they mean.

    Characters that are the same stay in their places; the first and the last of a replacement stand where the evasion
    begins and ends.
    """
    while True:
        text = codes.tobytes().decode("utf-32-le", "surrogatepass")
        found = sorted({*_written_otherwise(text), *_in_pinyin(text, codes)})
        if not found:
            return codes, starts, origins
        codes, kept = codes.copy(), np.ones(len(codes), bool)
        done = 0
        for start, end, word in found:
            if start >= done:
                kept[start:end] = False
                for character, place in zip(word, _places(text[start:end], word), strict=True):
                    codes[start + place], kept[start + place] = ord(character), True
                done = end
        before = np.concatenate(([0], np.cumsum(kept)))
        codes, starts, origins = codes[kept], before[starts], origins[kept]


def _places(written: str, meant: str) -> list[int]:
    """Where in what is written each character of what is meant stands."""
    front = _alike(written, meant)
    back = _alike(written[front:][::-1], meant[front:][::-1])
    places = [*range(len(meant) - back), *range(len(written) - back, len(written))]
    if not back:
        places[-1] = len(written) - 1
    return places


def _alike(one: str, other: str) -> int:
    """How many characters both begin with."""
    return sum(takewhile(bool, map(eq, one, other)))


def _written_otherwise(text: str) -> list[tuple[int, int, str]]:
    """First character, end and meaning of the evasions of ``evasions.txt``."""
    automaton, meant = _evasions()
    hits = automaton.find(text).tolist()
    return [(start, end, meant[which]) for which, start, end in hits if _stands_alone(text, start, end)]


def _in_pinyin(text: str, codes: NDArray[np.uint32]) -> list[tuple[int, int, str]]:
    """First character, end and meaning of words written in pinyin; only what stands near letters is looked at."""
    near = (codes >= ord("a")) & (codes <= ord("z"))
    for step in (1, 2):  # reaches the three characters on either side of a letter
        near[step:] |= near[:-step].copy()
        near[:-step] |= near[step:].copy()
    place = np.flatnonzero(near)
    if not len(place):
        return []
    automaton, meant = _pinyin()
    hits = automaton.find(codes[place].tobytes().decode("utf-32-le", "surrogatepass")).tolist()
    whole = [(int(place[start]), int(place[end - 1]) + 1, end - start, meant[which]) for which, start, end in hits]
    return [
        (start, end, word)
        for start, end, length, word in whole
        if end - start == length and _stands_alone(text, start, end)
    ]


def _stands_alone(text: str, start: int, end: int) -> bool:
    """Whether Latin letters at the ends of a find are a whole run of letters."""
    return not (
        (_latin(text[start]) and start > 0 and _latin(text[start - 1]))
        or (_latin(text[end - 1]) and _latin(text[end : end + 1]))
    )


def _latin(character: str) -> bool:
    return character.isascii() and character.isalnum()


@cache
def _evasions() -> tuple[Automaton, tuple[str, ...]]:
    """The words of ``evasions.txt`` and what each means."""
    meant = dict(line.split() for line in _lines("evasions.txt"))
    return Automaton(list(meant)), tuple(meant.values())


@cache
def _pinyin() -> tuple[Automaton, tuple[str, ...]]:
    """The words of ``pinyin.txt`` with one character or all in pinyin, and what each means."""
    meant: dict[str, str] = {}
    for line in _lines("pinyin.txt"):
        word, *syllables = line.split()
        for place, syllable in enumerate(syllables):
            meant.setdefault(word[:place] + syllable + word[place + 1 :], word)
        if len(whole := "".join(syllables)) >= _SHORTEST:
            meant.setdefault(whole, word)
    return Automaton(list(meant)), tuple(meant.values())


def _lines(file: str) -> list[str]:
    text = resources.files("classifiers.data").joinpath(file).read_text("utf-8")
    return [line for line in text.splitlines() if line and not line.startswith("#")]
