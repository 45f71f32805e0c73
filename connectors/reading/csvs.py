"""CSV as records, whatever was done to it: mixed encodings, unclosed quotes, lines without end."""

import csv
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from connectors.connector import RefusalReason
from connectors.mention import Flag
from connectors.reading.encodings import decode
from connectors.reading.lines import Line, head_of, lines
from connectors.reading.records import LARGEST_RECORD, Broken

MOST_LINES = 5000  # of one record
_HEAD_LINES = 10
_DELIMITERS = (",", "\t", ";", "|")

csv.field_size_limit(LARGEST_RECORD * 2)


def delimiter_of(text: str) -> str:
    """Return the delimiter that stands most often in the first filled lines, outside quotes."""
    head = [re.sub(r'"[^"]*"', "", line) for line in text.splitlines() if line.strip()][:_HEAD_LINES]
    return max(_DELIMITERS, key=lambda mark: max((line.count(mark) for line in head), default=0))


def csv_rows(path: Path, encoding: str) -> Iterator[tuple[bytes, list[str] | Broken, tuple[Flag, ...], bool]]:
    """Yield each filled record: its bytes, cells, what decoding did, and whether the file ends before a line end."""
    delimiter = delimiter_of(decode(head_of(path)).text)
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
            if line is not None and (line.oversize or len(taken) >= MOST_LINES or _size(taken) > LARGEST_RECORD):
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
