"""Whose matter it is (属地管理, 61号 一): ours, a superior's, elsewhere, unknown."""

from collections.abc import Iterator, Sequence

from pipeline.places.divisions import full_name
from pipeline.places.gazetteer import Place
from pipeline.records import Scope
from pipeline.routing.reading import finders, read
from pipeline.steps.context import Context, Jurisdiction
from pipeline.steps.matter import Book, Matter

_READ = 2000
"""So many characters of a text say where it is."""


def scope_of(
    text: str, jurisdiction: Jurisdiction, found: Sequence[Place] | None = None
) -> tuple[Scope, tuple[str, ...]]:
    """Return whose a text is and the places in it; without places of ours everything is ours.

    The names of the jurisdiction file decide first, then the divisions of the country (``found``, where they are known
    already); a name that may mean several places decides nothing and says what it may mean.
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
    places, _, home = finders(jurisdiction.ours)
    return _by_division(places.find(text) if found is None else found, home)


def _by_division(places: Sequence[Place], home: Sequence[str]) -> tuple[Scope, tuple[str, ...]]:
    codes = [place.code for place in places if place.code]
    if not codes:
        return Scope.UNKNOWN, tuple(dict.fromkeys(place.name for place in places))
    inside = [code for code in codes if any(code.startswith(own) for own in home)]
    above = [code for code in codes if any(own.startswith(code) for own in home)]
    chosen, scope = (inside, Scope.OURS) if inside else (above, Scope.SUPERIOR) if above else (codes, Scope.ELSEWHERE)
    return scope, tuple(dict.fromkeys(full_name(code).removeprefix("abroad:") for code in chosen))


_ORDER = (Scope.OURS, Scope.SUPERIOR, Scope.UNKNOWN, Scope.ELSEWHERE)


def scope(records: Sequence[Matter], state: Book, ctx: Context) -> Iterator[Matter]:
    """Set each touched matter's scope to the nearest of its fresh members', and collect where and who they name."""
    place = ctx.jurisdiction
    for matter in records:
        for flagged in matter.fresh:
            mention = flagged.mention
            title, text = f"{mention.title} {mention.region_text}", mention.text[:_READ]
            whole = f"{title}\n{text}"
            named = finders(place.ours)[0].find(whole)
            found, places = scope_of(whole, place, named)
            if matter.scope is None or _ORDER.index(found) < _ORDER.index(matter.scope):
                matter.scope = found
            matter.add_regions(places)
            if not matter.members[mention.id].heat_only:
                matter.tell(mention.id, read(title, text, place.home, named))
        yield matter
