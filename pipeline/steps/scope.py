"""Whose matter it is (属地管理, 61号 一): ours, a superior's, elsewhere, unknown."""

from collections.abc import Iterator, Sequence

from pipeline.records import Scope
from pipeline.steps.context import Context, Jurisdiction
from pipeline.steps.matter import Book, Matter


def scope_of(text: str, jurisdiction: Jurisdiction) -> tuple[Scope, tuple[str, ...]]:
    """Return whose a text is and the places found in it; without places of ours everything is ours."""
    ours = tuple(name for name in jurisdiction.ours if name in text)
    if not jurisdiction.ours or ours:
        return Scope.OURS, ours
    elsewhere = tuple(name for name in jurisdiction.elsewhere if name in text)
    if elsewhere:
        return Scope.ELSEWHERE, elsewhere
    superior = tuple(name for name in jurisdiction.superior if name in text)
    if superior:
        return Scope.SUPERIOR, superior
    return Scope.UNKNOWN, ()


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
