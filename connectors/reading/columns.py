"""Which column is which field: by header names under any alias, or by content where a header is short or long."""

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache

import msgspec

from connectors.reading.encodings import repair
from connectors.reading.records import field_text

Aliases = Mapping[str, Sequence[str]]  # our field → the header names it goes by, the best first
Shapes = Mapping[str, Callable[[str], bool]]  # our field → whether a filled cell can be one

HEADER_WITHIN = 10  # rows: a title, a unit and a date may stand above the header
_LONGEST_NAME = 60  # characters, blanks around it included
_MOST = 0.8  # share of the sample that a way of reading must fit
_FEWEST_SHAPES = 2  # filled cells of known shape that a row must have to speak for a way


class Layout(msgspec.Struct):
    """Where the columns of one table are: ``columns`` are indices by field, best alias first."""

    header: tuple[str, ...]
    columns: dict[str, tuple[int, ...]]
    names: dict[str, tuple[str, ...]]  # what each field's columns are called
    above: int  # filled rows up to and including the header
    shift: int = 0  # data cells minus header cells where the header is a column short or long
    cut: int = 0  # and before which cell


@lru_cache(maxsize=4096)
def plain_name(header: str) -> str:
    """Return a header name as it is compared: no marks, blanks, notes in brackets or leading 「12345」."""
    text = unicodedata.normalize("NFKC", repair(header) or header).strip("\ufeff \t\r\n*'\"").lower()
    text = re.sub(r"[(\[【][^)\]】]*[)\]】]|[\s*:：]", "", text) or text
    return re.sub(r"^(?:热线)?12345(?:热线)?(?=[^\d])", "", text)


def find_columns(header: Sequence[str], aliases: Aliases) -> dict[str, tuple[int, ...]]:
    """Return the indices of each field's columns, in the order of the aliases."""
    names: dict[str, list[int]] = {}
    for index, name in enumerate(header):
        names.setdefault(plain_name(name), []).append(index)
    found = {}
    for field, known in aliases.items():
        plain = dict.fromkeys(plain_name(alias) for alias in known)
        indices = tuple(index for alias in plain for index in names.get(alias, ()))
        if indices:
            found[field] = indices
    return found


def find_header(rows: Sequence[Sequence[object]], aliases: Aliases, required: Iterable[str]) -> Layout | None:
    """Return the layout by the first row that names the required fields, None where there is none near the top."""
    above = 0
    for row in rows[:HEADER_WITHIN]:
        header = tuple(field_text(cell) for cell in row)
        above += any(header)
        columns = find_columns(header, aliases)
        if len(columns) >= 2 and all(field in columns for field in required):
            called = {field: tuple(header[index] for index in indices) for field, indices in columns.items()}
            return Layout(header, columns, called, above)
    return None


def fields_of(cells: Sequence[object], layout: Layout) -> dict[str, object]:
    """Return each field's first filled column; all filled ones stand under ``field*`` where there are several."""
    fields: dict[str, object] = {}
    for field, indices in layout.columns.items():
        filled = [cells[index] for index in indices if index < len(cells) and field_text(cells[index])]
        if filled:
            fields[field] = filled[0]
        if len(indices) > 1:
            fields[f"{field}*"] = filled
    return fields


def header_again(layout: Layout, row: Sequence[object], aliases: Aliases, required: Sequence[str]) -> Layout | None:
    """Return the layout of a row that is a header: most of its filled cells are names of columns."""
    if any(isinstance(cell, str) and len(cell) > _LONGEST_NAME for cell in row):
        return None  # most rows hold a text: the cheap look first
    filled = [field_text(cell) for cell in row if is_filled(cell)]
    if not filled or any(len(cell) > 30 for cell in filled):
        return None
    known = {plain_name(name) for name in layout.header}
    if sum(plain_name(cell) in known for cell in filled) * 2 > len(filled) >= 2:
        found = find_header([row], aliases, required)
        return msgspec.structs.replace(found or layout, above=layout.above)
    return None


def is_sum(row: Sequence[object]) -> bool:
    """Say whether a row is the sum of the others."""
    return next((field_text(cell) for cell in row if is_filled(cell)), "") in ("合计", "总计", "小计", "共计")


def fits(fields: Mapping[str, object], shapes: Shapes) -> bool:
    """Say whether every filled field of a known shape has it."""
    return all(check(field_text(fields[field])) for field, check in shapes.items() if field_text(fields.get(field)))


def straight(row: Sequence[object], layout: Layout) -> Sequence[object]:
    """Return the row's cells under their right names: without the nameless cell, or with the missing one left empty."""
    if layout.shift > 0:
        return [*row[: layout.cut], *row[layout.cut + layout.shift :]]
    if layout.shift < 0:
        return [*row[: layout.cut], *("" for _ in range(-layout.shift)), *row[layout.cut :]]
    return row


def aligned(layout: Layout, rows: Sequence[Sequence[object]], aliases: Aliases, shapes: Shapes) -> Layout:
    """Return the layout moved by content where the header is one or two columns short or long.

    The one way is taken in which most of the first rows fit; where several ways fit but give different fields, none.
    """
    sample = [row for row in _below(layout, rows) if header_again(layout, row, aliases, ()) is None]
    if not sample or not shapes or _share(layout, sample, shapes) >= _MOST:
        return layout
    ways: dict[str, Layout] = {}
    for shift in (1, -1, 2, -2):
        for cut in range(len(layout.header) + 1):
            way = msgspec.structs.replace(layout, shift=shift, cut=cut)
            if _share(way, sample, shapes) >= _MOST:
                ways.setdefault(repr([fields_of(straight(row, way), way) for row in sample]), way)
        if ways:
            break
    return next(iter(ways.values())) if len(ways) == 1 else layout


def _below(layout: Layout, rows: Sequence[Sequence[object]]) -> list[Sequence[object]]:
    return [row for row in rows if any(is_filled(cell) for cell in row)][layout.above :]


def _share(layout: Layout, sample: Sequence[Sequence[object]], shapes: Shapes) -> float:
    fitting = 0
    for row in sample:
        fields = fields_of(straight(row, layout), layout)
        fitting += sum(field in fields for field in shapes) >= _FEWEST_SHAPES and fits(fields, shapes)
    return fitting / len(sample)


def is_filled(cell: object) -> bool:
    """Say whether a cell holds anything."""
    return cell is not None and (not isinstance(cell, str) or bool(cell.strip()))
