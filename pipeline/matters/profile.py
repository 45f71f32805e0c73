"""What is known of a matter from its members: sums that do not depend on the order in which the members came."""

from collections import Counter
from dataclasses import dataclass, field

from pipeline.matters.terms import Terms

SAMPLE = 8  # members whose words are kept one by one
CORE = 6


@dataclass(slots=True)
class Vector:
    """A sum of unit vectors and the square of its length, in whole numbers."""

    weights: dict[str, int] = field(default_factory=dict)
    square: int = 0

    def add(self, terms: dict[str, int]) -> None:
        """Add one vector."""
        weights, square = self.weights, self.square
        for term, value in terms.items():
            before = weights.get(term, 0)
            weights[term] = before + value
            square += value * (2 * before + value)
        self.square = square

    def dot(self, terms: dict[str, int]) -> int:
        """Return the inner product with one vector."""
        weights = self.weights
        return sum([value * weights[term] for term, value in terms.items() if term in weights])


@dataclass(slots=True)
class Profile:
    """One matter as the follower sees it; times are days since 1970, ``touched`` is when a member last arrived."""

    id: str
    first: float
    last: float
    touched: float
    size: int = 0
    words: Vector = field(default_factory=Vector)
    pairs: Vector = field(default_factory=Vector)
    provinces: Counter[str] = field(default_factory=Counter)
    cities: Counter[str] = field(default_factory=Counter)
    counties: Counter[str] = field(default_factory=Counter)
    quoted: set[str] = field(default_factory=set)
    counts: set[str] = field(default_factory=set)
    kinds: Counter[str] = field(default_factory=Counter)
    spots: Counter[str] = field(default_factory=Counter)
    core: list[tuple[int, str]] = field(default_factory=list)  # the heaviest words, as (minus the weight, word)
    sample: list[dict[str, int]] = field(default_factory=list)  # the words of the newest members

    def add(self, terms: Terms, day: float, now: float) -> None:
        """Take a member in."""
        self.size += 1
        self.first, self.last, self.touched = min(self.first, day), max(self.last, day), max(self.touched, now)
        self.words.add(terms.words)
        self.pairs.add(terms.pairs)
        # weights only grow, so only the new text's words can rise into the core
        rising = {word for _, word in self.core} | terms.words.keys()
        self.core = sorted([(-self.words.weights[word], word) for word in rising])[:CORE]
        self.provinces.update(terms.provinces)
        self.cities.update(terms.cities)
        self.counties.update(terms.counties)
        self.quoted |= terms.quoted
        self.counts |= terms.counts
        self.kinds.update(terms.kinds)
        self.spots.update(terms.spots)
        if len(self.sample) == SAMPLE:
            del self.sample[1]  # the first member stays: it named the matter
        self.sample.append(terms.words)

    def gap(self, day: float) -> float:
        """Return the days between a moment and the nearest of the matter's life; 0 within it."""
        return max(0.0, day - self.last, self.first - day)
