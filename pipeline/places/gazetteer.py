"""Administrative divisions found in a text; what may mean several stays ambiguous and says so."""

from collections.abc import Iterable, Sequence
from functools import cache

import msgspec
from ahocorasick_rs import AhoCorasick, Implementation, MatchKind

from pipeline.places.divisions import chain, countries, full_name, names

ABROAD = "abroad:"


class Place(msgspec.Struct, frozen=True, omit_defaults=True):
    """One name of a place in a text.

    ``code`` is empty where the name is ambiguous; ``candidates`` then holds all it may mean. Offsets count characters.
    A country has the code ``abroad:`` and its name.
    """

    term: str
    start: int
    end: int
    code: str = ""
    candidates: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The full name for people, or what the term may mean."""
        if self.code.startswith(ABROAD):
            return self.code.removeprefix(ABROAD)
        if self.code:
            return full_name(self.code)
        return f"{self.term}（可能是{'、'.join(full_name(code) for code in self.candidates[:4])}）"


class Gazetteer:
    """Finds places; ``home`` are codes of the deployment's own places, which win where a name is ambiguous.

    ``extra`` adds names of the deployment (towns, villages, development zones) with their code.
    """

    def __init__(self, home: Sequence[str] = (), extra: Iterable[tuple[str, str]] = ()) -> None:
        self._home = tuple(home)
        known = {name: codes for name, codes in names().items() if len(name) > 1}
        known |= {country: (ABROAD + country,) for country in countries()}
        for name, code in extra:
            known[name] = tuple(dict.fromkeys((*known.get(name, ()), code)))
        self._names = sorted(known)
        self._codes = [known[name] for name in self._names]
        self._automaton = AhoCorasick(
            self._names, matchkind=MatchKind.LeftmostLongest, implementation=Implementation.ContiguousNFA
        )

    def find(self, text: str) -> tuple[Place, ...]:
        """Return the places named in the text, in order."""
        hits = self._automaton.find_matches_as_indexes(text)
        if not hits:
            return ()
        sure = [self._codes[index][0] for index, _, _ in hits if len(self._codes[index]) == 1]
        places = []
        for index, start, end in hits:
            codes = self._codes[index]
            code = codes[0] if len(codes) == 1 else self._resolve(codes, sure)
            places.append(Place(self._names[index], start, end, code, () if code else codes))
        return tuple(places)

    def codes(self, text: str) -> frozenset[str]:
        """Return the codes of the divisions named without ambiguity, each with those it lies in."""
        found: set[str] = set()
        for place in self.find(text):
            if place.code:
                found.update(chain(place.code) or (place.code,))
        return frozenset(found)

    def _resolve(self, codes: Sequence[str], sure: Sequence[str]) -> str:
        """Return the one code that fits, by what else the text names, then by the deployment's own places."""
        for known in (sure, self._home):
            fitting = [code for code in codes if any(_akin(code, other) for other in known)]
            if fitting:
                return _narrowest_common(fitting)
        return _narrowest_common(codes)


def _akin(one: str, other: str) -> bool:
    return one.startswith(other) or other.startswith(one)


def _narrowest_common(codes: Sequence[str]) -> str:
    """Return the widest of the codes where it contains all others (吉林 is the province), else nothing."""
    widest = min(codes, key=len)
    return widest if all(code.startswith(widest) for code in codes) else ""


@cache
def gazetteer() -> Gazetteer:
    """Return the gazetteer of the whole country without a home."""
    return Gazetteer()
