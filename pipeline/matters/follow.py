"""Which matter a text joins: one pass, in order of arrival, knowing only the past."""

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from heapq import nsmallest
from itertools import islice

import msgspec

from pipeline.matters.likeness import Model, features, model
from pipeline.matters.profile import Profile
from pipeline.matters.terms import Terms, terms_of

QUIET_DAYS = 7.0
"""A matter without a new member for so long is closed; what comes later opens a linked one."""

LINK_DAYS = 30.0
"""For so long after its last arrival a closed matter is still known, so that a later one can be linked to it."""

_WIDE = ("省", "市", "县", "区", "州")
_DAY = 86_400.0
_CANDIDATES = 4
_NEAR = 10
_POSTINGS = 200  # entries looked at for one text: the rarest words first
_RUNNING = 4_000.0  # weight of the background against the live matters, in texts


class Placement(msgspec.Struct, frozen=True, omit_defaults=True):
    """Where a text belongs.

    ``issue`` is the matter to join, empty when the text opens one; ``linked_to`` the closed matter that it then
    continues; ``probability`` that of the best candidate; ``shared`` the rarest words in common.
    """

    issue: str = ""
    linked_to: str = ""
    probability: float = 0.0
    shared: tuple[str, ...] = ()


@dataclass(slots=True)
class Follower:
    """Follows matters.

    Its state is a function of the members of the live matters, in whatever order they are put back after a restart:
    sums are whole numbers, statistics are those of a fixed background and of the live matters.
    """

    model: Model = field(default_factory=model)
    own: tuple[str, ...] = ()  # the deployment's places: its city and county are in nearly every text and tell nothing
    _matters: dict[str, Profile] = field(default_factory=dict)
    _postings: dict[str, dict[str, None]] = field(default_factory=dict)
    _oldest: dict[str, float] = field(default_factory=dict)  # matters by last arrival, the stalest first

    def place(self, text: str, at: datetime) -> Placement:
        """Return where a text published at a moment belongs; changes nothing."""
        return self._place(self._terms(text), at.timestamp() / _DAY)

    def join(self, issue: str, text: str, at: datetime, now: datetime) -> None:
        """Make a text, arrived ``now``, a member of a matter, new or known."""
        self._join(issue, self._terms(text), at.timestamp() / _DAY, now.timestamp() / _DAY)

    def follow(self, new_issue: str, text: str, at: datetime, now: datetime) -> Placement:
        """Place a text and join it, to a matter of the id ``new_issue`` where it opens one."""
        terms, day = self._terms(text), at.timestamp() / _DAY
        placement = self._place(terms, day)
        self._join(placement.issue or new_issue, terms, day, now.timestamp() / _DAY)
        return placement

    def forget(self, now: datetime) -> None:
        """Drop the matters whose last member arrived more than ``LINK_DAYS`` ago."""
        self._forget(now.timestamp() / _DAY)

    @property
    def matters(self) -> int:
        """The number of matters known."""
        return len(self._matters)

    def candidates(self, terms: Terms) -> list[Profile]:
        """Return the matters that share most of the text's rare words, best first."""
        scores: dict[str, int] = {}
        left = _POSTINGS
        lists = []
        for word, value in terms.words.items():
            posting = self._postings.get(word)
            if posting:
                lists.append((len(posting), word, value, posting))
        lists.sort(key=_by_length)
        for length, _, value, posting in lists:
            if left <= 0:
                break
            for issue in islice(reversed(posting), left):  # the newest matters where there are too many
                scores[issue] = scores.get(issue, 0) + value
            left -= length
        # what the words alone say narrows the field without a look at each matter, which costs far more
        near = nsmallest(_NEAR, [(-score, issue) for issue, score in scores.items()])
        ranked = []
        for _, issue in near:
            matter = self._matters[issue]
            ranked.append((-matter.words.dot(terms.words) / math.sqrt(matter.words.square), issue))
        return [self._matters[issue] for _, issue in sorted(ranked)[:_CANDIDATES]]

    def damp(self, terms: Terms) -> dict[str, float]:
        """Return a factor below 1 for each word of the text that many live matters share."""
        live = len(self._matters)
        factors = {}
        for word, value in terms.rarities.items():
            posting = self._postings.get(word)
            if posting is not None and len(posting) > 1 and value > 0:
                expected = _RUNNING * math.exp(-value)
                here = math.log((_RUNNING + live) / (expected + len(posting)))
                if here < value:
                    factors[word] = max(0.05, here / value)
        return factors

    def scored(self, terms: Terms, day: float) -> Iterator[tuple[float, Profile]]:
        """Yield the candidates with the probability that the text belongs to each."""
        damp = self.damp(terms)
        for matter in self.candidates(terms):
            yield self.model.probability(features(terms, matter, day, damp)), matter

    def _terms(self, text: str) -> Terms:
        return terms_of(_own_names(self.own).sub("", text) if self.own else text)

    def _place(self, terms: Terms, day: float) -> Placement:
        best, closed = (0.0, ""), (0.0, "")
        for probability, matter in self.scored(terms, day):
            if matter.gap(day) > QUIET_DAYS:
                closed = max(closed, (probability, matter.id))
            else:
                best = max(best, (probability, matter.id))
        if best[0] >= self.model.threshold:
            return Placement(best[1], "", best[0], self._shared(terms, best[1]))
        if closed[0] > best[0] and closed[0] >= self.model.threshold:
            return Placement("", closed[1], closed[0], self._shared(terms, closed[1]))
        return Placement("", "", best[0])

    def _shared(self, terms: Terms, issue: str) -> tuple[str, ...]:
        known = self._matters[issue].words.weights
        return tuple(sorted((word for word in terms.words if word in known), key=lambda w: (-terms.rarities[w], w))[:5])

    def _join(self, issue: str, terms: Terms, day: float, now: float) -> None:
        matter = self._matters.get(issue)
        if matter is None:
            self._forget(now)
            matter = self._matters[issue] = Profile(issue, day, day, now)
        for word in terms.words:
            if word not in matter.words.weights:
                self._postings.setdefault(word, {})[issue] = None
        matter.add(terms, day, now)
        self._oldest.pop(issue, None)
        self._oldest[issue] = matter.touched

    def _forget(self, now: float) -> None:
        while self._oldest:
            issue, touched = next(iter(self._oldest.items()))
            if now - touched <= LINK_DAYS:
                return
            del self._oldest[issue]
            for word in self._matters.pop(issue).words.weights:
                posting = self._postings[word]
                del posting[issue]
                if not posting:
                    del self._postings[word]


@cache
def _own_names(names: tuple[str, ...]) -> re.Pattern[str]:
    """Return what finds our own names where they are those of a city, county or province."""
    wide = "|".join(_WIDE)
    alternatives = [f"{re.escape(name)}(?:{wide})" for name in names]
    alternatives += [re.escape(name) for name in names if name.endswith(_WIDE)]
    return re.compile("|".join(alternatives))


def _by_length(entry: tuple[int, str, int, dict[str, None]]) -> tuple[int, str]:
    return entry[0], entry[1]
