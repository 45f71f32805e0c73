"""Splits that do not flatter: by near-duplicate group, by month, and forward in time."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Literal

import msgspec
import numpy as np
from numpy.typing import NDArray

from classifiers.training.duplicates import groups
from classifiers.training.labelled import Labelled

Split = tuple[NDArray[np.int64], NDArray[np.int64]]  # rows to train on, rows to test on
NEWEST = 0.15  # share of the dated texts that a split forward in time tests on
_ONE_OF = 12  # the fold held out by a reader that is too dear to train for every fold
_NATURAL = ("random", "r3_random_hot", "r4_random_hot")


def split_groups(rows: Sequence[Labelled], by: Literal["duplicate", "month"] = "duplicate") -> NDArray[np.int64]:
    """Return a group number for each row: near-duplicates, or all dated rows of one kind of source and month together.

    With ``month`` the matters of a month stay on one side, so nothing is learned from other reports of the same matter.
    """
    group = groups([f"{row.title}{row.text}" for row in rows])
    if by == "duplicate":
        return group
    months: dict[tuple[str, int, int], int] = {}
    for number in np.unique(group):
        first = rows[int(number)]
        if first.time is not None:
            key = (first.source_kind, first.time.year, first.time.month)
            group[group == number] = months.setdefault(key, int(number))
    return group


def folds(group: NDArray[np.int64], n: int = 5, seed: int = 61) -> Iterator[Split]:
    """Yield ``n`` splits (train rows, test rows) of about equal size that never part a group."""
    numbers, sizes = np.unique(group, return_counts=True)
    order = np.random.default_rng(seed).permutation(len(numbers))
    order = order[np.argsort(-sizes[order], kind="stable")]  # large groups first, so that the folds come out even
    filled = np.zeros(n, np.int64)
    fold_of = np.empty(len(numbers), np.int64)
    for place in order:
        fold = int(filled.argmin())
        fold_of[place] = fold
        filled[fold] += sizes[place]
    fold_of_row = fold_of[np.searchsorted(numbers, group)]
    for fold in range(n):
        yield np.flatnonzero(fold_of_row != fold), np.flatnonzero(fold_of_row == fold)


def forward(rows: Sequence[Labelled], group: NDArray[np.int64], since: date) -> Split:
    """Return the split that tests on rows dated ``since`` or later and trains on the rest.

    Near-duplicates of a tested row are trained on by nobody.
    """
    late = np.array([row.time is not None and row.time.date() >= since for row in rows], bool)
    tested = np.isin(group, group[late])
    return np.flatnonzero(~tested), np.flatnonzero(late)


class HeldOut(msgspec.Struct, frozen=True):
    """Rows to train on, and what is kept from it: a fold by near-duplicate and month, and the newest months.

    The two overlap where the fold holds newest months; no row of ``train`` is a near-duplicate of a row of either.
    """

    train: NDArray[np.int64]
    fold: NDArray[np.int64]
    newest: NDArray[np.int64]

    @property
    def tested(self) -> NDArray[np.int64]:
        """The rows of either, in order."""
        return np.union1d(self.fold, self.newest)


def held_out(rows: Sequence[Labelled]) -> HeldOut:
    """Return the one split that the careful reader and the blend are trained and measured by."""
    kept, fold = next(folds(split_groups(rows, "month"), _ONE_OF))
    since = newest_since(rows)
    if since is None:
        return HeldOut(kept, fold, np.zeros(0, np.int64))
    earlier, newest = forward(rows, split_groups(rows), since)
    return HeldOut(np.intersect1d(kept, earlier), fold, newest)


def newest_since(rows: Sequence[Labelled]) -> date | None:
    """Return the day from which on texts count as the newest; None where no text has a date."""
    times = sorted(row.time.date() for row in rows if row.time is not None)
    return times[int(len(times) * (1 - NEWEST))] if times else None


def natural(rows: Sequence[Labelled]) -> NDArray[np.bool_]:
    """Return which rows were drawn at random from their source, so that classes are as frequent as in the stream."""
    return np.array([row.stratum in _NATURAL for row in rows], bool)
