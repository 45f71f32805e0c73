"""The words that moved a judgement, from what each character adds to it: the heaviest words, few and whole."""

import numpy as np
from numpy.typing import NDArray

from classifiers.segmenter import spans

MAX_SHARE = 0.28  # of the characters of a text; below 30 % so that signs inside a word fit in
SHORT = 40  # in a shorter text words may be more than their share
_PLAIN = frozenset("的了在是和就都而及与着或有也这那一个我你他她它们不为以于对从把被让向到去来上下中里年月日时分号")


def highlights(text: str, charge: NDArray[np.float64], enough: float, room: int) -> list[tuple[int, int, float]]:
    """Return first character, end and weight of the words to take away so that the judgement falls, in order of place.

    ``charge`` (characters,) is what each adds; words are taken until they add up to ``enough`` or fill ``room``.
    """
    total = np.concatenate(([0.0], np.cumsum(charge)))
    words = [(a, b) for a, b in spans(text) if not _PLAIN.issuperset(text[a:b]) and text[a:b].isalnum()]
    weights = [float(total[b] - total[a]) for a, b in words]
    chosen: list[int] = []
    for place in sorted(range(len(words)), key=lambda i: -weights[i]):
        if weights[place] <= 0 or enough <= 0:
            break
        size = words[place][1] - words[place][0]
        if size <= room:
            chosen.append(place)
            room -= size
            enough -= weights[place]
    merged: list[tuple[int, int, float]] = []
    for place in sorted(chosen):
        (start, end), weight = words[place], weights[place]
        if merged and merged[-1][1] == start:
            start, _, before = merged.pop()
            weight += before
        merged.append((start, end, weight))
    return merged
