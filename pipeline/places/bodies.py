"""Government bodies found in a text, with level and division; what may mean several stays ambiguous and says so."""

from collections.abc import Sequence
from enum import StrEnum
from functools import cache

import msgspec
from ahocorasick_rs import AhoCorasick, Implementation, MatchKind

from pipeline.places.divisions import full_name
from pipeline.places.gazetteer import Gazetteer, Place, gazetteer
from pipeline.places.systems import former_names, systems


class BodyLevel(StrEnum):
    """Where a government body stands."""

    NATIONAL = "national"
    PROVINCIAL = "provincial"
    CITY = "city"
    COUNTY = "county"
    TOWN = "town"
    UNKNOWN = "unknown"


class Body(msgspec.Struct, frozen=True, omit_defaults=True):
    """One government body named in a text; offsets count characters.

    ``systems`` are the lines of business, several where a reform split the body. ``code`` is its division, empty where
    the text does not say which; ``candidates`` are the divisions that it may mean. ``became`` tells of a body that a
    reform renamed.
    """

    term: str
    start: int
    end: int
    name: str
    systems: tuple[str, ...]
    level: BodyLevel
    code: str = ""
    candidates: tuple[str, ...] = ()
    became: str = ""

    @property
    def vertical(self) -> bool:
        """Whether it answers to its own superior and not to the government of the place (61号 一)."""
        known = (systems()[name].vertical for name in self.systems)
        return any(kind == "central" or (kind == "county" and self.level is BodyLevel.COUNTY) for kind in known)


class _Name(msgspec.Struct, frozen=True):
    systems: tuple[str, ...]
    levels: frozenset[BodyLevel]
    became: str = ""


_LOCAL = frozenset({BodyLevel.CITY, BodyLevel.COUNTY})
_BY_LENGTH = {2: BodyLevel.PROVINCIAL, 4: BodyLevel.CITY, 6: BodyLevel.COUNTY, 9: BodyLevel.TOWN}
_BY_KIND = {
    "省": (BodyLevel.PROVINCIAL, 2),
    "市": (BodyLevel.CITY, 4),
    "州": (BodyLevel.CITY, 4),
    "县": (BodyLevel.COUNTY, 6),
    "区": (BodyLevel.COUNTY, 6),
    "旗": (BodyLevel.COUNTY, 6),
    "镇": (BodyLevel.TOWN, 9),
    "乡": (BodyLevel.TOWN, 9),
}
_NOT_A_MINISTRY = frozenset("门队位分署件")  # 教育部门, 公安部队


@cache
def _known() -> dict[str, _Name]:
    """Return every name of a body, present and former, with the systems and levels that it may mean."""
    found: dict[str, tuple[set[str], set[BodyLevel]]] = {}
    for system in systems().values():
        for names, levels in (
            (system.national, {BodyLevel.NATIONAL}),
            (system.provincial, {BodyLevel.PROVINCIAL}),
            (system.local, _LOCAL),
        ):
            for name in names:
                of, at = found.setdefault(name, (set(), set()))
                of.add(system.name)
                at |= levels
    known = {name: _Name(tuple(sorted(of)), frozenset(at)) for name, (of, at) in found.items()}
    for name, former in former_names().items():
        kind = name[-1]
        levels = {"部": {BodyLevel.NATIONAL}, "厅": {BodyLevel.PROVINCIAL}}.get(
            kind, {BodyLevel.NATIONAL} if name.startswith("国家") else {BodyLevel.PROVINCIAL, *_LOCAL}
        )
        became = f"{former.year} 年机构改革：{former.became}（{former.source}）"
        known[name] = _Name(former.systems, frozenset(levels), became)
    return known


class BodyFinder:
    """Finds government bodies; ``home`` are the codes of the deployment's own divisions."""

    def __init__(self, home: Sequence[str] = (), finder: Gazetteer | None = None) -> None:
        self._home = tuple(home)
        self._places = finder or (Gazetteer(home) if home else gazetteer())
        self._known = _known()
        self._names = sorted(self._known)
        self._automaton = AhoCorasick(
            self._names, matchkind=MatchKind.LeftmostLongest, implementation=Implementation.ContiguousNFA
        )

    def find(self, text: str, places: Sequence[Place] | None = None) -> tuple[Body, ...]:
        """Return the bodies named in the text, in order; ``places`` are those found in it, where they are known."""
        hits = self._automaton.find_matches_as_indexes(text)
        if not hits:
            return ()
        before = {place.end: place for place in (self._places.find(text) if places is None else places)}
        bodies: list[Body] = []
        for index, start, end in hits:
            name = self._names[index]
            if name[-1] == "部" and text[end : end + 1] in _NOT_A_MINISTRY:
                continue
            body = self._body(text, name, start, end, before)
            if bodies and bodies[-1].end == body.start and set(bodies[-1].systems) & set(body.systems):
                bodies.pop()  # 国家税务总局青岛市税务局 is one body
            bodies.append(body)
        return tuple(bodies)

    def _body(self, text: str, name: str, start: int, end: int, before: dict[int, Place]) -> Body:
        known = self._known[name]
        place = before.get(start)
        if place is None and text[start - 1 : start] in _BY_KIND:
            place = before.get(start - 1)
        if known.levels == {BodyLevel.NATIONAL}:
            return Body(name, start, end, name, known.systems, BodyLevel.NATIONAL, became=known.became)
        if place is not None and not place.code.startswith("abroad:"):
            return _placed(text, name, place, end, known)
        return self._unplaced(text, name, start, end, known)

    def _unplaced(self, text: str, name: str, start: int, end: int, known: _Name) -> Body:
        """A body without a named place: 市教育局, 省教育厅, 教育局. The deployment's own chain fills in what it can."""
        kind = text[start - 1 : start]
        level, length = _BY_KIND.get(kind, (BodyLevel.UNKNOWN, 0))
        if level is BodyLevel.UNKNOWN:
            kind = ""
            if known.levels == {BodyLevel.PROVINCIAL}:
                level, length = BodyLevel.PROVINCIAL, 2
        codes = {code[:length] for code in self._home if length and len(code) >= length}
        code = codes.pop() if len(codes) == 1 else ""
        term = kind + name
        if code:
            shown = full_name(code) + name
        elif kind:
            shown = f"{term}（未写明是哪个{kind}）"
        else:
            shown = f"{term}（未写明是哪一级）" if level is BodyLevel.UNKNOWN else f"{term}（未写明是哪个省）"
        return Body(term, start - len(kind), end, shown, known.systems, level, code, became=known.became)


def _placed(text: str, name: str, place: Place, end: int, known: _Name) -> Body:
    codes = (place.code,) if place.code else place.candidates
    levels = {_BY_LENGTH.get(len(code), BodyLevel.UNKNOWN) for code in codes}
    level = levels.pop() if len(levels) == 1 else BodyLevel.UNKNOWN
    term = text[place.start : end]
    if place.code:
        return Body(
            term, place.start, end, full_name(place.code) + name, known.systems, level, place.code, became=known.became
        )
    may = "、".join(full_name(code) for code in codes[:4])
    shown = f"{term}（可能属{may}）"
    return Body(term, place.start, end, shown, known.systems, level, candidates=codes, became=known.became)


@cache
def _cues() -> tuple[AhoCorasick, tuple[tuple[str, ...], ...], tuple[str, ...]]:
    of: dict[str, list[str]] = {}
    for system in systems().values():
        for cue in system.cues:
            of.setdefault(cue, []).append(system.name)
    words = tuple(sorted(of))
    automaton = AhoCorasick(
        list(words), matchkind=MatchKind.LeftmostLongest, implementation=Implementation.ContiguousNFA
    )
    return automaton, tuple(tuple(of[word]) for word in words), words


def subjects(text: str) -> dict[str, tuple[str, ...]]:
    """Return the systems whose matters a text speaks of, each with the words that say so, most words first."""
    automaton, of, words = _cues()
    found: dict[str, dict[str, None]] = {}
    for index, _, _ in automaton.find_matches_as_indexes(text):
        for system in of[index]:
            found.setdefault(system, {})[words[index]] = None
    ordered = sorted(found.items(), key=lambda pair: -len(pair[1]))
    return {system: tuple(cues) for system, cues in ordered}
