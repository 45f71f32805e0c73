"""Which matter a text joins: one pass, in order of arrival, knowing only the past."""

import math
import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import cache
from heapq import heappop, heappush

import msgspec

from pipeline.matters.index import Index
from pipeline.matters.likeness import Model, model, probability
from pipeline.matters.profile import Joined, Profile
from pipeline.matters.terms import SEEN, UNIT, Terms, prepared, rarity

QUIET_DAYS = 7.0
"""A matter without a new member for so long is closed; what comes later opens a linked one."""

LINK_DAYS = 30.0
"""For so long after its last arrival a closed matter is still known, so that a later one can be linked to it."""

_WIDE = ("省", "市", "县", "区", "州")
_DAY = 86_400.0
_CANDIDATES = 2
_NEAR = 3
_POSTINGS = 48  # entries looked at for one text: the rarest words first
_LEAST = 0.08  # cosine of the words below which nothing else is looked at
_RUNNING = 4_000.0  # weight of the background against the live matters, in texts


class Placement(msgspec.Struct, frozen=True, omit_defaults=True):
    """Where a text belongs.

    ``issue`` is the matter to join, empty when the text opens one; ``linked_to`` the closed matter that it then
    continues; ``probability`` that of the matter chosen; ``shared`` the rarest words in common.
    """

    issue: str = ""
    linked_to: str = ""
    probability: float = 0.0
    shared: tuple[str, ...] = ()


class Follower:
    """Follows matters.

    Its state is a function of the members of the live matters and the order in which they arrived, whatever was
    joined, left, merged or split between: sums are whole numbers, statistics are those of a fixed background and of
    the live matters. Without it every restart would answer differently.

    ``own`` are the deployment's places: its city and county are in nearly every text and tell nothing.
    """

    def __init__(self, fitted: Model | None = None, own: tuple[str, ...] = ()) -> None:
        self._model, self.own = (fitted or model()).plain(), own
        self._matters: dict[str, Profile] = {}
        self._numbered: dict[int, Profile] = {}
        self._matter_of: dict[str, Profile] = {}
        self._index = Index()
        self._stale: list[tuple[float, int]] = []  # a heap: when a matter was touched, and its number
        self._left: dict[str, tuple[float, int]] = {}  # when those taken out arrived, and as which: they may come back
        self._arrived = 0
        self._today = 0.0  # the day of the last arrival

    @property
    def matters(self) -> int:
        """The number of matters known."""
        return len(self._matters)

    def members(self) -> dict[str, str]:
        """Return the matter of each member known."""
        return {name: matter.id for name, matter in self._matter_of.items()}

    def terms(self, text: str) -> Terms:
        """Return what of a text decides, without the names of our own places."""
        if self.own:
            text = _own_names(self.own).sub("", text[: 2 * SEEN])
        return Terms(prepared(text))

    def place(self, terms: Terms, at: datetime) -> Placement:
        """Return where a text published at a moment belongs; changes nothing."""
        best, closed = (-math.inf, ""), (-math.inf, "")
        day, least = at.timestamp() / _DAY, self._model.least
        candidates = self.candidates(terms)
        damp = self.damp(terms, candidates)
        for matter in candidates:
            odds = self._model.odds(terms, matter, day, damp)
            if odds is not None:
                if matter.gap(day) > QUIET_DAYS:
                    closed = max(closed, (odds, matter.id))
                else:
                    best = max(best, (odds, matter.id))
        if best[0] >= least:
            return Placement(best[1], "", probability(best[0]), self._shared(terms, best[1]))
        if closed[0] > best[0] and closed[0] >= least:
            return Placement("", closed[1], probability(closed[0]), self._shared(terms, closed[1]))
        return Placement()

    def join(self, issue: str, name: str, terms: Terms, at: datetime, now: datetime) -> None:
        """Make a text of the id ``name``, arrived ``now``, a member of a matter, new or known.

        One that was a member before keeps its place in the order of arrival.
        """
        self._take_out(name)
        arrived = self._left.pop(name, None)
        if arrived is None:
            self._arrived += 1
            arrived = now.timestamp() / _DAY, self._arrived
        self._enter(issue, name, terms, Joined(terms.text, at.timestamp() / _DAY, *arrived))

    def follow(self, name: str, text: str, at: datetime, now: datetime) -> Placement:
        """Place a text and join it, to a matter of its own id where it opens one."""
        terms = self.terms(text)
        placement = self.place(terms, at)
        self.join(placement.issue or name, name, terms, at, now)
        self.forget(now)
        return placement

    def leave(self, name: str) -> None:
        """Take a member out of its matter, as if it had never joined."""
        self._take_out(name)
        self._drop_silent()

    def _take_out(self, name: str) -> None:
        matter = self._matter_of.pop(name, None)
        if matter is not None:
            member = matter.members[name]
            self._left[name] = member.now, member.number
            self._remove(matter, name)

    def move(self, names: Iterable[str], issue: str) -> None:
        """Make members of any matters those of another, new or known."""
        for name in names:
            matter = self._matter_of.pop(name, None)
            if matter is not None:
                member = matter.members[name]
                self._remove(matter, name)
                self._enter(issue, name, Terms(member.text), member)
        self._drop_silent()

    def forget(self, now: datetime) -> None:
        """Drop the matters whose last member arrived more than ``LINK_DAYS`` ago.

        It is called after each arrival; putting members back after a restart it is called once, at the end: a matter
        that lives on may have been silent for long before its last member came.
        """
        self._today = now.timestamp() / _DAY
        self._drop_silent()

    def _drop_silent(self) -> None:
        while self._stale and self._today - self._stale[0][0] > LINK_DAYS:
            _, number = heappop(self._stale)
            matter = self._numbered.get(number)
            if matter is None:
                continue
            if self._today - matter.touched <= LINK_DAYS:
                heappush(self._stale, (matter.touched, number))
                continue
            del self._numbered[number], self._matters[matter.id]
            for name in matter.members:
                del self._matter_of[name]
            self._index.remove(number, matter.words.weights)

    def candidates(self, terms: Terms) -> list[Profile]:
        """Return the matters that share most of the text's rare words, best first."""
        scores = self._index.scores(terms.words, _POSTINGS)
        least = _LEAST * UNIT  # no cosine is more than the weights of the shared words together
        # what the words alone say narrows the field without a look at each matter, which costs far more
        near = sorted([(-score, number) for number, score in scores.items() if score >= least])
        ranked = []
        for _, number in near[:_NEAR]:
            cosine = self._numbered[number].words.cosine(terms.words, UNIT)
            if cosine >= _LEAST:
                ranked.append((-cosine, number))
        return [self._numbered[number] for _, number in sorted(ranked)[:_CANDIDATES]]

    def damp(self, terms: Terms, candidates: Sequence[Profile]) -> dict[str, float]:
        """Return a factor below 1 for each word, shared with a candidate, that many live matters share."""
        live = _RUNNING + len(self._matters)
        shared = {word for matter in candidates for word in terms.words if word in matter.words.weights}
        factors = {}
        for word in shared:
            count = self._index.count(word)
            if count > 1:
                value = terms.rarities[word]
                here = math.log(live / (_RUNNING * math.exp(-value) + count))
                if here < value:
                    factors[word] = max(0.05, here / value)
        return factors

    def _shared(self, terms: Terms, issue: str) -> tuple[str, ...]:
        common = terms.words.keys() & self._matters[issue].words.weights.keys()
        return tuple(sorted(common, key=lambda word: (-rarity(word), word))[:5])

    def _enter(self, issue: str, name: str, terms: Terms, member: Joined) -> None:
        """Put a member in its place by arrival among the others of its matter."""
        later: list[tuple[str, Joined]] = []
        matter = self._matters.get(issue)
        if matter is not None and member.number < matter.newest:
            later = [(other, found) for other, found in matter.members.items() if found.number > member.number]
            for other, _ in later:
                self._remove(matter, other)
        self._append(issue, name, terms, member)
        for other, found in later:
            self._append(issue, other, Terms(found.text), found)

    def _append(self, issue: str, name: str, terms: Terms, member: Joined) -> None:
        matter = self._matters.get(issue)
        if matter is None:
            matter = self._matters[issue] = Profile(issue)
            matter.add(name, terms, member)
            self._enlist(matter)
        else:
            self._index.add(matter.number, [word for word in terms.words if word not in matter.words.weights])
            matter.add(name, terms, member)
        self._matter_of[name] = matter

    def _remove(self, matter: Profile, name: str) -> None:
        number, before = matter.number, list(matter.words.weights)
        matter.remove(name)
        if matter.members and matter.number == number:
            self._index.remove(number, [word for word in before if word not in matter.words.weights])
            heappush(self._stale, (matter.touched, number))
            return
        del self._numbered[number]
        self._index.remove(number, before)
        if matter.members:
            self._enlist(matter)
        else:
            del self._matters[matter.id]

    def _enlist(self, matter: Profile) -> None:
        number = matter.number
        self._numbered[number] = matter
        self._index.add(number, matter.words.weights)
        heappush(self._stale, (matter.touched, number))


@cache
def _own_names(names: tuple[str, ...]) -> re.Pattern[str]:
    """Return what finds our own names where they are those of a city, county or province."""
    wide = "|".join(_WIDE)
    alternatives = [f"{re.escape(name)}(?:{wide})" for name in names]
    alternatives += [re.escape(name) for name in names if name.endswith(_WIDE)]
    return re.compile("|".join(alternatives))
