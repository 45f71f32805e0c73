"""Tables as records: CSV and spreadsheets whose columns are known by many names, in any order, under any title.

Columns are found by header aliases, or by content where the header is a column short or long. A file without a header
we know is refused as a whole; a row that fits no column is refused by itself.
"""

import csv
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import lru_cache
from pathlib import Path

import msgspec
import orjson

from connectors.connector import ConnectorError, RefusalReason
from connectors.mention import Flag
from connectors.reading.counting import csv_records, sheet_rows
from connectors.reading.encodings import decode, repair
from connectors.reading.items import LARGEST_RECORD, Broken, Record, field_text
from connectors.reading.lines import Line, encoding_of, head_of, lines
from connectors.reading.sheets import filled_rows, first_rows, is_sheet, members, sheets

Aliases = Mapping[str, Sequence[str]]  # our field → the header names it goes by, the best first
Shapes = Mapping[str, Callable[[str], bool]]  # our field → whether a filled cell can be one

_MOST_LINES = 5000
_HEADER_WITHIN = 10  # rows: a title, a unit and a date may stand above the header
_SAMPLE = 50
_MOST = 0.8  # share of the sample that a way of reading must fit
_FEWEST_SHAPES = 2  # filled cells of known shape that a row must have to speak for a way
_DELIMITERS = (",", "\t", ";", "|")

csv.field_size_limit(LARGEST_RECORD * 2)


class Layout(msgspec.Struct):
    """Where the columns of one table are: ``columns`` are indices by field, best alias first."""

    header: tuple[str, ...]
    columns: dict[str, tuple[int, ...]]
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
    for row in rows[:_HEADER_WITHIN]:
        header = tuple(field_text(cell) for cell in row)
        above += any(header)
        columns = find_columns(header, aliases)
        if len(columns) >= 2 and all(field in columns for field in required):
            return Layout(header, columns, above)
    return None


def top_rows(path: Path) -> list[tuple[str, list[list[object]]]]:
    """Return the first rows of each sheet (or of the one text table) without reading the whole file."""
    stat = path.stat()
    if stat.st_size == 0:
        raise ConnectorError(f"{path.name} 是空文件，请检查导出是否完成")
    return _top_rows(path, stat.st_mtime_ns, stat.st_size)


@lru_cache(maxsize=4)
def _top_rows(path: Path, _changed: int, _size: int) -> list[tuple[str, list[list[object]]]]:
    head = head_of(path)
    if is_sheet(head):
        return first_rows(path, _HEADER_WITHIN + _SAMPLE)
    text = decode(head[: head.rfind(b"\n") + 1] or head).text.removeprefix("\ufeff")
    delimiter = _delimiter(text)
    reader = csv.reader(text.splitlines(keepends=True), delimiter=delimiter)
    rows: list[list[object]] = []
    with suppress(csv.Error):  # the rows before the broken one say enough of the columns; reading refuses that one
        for row in reader:
            if any(cell.strip() for cell in row):
                rows.append(list(row))
            if len(rows) >= _HEADER_WITHIN + _SAMPLE:
                break
    return [("", rows)]


def _delimiter(text: str) -> str:
    """Return the delimiter that stands most often in the first filled lines, outside quotes."""
    head = [re.sub(r'"[^"]*"', "", line) for line in text.splitlines() if line.strip()][:_HEADER_WITHIN]
    return max(_DELIMITERS, key=lambda mark: max((line.count(mark) for line in head), default=0))


def read_table(path: Path, aliases: Aliases, required: Sequence[str], shapes: Shapes) -> Iterator[Record | Broken]:
    """Yield the records of every sheet that has the required columns.

    Raises:
        ConnectorError: no such sheet, or a file that is no table.
    """
    if is_sheet(head_of(path)):
        yield from _read_sheets(path, aliases, required, shapes)
    else:
        yield from _read_text(path, aliases, required, shapes)


def _layouts(path: Path, aliases: Aliases, required: Sequence[str], shapes: Shapes) -> dict[str, Layout]:
    found = {}
    for name, rows in top_rows(path):
        layout = find_header(rows, aliases, required)
        if layout is not None:
            found[name] = _aligned(layout, rows, aliases, shapes)
    if not found:
        wanted = "、".join(f"{field}（{'/'.join(list(aliases[field])[:3])}）" for field in required)
        raise ConnectorError(f"{path.name}：前 {_HEADER_WITHIN} 行里没有找到需要的列：{wanted}；请保留表头后重新导出")
    return found


def _read_sheets(path: Path, aliases: Aliases, required: Sequence[str], shapes: Shapes) -> Iterator[Record | Broken]:
    layouts = _layouts(path, aliases, required, shapes)
    for name, rows in sheets(path):
        layout = layouts.get(name)
        if layout is None:
            continue
        above = 0
        for row in rows:
            if not any(_filled(cell) for cell in row):
                continue
            above += 1
            if above > layout.above:
                raw = orjson.dumps([_plain_cell(cell) for cell in row], default=str)
                layout, record = _record(layout, row, raw, aliases, required, shapes, ())
                yield record


def _read_text(path: Path, aliases: Aliases, required: Sequence[str], shapes: Shapes) -> Iterator[Record | Broken]:
    layout = _layouts(path, aliases, required, shapes)[""]
    encoding, above = encoding_of(path), 0
    for raw, cells, flags, cut in csv_rows(path, encoding):
        above += 1
        if above <= layout.above:
            continue
        if isinstance(cells, Broken):
            yield cells
        elif cut and len(cells) < len(layout.header):
            yield Broken(RefusalReason.CUT_OFF, "文件在这一行的中间结束，请等导出完成后重新导入", raw)
        else:
            layout, record = _record(layout, cells, raw, aliases, required, shapes, flags)
            yield record


def csv_rows(path: Path, encoding: str) -> Iterator[tuple[bytes, list[str] | Broken, tuple[Flag, ...], bool]]:
    """Yield each filled record: its bytes, cells, what decoding did, and whether the file ends before a line end."""
    delimiter = _delimiter(decode(head_of(path)).text)
    source = _Pushback(lines(path))
    blank = b' \t\r\n"\x00' + delimiter.encode()
    for line in source:
        if line.oversize:
            yield line.data, _too_large(line.data), (), False
            continue
        taken, cells, flags = _take_record(line, source, delimiter, encoding)
        raw = b"".join(part.data for part in taken)
        if not any(part.data.strip(blank) for part in taken):
            continue
        cut = not raw.endswith(b"\n")
        if len(raw) > LARGEST_RECORD:
            yield raw, _too_large(raw), (), cut
        elif cells is None:
            reason = RefusalReason.CUT_OFF if cut else RefusalReason.BAD_SHAPE
            yield raw, Broken(reason, "这一行的引号不成对，请检查后重新导出", raw), (), cut
        else:
            yield raw, cells, flags, cut


def _too_large(raw: bytes) -> Broken:
    return Broken(RefusalReason.TOO_LARGE, "这一行超过 1 MB，未导入；请检查引号是否成对", raw[:LARGEST_RECORD])


class _Pushback:
    """An iterator of lines that takes lines back."""

    def __init__(self, source: Iterator[Line]) -> None:
        self._source = source
        self._back: list[Line] = []

    def __iter__(self) -> Iterator[Line]:
        return self

    def __next__(self) -> Line:
        return self._back.pop() if self._back else next(self._source)

    def back(self, taken: Sequence[Line]) -> None:
        self._back.extend(reversed(taken))


def _take_record(
    first: Line, source: _Pushback, delimiter: str, encoding: str
) -> tuple[list[Line], list[str] | None, tuple[Flag, ...]]:
    """Return the lines of one record, its cells and what decoding did; cells are None where its quotes never close.

    Then the first line alone is the record, and the lines it had swallowed are read anew.
    """
    taken: list[Line] = []
    texts: list[str] = []
    flags: list[Flag] = []
    open_ended = False

    def feed() -> Iterator[str]:
        nonlocal open_ended
        line: Line | None = first
        while line is not None:
            decoded = decode(line.data, encoding)
            taken.append(line)
            texts.append(decoded.text)
            flags.extend(decoded.flags)
            yield decoded.text
            line = next(source, None)
            if line is not None and (line.oversize or len(taken) >= _MOST_LINES or _size(taken) > LARGEST_RECORD):
                source.back([line])
                line = None
        open_ended = True  # reached only where the reader wants more than there is

    try:
        cells = next(csv.reader(feed(), delimiter=delimiter), [])
        if len(taken) > 1 and not open_ended:
            next(csv.reader(texts, delimiter=delimiter, strict=True), [])  # text after a closing quote
    except csv.Error:
        open_ended = True
        cells = []
    if not open_ended:
        return taken, cells, tuple(dict.fromkeys(flags))
    source.back(taken[1:])
    return taken[:1], None, ()


def _size(taken: list[Line]) -> int:
    return sum(len(line.data) for line in taken)


def _record(
    layout: Layout,
    row: Sequence[object],
    raw: bytes,
    aliases: Aliases,
    required: Sequence[str],
    shapes: Shapes,
    flags: tuple[Flag, ...],
) -> tuple[Layout, Record | Broken]:
    """Return the record, and the layout that holds from here on: a second header may name other columns."""
    again = _header_again(layout, row, aliases, required)
    if again is not None:
        return again, Broken(RefusalReason.REPEATED_HEADER, "重复的表头行，未导入", raw)
    if _is_sum(row):
        return layout, Broken(RefusalReason.NOT_A_RECORD, "合计行，未导入", raw)
    cells = _straight(row, layout)
    record = Record(
        fields=_fields(cells, layout),
        raw=raw,
        values=[{name: cell} for name, cell in zip(_names(layout, len(cells)), cells, strict=True)],
        flags=flags,
        names={field: layout.header[indices[0]] for field, indices in layout.columns.items()},
    )
    width = len(layout.header)
    if len(cells) != width and any(_filled(cell) for cell in cells[width:]) | (not _fits(record.fields, shapes)):
        return layout, Broken(RefusalReason.BAD_SHAPE, f"这一行有 {len(row)} 格，表头是 {width} 列，无法对齐", raw)
    return layout, record


def _fields(cells: Sequence[object], layout: Layout) -> dict[str, object]:
    """Return each field's first filled column; all filled ones stand under ``field*`` where there are several."""
    fields: dict[str, object] = {}
    for field, indices in layout.columns.items():
        filled = [cells[index] for index in indices if index < len(cells) and field_text(cells[index])]
        if filled:
            fields[field] = filled[0]
        if len(indices) > 1:
            fields[f"{field}*"] = filled
    return fields


def _names(layout: Layout, width: int) -> list[str]:
    return [layout.header[index] if index < len(layout.header) else "" for index in range(width)]


def _header_again(layout: Layout, row: Sequence[object], aliases: Aliases, required: Sequence[str]) -> Layout | None:
    """Return the layout of a row that is a header: most of its filled cells are names of columns."""
    filled = [field_text(cell) for cell in row if _filled(cell)]
    if not filled or any(len(cell) > 30 for cell in filled):
        return None
    known = {plain_name(name) for name in layout.header}
    if sum(plain_name(cell) in known for cell in filled) * 2 > len(filled) >= 2:
        found = find_header([row], aliases, required)
        return msgspec.structs.replace(found or layout, above=layout.above)
    return None


def _is_sum(row: Sequence[object]) -> bool:
    return next((field_text(cell) for cell in row if _filled(cell)), "") in ("合计", "总计", "小计", "共计")


def _fits(fields: Mapping[str, object], shapes: Shapes) -> bool:
    return all(check(field_text(fields[field])) for field, check in shapes.items() if field_text(fields.get(field)))


def _straight(row: Sequence[object], layout: Layout) -> Sequence[object]:
    """Return the row's cells under their right names: without the nameless cell, or with the missing one left empty."""
    if layout.shift > 0:
        return [*row[: layout.cut], *row[layout.cut + layout.shift :]]
    if layout.shift < 0:
        return [*row[: layout.cut], *("" for _ in range(-layout.shift)), *row[layout.cut :]]
    return row


def _aligned(layout: Layout, rows: Sequence[Sequence[object]], aliases: Aliases, shapes: Shapes) -> Layout:
    """Return the layout moved by content where the header is one or two columns short or long.

    The one way is taken in which most of the first rows fit; where several ways fit but give different fields, none.
    """
    sample = [row for row in _below(layout, rows) if _header_again(layout, row, aliases, ()) is None]
    if not sample or not shapes or _share(layout, sample, shapes) >= _MOST:
        return layout
    ways: dict[str, Layout] = {}
    for shift in (1, -1, 2, -2):
        for cut in range(len(layout.header) + 1):
            way = msgspec.structs.replace(layout, shift=shift, cut=cut)
            if _share(way, sample, shapes) >= _MOST:
                ways.setdefault(repr([_fields(_straight(row, way), way) for row in sample]), way)
        if ways:
            break
    return next(iter(ways.values())) if len(ways) == 1 else layout


def _below(layout: Layout, rows: Sequence[Sequence[object]]) -> list[Sequence[object]]:
    return [row for row in rows if any(_filled(cell) for cell in row)][layout.above :]


def _share(layout: Layout, sample: Sequence[Sequence[object]], shapes: Shapes) -> float:
    fitting = 0
    for row in sample:
        fields = _fields(_straight(row, layout), layout)
        fitting += sum(field in fields for field in shapes) >= _FEWEST_SHAPES and _fits(fields, shapes)
    return fitting / len(sample)


def _filled(cell: object) -> bool:
    return cell is not None and (not isinstance(cell, str) or bool(cell.strip()))


def _plain_cell(cell: object) -> object:
    return cell if isinstance(cell, str | int | float) else str(cell)


def count_table(path: Path, aliases: Aliases, required: Sequence[str]) -> int:
    """Return the number of records by an independent count of the rows below each header.

    Only the place of the header comes from the reader.
    """
    layouts = _layouts(path, aliases, required, {})
    if not is_sheet(head_of(path)):
        delimiter = _delimiter(decode(head_of(path)).text)
        rows = csv_records(path, delimiter, limit=LARGEST_RECORD, most_lines=_MOST_LINES)
        return rows - layouts[""].above
    parts = members(path)
    if parts:
        return sum(sheet_rows(path, parts[name]) - layout.above for name, layout in layouts.items())
    return sum(filled_rows(path, name) - layout.above for name, layout in layouts.items())
