"""What is known of a matter from its members: sums that do not depend on the order in which the members came."""

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from pipeline.matters.terms import Details, Terms


@dataclass(slots=True)
class Vector:
    """A sum of vectors and the square of its length, in whole numbers."""

    weights: dict[str, int] = field(default_factory=dict)
    square: int = 0

    def add(self, terms: Mapping[str, int]) -> None:
        """Add one vector."""
        weights, square = self.weights, self.square
        for term, value in terms.items():
            before = weights.get(term, 0)
            weights[term] = before + value
            square += value * (2 * before + value)
        self.square = square

    def subtract(self, terms: Mapping[str, int]) -> None:
        """Take away one vector that was added."""
        weights, square = self.weights, self.square
        for term, value in terms.items():
            before = weights[term]
            square -= value * (2 * before - value)
            if before == value:
                del weights[term]
            else:
                weights[term] = before - value
        self.square = square

    def dot(self, terms: dict[str, int]) -> int:
        """Return the inner product with one vector."""
        weights = self.weights
        return sum([value * weights[term] for term, value in terms.items() if term in weights])

    def cosine(self, terms: dict[str, int], unit: int) -> float:
        """Return the cosine with a vector of length ``unit``."""
        return self.dot(terms) / (unit * (math.sqrt(self.square) or 1.0))


@dataclass(frozen=True, slots=True)
class Joined:
    """One member: its terms' text, when it is dated and when it arrived (days since 1970), its number in arrival."""

    text: str
    day: float
    now: float
    number: int


@dataclass(slots=True)
class Sums:
    """What the members say beside their words, counted."""

    provinces: Counter[str] = field(default_factory=Counter)
    cities: Counter[str] = field(default_factory=Counter)
    counties: Counter[str] = field(default_factory=Counter)
    quoted: Counter[str] = field(default_factory=Counter)
    kinds: Counter[str] = field(default_factory=Counter)
    spots: Counter[str] = field(default_factory=Counter)

    def add(self, details: Details) -> None:
        """Take a member in."""
        for counter, names in self._named(details):
            counter.update(names)

    def subtract(self, details: Details) -> None:
        """Take a member out."""
        for counter, names in self._named(details):
            counter.subtract(names)
            for name in names:
                if not counter[name]:
                    del counter[name]

    def _named(self, details: Details) -> tuple[tuple[Counter[str], frozenset[str]], ...]:
        return (
            (self.provinces, details.provinces),
            (self.cities, details.cities),
            (self.counties, details.counties),
            (self.quoted, details.quoted),
            (self.kinds, details.kinds),
            (self.spots, details.spots),
        )


class Profile:
    """One matter as the follower sees it; times are days since 1970, ``touched`` is when a member last arrived.

    The sums beside the words are made when the matter is first compared: most matters never are.
    """

    __slots__ = ("_sums", "_unsummed", "first", "id", "last", "members", "touched", "words")

    def __init__(self, id_: str) -> None:
        self.id = id_
        self.first, self.last, self.touched = math.inf, -math.inf, -math.inf
        self.members: dict[str, Joined] = {}  # in the order of their arrival
        self.words = Vector()
        self._sums = Sums()
        self._unsummed: dict[str, None] = {}  # members that the sums do not hold yet

    @property
    def number(self) -> int:
        """The number in arrival of the first member: the age of the matter among others."""
        return next(iter(self.members.values())).number

    @property
    def newest(self) -> int:
        """The number in arrival of the last member."""
        return next(reversed(self.members.values())).number

    @property
    def size(self) -> int:
        """The number of members."""
        return len(self.members)

    @property
    def sums(self) -> Sums:
        """What the members say beside their words."""
        for name in self._unsummed:
            self._sums.add(Terms(self.members[name].text).details)
        self._unsummed.clear()
        return self._sums

    def add(self, name: str, terms: Terms, member: Joined) -> None:
        """Take in a member that arrived later than all others."""
        self.members[name] = member
        self.first, self.last = min(self.first, member.day), max(self.last, member.day)
        self.touched = max(self.touched, member.now)
        self.words.add(terms.words)
        if terms.has_details and not self._unsummed:
            self._sums.add(terms.details)
        else:
            self._unsummed[name] = None

    def remove(self, name: str) -> None:
        """Take a member out."""
        member = self.members.pop(name)
        terms = Terms(member.text)
        self.words.subtract(terms.words)
        if name in self._unsummed:
            del self._unsummed[name]
        else:
            self._sums.subtract(terms.details)
        rest = self.members.values()
        self.first = min((other.day for other in rest), default=math.inf)
        self.last = max((other.day for other in rest), default=-math.inf)
        self.touched = max((other.now for other in rest), default=-math.inf)

    def gap(self, day: float) -> float:
        """Return the days between a moment and the nearest of the matter's life; 0 within it."""
        return max(0.0, day - self.last, self.first - day)
