"""A text as the careful reader takes it in: pieces of a vocabulary, in windows where the text is longer than one."""

from collections.abc import Sequence
from itertools import pairwise

import msgspec
import numpy as np
from numpy.typing import NDArray
from tokenizers import Encoding, Tokenizer

WINDOW = 160  # pieces at a time, the two marks at the ends included: about 220 characters
OVERLAP = 32  # pieces that two windows share, so that no sentence is read only in halves
MOST_WINDOWS = 60  # of a text of more than 10,000 characters windows evenly spread over it are read
FIRST, PADDING, LAST = 0, 1, 2


class Window(msgspec.Struct, frozen=True):
    """Piece numbers between the two marks, and which characters of the text each stands for (none for the marks)."""

    ids: list[int]
    places: list[tuple[int, int]]


def windows(tokenizer: Tokenizer, texts: Sequence[str]) -> list[list[Window]]:
    """Return the windows of each text, at least one a text."""
    return [_windows(encoding) for encoding in tokenizer.encode_batch(list(texts))]


def padded(rows: Sequence[Sequence[int]]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return piece numbers (n, longest) and a mask of the same shape, 1 where a piece stands."""
    longest = max(map(len, rows))
    ids = np.full((len(rows), longest), PADDING, np.int64)
    mask = np.zeros((len(rows), longest), np.int64)
    for place, row in enumerate(rows):
        ids[place, : len(row)] = row
        mask[place, : len(row)] = 1
    return ids, mask


def batches(lengths: Sequence[int], size: int) -> list[NDArray[np.int64]]:
    """Return places grouped by similar length, at most ``size`` in a group, so that little padding is computed."""
    order = np.argsort(np.array(lengths), kind="stable")
    return [order[start:end] for start, end in pairwise([*range(0, len(order), size), len(order)])]


def _windows(encoding: Encoding) -> list[Window]:
    ids, places = encoding.ids[1:-1], encoding.offsets[1:-1]
    room = WINDOW - 2
    starts = [0]
    while starts[-1] + room < len(ids):
        starts.append(starts[-1] + room - OVERLAP)
    if len(starts) > MOST_WINDOWS:
        starts = [starts[int(place)] for place in np.linspace(0, len(starts) - 1, MOST_WINDOWS)]
    none = [(0, 0)]
    return [Window([FIRST, *ids[at : at + room], LAST], [*none, *places[at : at + room], *none]) for at in starts]
