"""How likely a text belongs to a matter: a logistic model over named features, each of which can be shown."""

import json
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import resources
from operator import mul

import msgspec

from pipeline.matters.profile import Profile
from pipeline.matters.terms import UNIT, Terms

_NAMES = (  # each at most 1
    "province",
    "province_differs",
    "city",
    "city_differs",
    "county",
    "county_differs",
    "quoted",  # a quoted name, tag or account in common
    "kind",
    "kind_differs",
    "spot",  # a road, estate, village, school in common
    "spot_differs",
)
_WORDS = (
    "words",  # cosine with all members
    "covered",  # share of the text's rarity that the matter knows
    "rare",  # rarity of the six rarest shared words above a floor
    "rarest",  # rarity of the rarest shared word
    "gap",  # days since the matter's last member
    "age",  # days since its first
    "size",
    "length",  # of the text, in words
)
FEATURES = (*_WORDS, *_NAMES)
_OF_WORDS = len(_WORDS)
_SHOWN_RARE = 6
_RARE_FLOOR = 4.0
_LONGEST_AGE = 20.0
_LONGEST_GAP = 7.0  # older than that a matter is closed, and only linked to


class Model(msgspec.Struct, frozen=True):
    """The fitted weights, one for each feature, over standardised values; ``threshold`` is the probability to join."""

    means: tuple[float, ...]
    scales: tuple[float, ...]
    weights: tuple[float, ...]
    intercept: float
    threshold: float

    def plain(self) -> "Plain":
        """Return the same model over values as they are."""
        slopes = [weight / scale for weight, scale in zip(self.weights, self.scales, strict=True)]
        start = self.intercept - sum(slope * mean for slope, mean in zip(slopes, self.means, strict=True))
        return Plain(slopes, start, math.log(self.threshold / (1.0 - self.threshold)))


class Plain:
    """A model made ready to decide: log odds as a sum over values, and what the second half may add at most."""

    def __init__(self, slopes: Sequence[float], start: float, least: float) -> None:
        self._of_words, self._of_names = tuple(slopes[:_OF_WORDS]), tuple(slopes[_OF_WORDS:])
        self._start = start
        self._most = sum(max(0.0, slope) for slope in self._of_names)
        self.least = least

    def odds(self, terms: Terms, matter: Profile, day: float, damp: Mapping[str, float]) -> float | None:
        """Return the log odds that text and matter belong together, or None where they are surely below ``least``."""
        known: float = self._start + sum(map(mul, self._of_words, of_words(terms, matter, day, damp)))
        if known + self._most < self.least:
            return None
        named: float = sum(map(mul, self._of_names, of_names(terms, matter)))
        return known + named


def probability(odds: float) -> float:
    """Return the probability of log odds."""
    return 1.0 / (1.0 + math.exp(-max(-40.0, min(40.0, odds))))


@cache
def model() -> Model:
    """Return the weights that ship with the product."""
    data = resources.files("pipeline.matters.data").joinpath("likeness.json").read_bytes()
    return msgspec.json.decode(data, type=Model)


def dump(fitted: Model) -> str:
    """Return the weights as they are kept in the data file."""
    return json.dumps(msgspec.to_builtins(fitted), indent=1) + "\n"


def features(terms: Terms, matter: Profile, day: float, damp: Mapping[str, float]) -> list[float]:
    """Return the values of ``FEATURES``.

    ``damp`` holds a factor in (0, 1] for words that many of the live matters share: the name of the deployment's own
    city tells nothing there.
    """
    return [*of_words(terms, matter, day, damp), *of_names(terms, matter)]


def of_words(terms: Terms, matter: Profile, day: float, damp: Mapping[str, float]) -> list[float]:
    """Return the values that words, times and sizes give."""
    query, known, worth = terms.words, matter.words.weights, terms.rarities
    shared = [word for word in query if word in known]
    if damp:
        inner = sum([query[word] * known[word] * damp.get(word, 1.0) for word in sorted(shared)])
        rarities = sorted([worth[word] * damp.get(word, 1.0) for word in shared], reverse=True)
    else:
        inner = float(sum([query[word] * known[word] for word in shared]))
        rarities = sorted([worth[word] for word in shared], reverse=True)
    return [
        inner / (UNIT * (math.sqrt(matter.words.square) or 1.0)),
        sum(rarities) / (math.fsum(worth.values()) or 1.0),
        sum([value - _RARE_FLOOR for value in rarities[:_SHOWN_RARE] if value > _RARE_FLOOR]),
        rarities[0] if rarities else 0.0,
        min(matter.gap(day), _LONGEST_GAP),
        min(max(0.0, day - matter.first), _LONGEST_AGE),
        math.log(matter.size),
        math.log(len(query) + 1),
    ]


def of_names(terms: Terms, matter: Profile) -> list[float]:
    """Return the values that places, quoted names, counts and kinds of event give."""
    details, sums = terms.details, matter.sums
    return [
        *_agreement(details.provinces, sums.provinces),
        *_agreement(details.cities, sums.cities),
        *_agreement(details.counties, sums.counties),
        float(not details.quoted.isdisjoint(sums.quoted)),
        *_agreement(details.kinds, sums.kinds),
        *_agreement(details.spots, sums.spots),
    ]


def _agreement(mine: frozenset[str], theirs: Counter[str]) -> tuple[float, float]:
    """Return how far what the text names is what the members name, and whether it is something else altogether."""
    if not mine or not theirs:
        return 0.0, 0.0
    most = max([theirs[name] for name in mine])
    return (most / max(theirs.values()), 0.0) if most else (0.0, 1.0)
