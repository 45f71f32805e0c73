"""Whose matter it is (属地管理, 61号 一): ours, a superior's, elsewhere, unknown."""

from collections.abc import Iterator, Sequence
from functools import cache

from pipeline.places.divisions import full_name
from pipeline.places.gazetteer import Gazetteer, gazetteer
from pipeline.records import Scope
from pipeline.steps.context import Context, Jurisdiction
from pipeline.steps.matter import Book, Matter


def scope_of(text: str, jurisdiction: Jurisdiction) -> tuple[Scope, tuple[str, ...]]:
    """Return whose a text is and the places found in it; without places of ours everything is ours.

    The names of the jurisdiction file decide first, then the divisions of the country; a name that may mean several
    places decides nothing.
    """
    ours = tuple(name for name in jurisdiction.ours if name in text)
    if not jurisdiction.ours or ours:
        return Scope.OURS, ours
    elsewhere = tuple(name for name in jurisdiction.elsewhere if name in text)
    if elsewhere:
        return Scope.ELSEWHERE, elsewhere
    superior = tuple(name for name in jurisdiction.superior if name in text)
    if superior:
        return Scope.SUPERIOR, superior
    return _by_division(text, jurisdiction.ours)


@cache
def _home(ours: tuple[str, ...]) -> tuple[Gazetteer, tuple[str, ...]]:
    """Return a gazetteer that knows our place, and the codes of our divisions."""
    codes = {place.code for name in ours for place in gazetteer().find(name) if place.code and place.term == name}
    home = tuple(sorted(codes))
    return Gazetteer(home), home


def _by_division(text: str, ours: tuple[str, ...]) -> tuple[Scope, tuple[str, ...]]:
    finder, home = _home(ours)
    codes = [place.code for place in finder.find(text) if place.code]
    if not codes:
        return Scope.UNKNOWN, ()
    inside = [code for code in codes if any(code.startswith(own) for own in home)]
    above = [code for code in codes if any(own.startswith(code) for own in home)]
    chosen, scope = (inside, Scope.OURS) if inside else (above, Scope.SUPERIOR) if above else (codes, Scope.ELSEWHERE)
    return scope, tuple(dict.fromkeys(full_name(code).removeprefix("abroad:") for code in chosen))


_ORDER = (Scope.OURS, Scope.SUPERIOR, Scope.UNKNOWN, Scope.ELSEWHERE)


def scope(records: Sequence[Matter], state: Book, ctx: Context) -> Iterator[Matter]:
    """Set each touched matter's scope to the nearest of its fresh members', and collect their places."""
    for matter in records:
        for flagged in matter.fresh:
            mention = flagged.mention
            text = f"{mention.title} {mention.region_text} {mention.text[:2000]}"
            found, places = scope_of(text, ctx.jurisdiction)
            if matter.scope is None or _ORDER.index(found) < _ORDER.index(matter.scope):
                matter.scope = found
            matter.add_regions(places)
        yield matter
