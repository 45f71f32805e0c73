"""Independent counts of records: by other means than the readers use, so that a record skipped in silence is seen.

Only where a file is whole can two ways of counting agree by nature; for damaged ones both follow the same written
rule (a record ends where its quotes or brackets balance; what never ends is one record).
"""

import codecs
import io
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson

_STRING = re.compile(rb'"(?:[^"\\]|\\.)*"', re.DOTALL)
_SPACE = re.compile(rb"[\s\x00]+")


def json_elements(data: bytes, inside: str = "") -> int:
    """Return the number of elements of a JSON document in UTF-8: parsed whole, or by brackets where it is broken."""
    try:
        value: Any = orjson.loads(data)
    except (orjson.JSONDecodeError, RecursionError):
        return _inside(data, inside) if inside else _bracketed(_simple(data))
    if inside:
        return _lists(value, inside) if f'"{inside}"'.encode() in data else 1
    return len(value) if isinstance(value, list) else 1


def _lists(value: Any, key: str) -> int:
    waiting, total, found = [value], 0, False
    while waiting:
        node = waiting.pop()
        if isinstance(node, dict):
            for name, inner in node.items():
                if name == key and isinstance(inner, list):
                    total += len(inner)
                    found = True
                else:
                    waiting.append(inner)
        elif isinstance(node, list):
            waiting.extend(node)
    return total if found else 1


def _simple(data: bytes) -> bytes:
    """Return the skeleton: brackets, commas and one letter for all else, so that an empty element can be told."""
    bare = _STRING.sub(b"s", data)
    return _SPACE.sub(b"", bare)


def _bracketed(skeleton: bytes) -> int:
    depth, base, filled, total = 0, 0, False, 0
    for character in skeleton:
        if character in b"[{":
            if depth == 0 and character == 91:
                total, filled, base = total + filled, False, 1
            else:
                filled = True
            depth += 1
        elif character in b"]}":
            depth = max(0, depth - 1)
            if depth == 0:
                total, filled, base = total + (filled or base == 0), False, 0
        elif character == 44:
            if depth == base:
                total, filled = total + filled, False
        else:
            filled = True
    return total + filled


def _inside(data: bytes, key: str) -> int:
    total, found = 0, False
    for match in re.finditer(rb'"' + re.escape(key.encode()) + rb'"\s*:\s*(?=\[)', data):
        found = True
        total += _first_array(_simple(data[match.end() :]))
    return total if found else 1


def _first_array(skeleton: bytes) -> int:
    depth = 0
    for at, character in enumerate(skeleton):
        depth += (character in b"[{") - (character in b"]}")
        if depth == 0:
            return _bracketed(skeleton[: at + 1])
    return _bracketed(skeleton)


def filled_lines(path: Path) -> int:
    """Return the number of lines that hold more than blanks, a byte order mark or commas."""
    total = 0
    with path.open("rb") as file:
        filled = False
        while block := file.readline(1 << 16):
            filled = filled or bool(block.strip(b"\xef\xbb\xbf \t\r\n,\x00"))
            if block.endswith(b"\n"):
                total, filled = total + filled, False
    return total + filled


def csv_records(path: Path, delimiter: str, *, limit: int, most_lines: int) -> int:
    """Return the number of filled records of a CSV, its header included.

    A line whose quotes balance is a record. Otherwise lines are added until they do; where that never happens within
    ``limit`` bytes and ``most_lines`` lines, or a closing quote is followed by text, the first line alone is one.
    """
    loose, strict = _record_forms(re.escape(delimiter.encode()))
    blank = b' \t\r\n"\x00' + delimiter.encode()
    pending: list[bytes] = []
    total = 0
    for line in [*_raw_lines(path, limit), b""]:
        if line:
            pending.append(line)
        while pending:
            size = _size(pending, loose, strict, limit, most_lines, last=not line)
            if size == 0:
                break
            total += any(part.strip(blank) for part in pending[:size])
            del pending[:size]
    return total


def _record_forms(delimiter: bytes) -> tuple[re.Pattern[bytes], re.Pattern[bytes]]:
    plain = rb'(?!")[^D\n]*+'.replace(b"D", delimiter)
    quoted = rb'"(?>[^"]++|"")*+"'
    tail = rb"[^D\n]*+".replace(b"D", delimiter)
    loose = rb"(?:Q T|P)(?:D(?:Q T|P))*+\n?".replace(b" ", b"")
    strict = rb"(?:Q|S)(?:D(?:Q|S))*+\r*+\n?"
    single = rb'(?!")[^D\n\r]*+'.replace(b"D", delimiter)  # a carriage return within a cell is a broken row
    parts = {b"Q": quoted, b"T": tail, b"P": plain, b"S": single, b"D": delimiter}

    def filled(form: bytes) -> re.Pattern[bytes]:
        return re.compile(re.sub(rb"[QTPSD]", lambda match: parts[match[0]], form))

    return filled(loose), filled(strict)


def _size(
    pending: list[bytes],
    loose: re.Pattern[bytes],
    strict: re.Pattern[bytes],
    limit: int,
    most_lines: int,
    *,
    last: bool,
) -> int:
    """Return how many of the pending lines make the first record, 0 where more lines are needed to know."""
    first = pending[0]
    if b'"' not in first or len(first) >= limit or loose.fullmatch(first):
        return 1
    if len(pending) == 1:
        return int(last)
    newest = pending[-1]
    if b'"' in newest and len(newest) < limit:
        whole = b"".join(pending)
        if loose.fullmatch(whole):
            return len(pending) if strict.fullmatch(whole) else 1
    over = len(newest) >= limit or len(pending) >= most_lines or sum(map(len, pending)) > limit
    return int(last or over)


def _raw_lines(path: Path, limit: int) -> Iterator[bytes]:
    """Yield the lines, of an endless one only its first ``limit`` bytes; two-byte encodings come as UTF-8."""
    with path.open("rb") as file:
        wide = file.read(2) in (b"\xff\xfe", b"\xfe\xff")
        file.seek(0)
        stream: Any = file
        if wide:
            reader = codecs.getreader("utf-16")(file, "replace")
            stream = io.BytesIO(reader.read().encode("utf-8", "replace"))
        while line := stream.readline(limit):
            kept = line
            while len(line) >= limit and not line.endswith(b"\n"):
                line = stream.readline(limit)
                if not line:
                    break
            yield kept


_ROW_END = re.compile(rb"</(?:\w+:)?row>")
_CELL = re.compile(
    rb"<(?:\w+:)?c\b(?P<attributes>[^>]*)>(?:<(?:\w+:)?f\b(?:[^>]*/>|.*?</(?:\w+:)?f>))?"
    rb"<(?:\w+:)?(?:v|is)\b[^>]*>(?P<content>.*?)</(?:\w+:)?(?:v|is)>",
    re.DOTALL,
)
_ITEM = re.compile(rb"<(?:\w+:)?si\b[^>]*?(?:/>|>(.*?)</(?:\w+:)?si>)", re.DOTALL)
_TAGS = re.compile(rb"<[^>]*>")


def sheet_rows(path: Path, member: str) -> int:
    """Return the number of rows with content in one sheet of an xlsx, by a scan of its XML."""
    with zipfile.ZipFile(path) as archive:
        blank = _blank_strings(archive)
        with archive.open(member) as stream:
            return sum(_filled(segment, blank) for segment in _segments(stream, _ROW_END))


def _filled(segment: bytes, blank: set[int]) -> bool:
    for cell in _CELL.finditer(segment):
        content = _TAGS.sub(b"", cell["content"])
        if b't="s"' in cell["attributes"]:
            if content.isdigit() and int(content) not in blank:
                return True
        elif content.decode("utf-8", "replace").strip():
            return True
    return False


def _blank_strings(archive: zipfile.ZipFile) -> set[int]:
    if "xl/sharedStrings.xml" not in archive.namelist():
        return set()
    number, blank = 0, set()
    with archive.open("xl/sharedStrings.xml") as stream:
        for segment in _segments(stream, re.compile(rb"(?<=</si>)|(?<=:si>)|(?<=<si/>)")):
            for item in _ITEM.finditer(segment):
                if not _TAGS.sub(b"", item[1] or b"").decode("utf-8", "replace").strip():
                    blank.add(number)
                number += 1
    return blank


def _segments(stream: Any, end: re.Pattern[bytes]) -> Iterator[bytes]:
    rest = b""
    while block := stream.read(1 << 20):
        *whole, rest = end.split(rest + block)
        yield from whole
    yield rest
