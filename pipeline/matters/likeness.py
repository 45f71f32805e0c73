"""How likely a text belongs to a matter: a logistic model over named features, each of which can be shown."""

import json
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import resources

import msgspec

from pipeline.matters.profile import Profile
from pipeline.matters.terms import UNIT, Terms

FEATURES = (
    "words",  # cosine with all members, words
    "pairs",  # the same, pairs of characters
    "nearest",  # cosine with the nearest of the sampled members
    "covered",  # share of the text's rarity that the matter knows
    "rare",  # rarity of the six rarest shared words above a floor
    "rarest",  # rarity of the rarest shared word
    "core",  # share of the matter's heaviest words that the text has
    "province",
    "province_differs",
    "city",
    "city_differs",
    "county",
    "county_differs",
    "quoted",  # quoted names, tags and accounts in common
    "counts",  # numbers with their unit in common
    "kind",
    "kind_differs",
    "spot",  # a road, estate, village, school in common
    "spot_differs",
    "gap",  # days since the matter's last member
    "age",  # days since its first
    "size",
    "length",  # of the text, in words
)
_SHOWN_RARE = 6
_RARE_FLOOR = 4.0
_LONGEST_AGE = 20.0
_LONGEST_GAP = 7.0  # older than that a matter is closed, and only linked to
_MOST_COMMON = 3


class Model(msgspec.Struct, frozen=True):
    """The fitted weights, one for each feature, over standardised values; ``threshold`` is the probability to join."""

    means: tuple[float, ...]
    scales: tuple[float, ...]
    weights: tuple[float, ...]
    intercept: float
    threshold: float

    def probability(self, values: Sequence[float]) -> float:
        """Return the probability that text and matter belong together."""
        score = self.intercept
        for value, mean, scale, weight in zip(values, self.means, self.scales, self.weights, strict=True):
            score += weight * (value - mean) / scale
        return 1.0 / (1.0 + math.exp(-max(-40.0, min(40.0, score))))


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
    query = terms.words
    known = matter.words.weights
    shared = [word for word in query if word in known]
    length = math.sqrt(matter.words.square) or 1.0
    inner = sum([query[word] * known[word] * damp.get(word, 1.0) for word in shared])
    rarities = sorted([terms.rarities[word] * damp.get(word, 1.0) for word in shared], reverse=True)
    total = sum(terms.rarities.values()) or 1.0
    nearest = max([_cosine(query, other) for other in matter.sample])
    core_weight = sum([weight for weight, _ in matter.core]) or -1
    return [
        inner / (UNIT * length),
        matter.pairs.dot(terms.pairs) / (UNIT * (math.sqrt(matter.pairs.square) or 1.0)),
        nearest,
        sum(rarities) / total,
        sum([max(0.0, value - _RARE_FLOOR) for value in rarities[:_SHOWN_RARE]]),
        rarities[0] if rarities else 0.0,
        sum([weight for weight, word in matter.core if word in query]) / core_weight,
        *_agreement(terms.provinces, matter.provinces),
        *_agreement(terms.cities, matter.cities),
        *_agreement(terms.counties, matter.counties),
        float(min(len(terms.quoted & matter.quoted), _MOST_COMMON)),
        float(min(len(terms.counts & matter.counts), _MOST_COMMON)),
        *_agreement(terms.kinds, matter.kinds),
        *_agreement(terms.spots, matter.spots),
        min(matter.gap(day), _LONGEST_GAP),
        min(max(0.0, day - matter.first), _LONGEST_AGE),
        math.log(matter.size),
        math.log(len(query) + 1),
    ]


def _cosine(one: dict[str, int], other: dict[str, int]) -> float:
    return sum([value * other[word] for word, value in one.items() if word in other]) / (UNIT * UNIT)


def _agreement(mine: frozenset[str], theirs: Counter[str]) -> tuple[float, float]:
    """Return how far what the text names is what the members name, and whether it is something else altogether."""
    if not mine or not theirs:
        return 0.0, 0.0
    most = max([theirs[name] for name in mine])
    return (most / max(theirs.values()), 0.0) if most else (0.0, 1.0)
