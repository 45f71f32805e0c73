"""Tables as records: CSV and spreadsheets whose columns are known by many names, in any order, under any title.

A file without a header we know is refused as a whole; a row that fits no column is refused by itself.
"""

import csv
from collections.abc import Iterator, Sequence
from contextlib import suppress
from functools import lru_cache
from pathlib import Path

import orjson

from connectors.connector import ConnectorError, RefusalReason
from connectors.mention import Flag
from connectors.reading.columns import (
    HEADER_WITHIN,
    Aliases,
    Layout,
    Shapes,
    aligned,
    fields_of,
    find_header,
    fits,
    header_again,
    is_filled,
    is_sum,
    straight,
)
from connectors.reading.counting import csv_records, sheet_rows
from connectors.reading.csvs import MOST_LINES, csv_rows, delimiter_of
from connectors.reading.encodings import decode
from connectors.reading.lines import encoding_of, head_of
from connectors.reading.records import LARGEST_RECORD, Broken, Record
from connectors.reading.sheets import filled_rows, first_rows, is_sheet, members, sheets

_SAMPLE = 50


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
        return first_rows(path, HEADER_WITHIN + _SAMPLE)
    text = decode(head[: head.rfind(b"\n") + 1] or head).text.removeprefix("\ufeff")
    delimiter = delimiter_of(text)
    reader = csv.reader(text.splitlines(keepends=True), delimiter=delimiter)
    rows: list[list[object]] = []
    with suppress(csv.Error):  # the rows before the broken one say enough of the columns; reading refuses that one
        for row in reader:
            if any(cell.strip() for cell in row):
                rows.append(list(row))
            if len(rows) >= HEADER_WITHIN + _SAMPLE:
                break
    return [("", rows)]


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
            found[name] = aligned(layout, rows, aliases, shapes)
    if not found:
        wanted = "、".join(f"{field}（{'/'.join(list(aliases[field])[:3])}）" for field in required)
        raise ConnectorError(f"{path.name}：前 {HEADER_WITHIN} 行里没有找到需要的列：{wanted}；请保留表头后重新导出")
    return found


def _read_sheets(path: Path, aliases: Aliases, required: Sequence[str], shapes: Shapes) -> Iterator[Record | Broken]:
    layouts = _layouts(path, aliases, required, shapes)
    for name, rows in sheets(path):
        layout = layouts.get(name)
        if layout is None:
            continue
        above = 0
        for row in rows:
            if not any(is_filled(cell) for cell in row):
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
    again = header_again(layout, row, aliases, required)
    if again is not None:
        return again, Broken(RefusalReason.REPEATED_HEADER, "重复的表头行，未导入", raw)
    if is_sum(row):
        return layout, Broken(RefusalReason.NOT_A_RECORD, "合计行，未导入", raw)
    cells = straight(row, layout)
    record = Record(
        fields=fields_of(cells, layout),
        raw=raw,
        values=[{name: cell} for name, cell in zip(_names(layout, len(cells)), cells, strict=True)],
        flags=flags,
        names=layout.names,
    )
    width = len(layout.header)
    if len(cells) != width and any(is_filled(cell) for cell in cells[width:]) | (not fits(record.fields, shapes)):
        return layout, Broken(RefusalReason.BAD_SHAPE, f"这一行有 {len(row)} 格，表头是 {width} 列，无法对齐", raw)
    return layout, record


def _names(layout: Layout, width: int) -> list[str]:
    return [layout.header[index] if index < len(layout.header) else "" for index in range(width)]


def _plain_cell(cell: object) -> object:
    return cell if isinstance(cell, str | int | float) else str(cell)


def count_table(path: Path, aliases: Aliases, required: Sequence[str]) -> int:
    """Return the number of records by an independent count of the rows below each header.

    Only the place of the header comes from the reader.
    """
    layouts = _layouts(path, aliases, required, {})
    if not is_sheet(head_of(path)):
        delimiter = delimiter_of(decode(head_of(path)).text)
        rows = csv_records(path, delimiter, limit=LARGEST_RECORD, most_lines=MOST_LINES)
        return rows - layouts[""].above
    parts = members(path)
    if parts:
        return sum(sheet_rows(path, parts[name]) - layout.above for name, layout in layouts.items())
    return sum(filled_rows(path, name) - layout.above for name, layout in layouts.items())
