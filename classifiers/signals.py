"""The four factors of 研判, each computed from what is known (湖北 三(二)).

More reposts, reads or media never lower a factor, and no factor lowers a tier.
"""

import math
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from classifiers.assessment import Signals
from classifiers.classifier import Text
from classifiers.cues import Casualties

_FULL_HEAT = math.log1p(100_000)  # reposts + comments + likes at which public reaction is full
_READS_PER_DEED = 100  # readers for one who reacts
_MEDIA_CHANNELS = {"newspaper": 0.5, "website": 0.2, "wechat": 0.2}
_RAISING = 0.75  # reaction or media above this raise a tier that the text alone nearly reached
_MOST = 0.5


def signals(
    texts: Sequence[Text],
    scores: NDArray[np.float64],
    casualties: Mapping[int, Casualties],
    warnings: NDArray[np.int64],
    collective: NDArray[np.bool_],
    named: NDArray[np.int64],
) -> list[Signals]:
    """Return the four factors of each text.

    ``scores`` (n,) is the severity that the words alone give, ``warnings`` the colour of a warning (0 none to 3 red),
    ``collective`` whether people gather, ``named`` how often the text names media or official accounts.
    """
    columns = (
        [nature(score) for score in scores.tolist()],
        intensity(len(texts), casualties, warnings, collective),
        np.minimum(np.log1p([_deeds(text) for text in texts]) / _FULL_HEAT, 1.0),
        media_involvement(texts, named),
    )
    return [Signals(*factors) for factors in zip(*(np.round(column, 4).tolist() for column in columns), strict=True)]


def nature(score: float) -> float:
    """How grave the matter is in kind, from the severity that the words alone give (0 to 3)."""
    return min(max(score / 3, 0.0), 1.0)


def intensity(
    n: int, casualties: Mapping[int, Casualties], warnings: NDArray[np.int64], collective: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """How fierce each event is: casualties, colour of the warning, people gathering."""
    weight = np.zeros(n)
    for row, told in casualties.items():
        weight[row] = told.dead * 3 + told.missing * 2 + told.hurt
    calm = (1.0 - 0.25 * warnings) * (1.0 - np.minimum(np.log1p(weight) / math.log1p(90), 0.95))
    return np.asarray(1.0 - calm * np.where(collective, 0.5, 1.0))


def media_involvement(texts: Sequence[Text], named: NDArray[np.int64]) -> NDArray[np.float64]:
    """How far media take part: the channel itself, and how often each text names media or official accounts."""
    channel = np.array([_MEDIA_CHANNELS.get(text.channel, 0.0) for text in texts])
    return np.asarray(1.0 - (1.0 - channel) * 0.75 ** np.minimum(named, 8))


def _deeds(text: Text) -> int:
    """Reposts, comments, likes and a hundredth of the reads."""
    deeds = max(text.reposts or 0, 0) + max(text.comments or 0, 0) + max(text.likes or 0, 0)
    return deeds + max(text.reads or 0, 0) // _READS_PER_DEED


def raised(score: float, factors: Signals, highest: float) -> float:
    """Return the severity score with what reaction and media add; they alone never make the top tier (``highest``)."""
    most = max(factors.public_reaction, factors.media_involvement)
    if most <= _RAISING:
        return score
    more = score + _MOST * (most - _RAISING) / (1 - _RAISING)
    return more if score >= highest else min(more, max(score, highest - 1e-6))
