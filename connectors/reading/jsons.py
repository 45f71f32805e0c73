"""JSON as records, whatever wraps them: an array, one object a line, several values after one another, cut-off files.

A structural scan finds where each element begins and ends, so that a broken one does not stop the rest and no depth
of nesting can harm; each element is then parsed by itself.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import orjson

from connectors.connector import ConnectorError, RefusalReason
from connectors.mention import Flag
from connectors.reading.encodings import decode
from connectors.reading.lines import head_of, lines
from connectors.reading.records import LARGEST_RECORD, Broken

LARGEST_DOCUMENT = 512 << 20
_TAIL = 4096  # bytes kept of a document that breaks off

_TOKEN = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"|[\[\]{},]', re.DOTALL)
_OPEN, _CLOSE = (b"[", b"{"), (b"]", b"}")
_BLANK = b" \t\r\n,\x00"
_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F][0-9a-fA-F]{2}")


class Element(NamedTuple):
    """One element's bytes (in UTF-8), its parsed value, and what decoding did to it."""

    raw: bytes
    value: object
    flags: tuple[Flag, ...] = ()


class _Piece(NamedTuple):
    raw: bytes
    whole: bool
    end: int


def is_json(head: bytes) -> bool:
    """Say whether the first bytes look like JSON or JSON lines."""
    return decode(head[:4096]).text.lstrip("\ufeff \t\r\n\x00")[:1] in ("{", "[")


def is_lines(head: bytes) -> bool:
    """Say whether the file is one JSON object a line: its first filled line is whole by itself."""
    for line in decode(head).text.splitlines():
        if stripped := line.strip("\ufeff \t"):
            return stripped.startswith("{") and _parsed(stripped.encode("utf-8", "replace")) is not None
    return False


def elements(path: Path, inside: str = "") -> Iterator[Element | Broken]:
    """Yield every element: of each array at the top, and each value that stands beside one.

    With ``inside``, the elements of the arrays under that key instead, wherever in the document they are; a document
    or line without such an array is itself one broken record.

    Raises:
        ConnectorError: a single document of more than 512 MiB (JSON lines of any size are read).
    """
    if is_lines(head_of(path)):
        for line in lines(path):
            data = line.data.strip(_BLANK)
            if line.oversize:
                yield _too_large(data)
            elif data and inside:
                yield from _within(data, inside)
            elif data:
                yield element(data, cut=not line.data.endswith(b"\n"))
    elif inside:
        yield from _within(document_bytes(path), inside)
    else:
        for piece in split(document_bytes(path)):
            yield element(piece.raw, cut=not piece.whole)


def _within(data: bytes, key: str) -> Iterator[Element | Broken]:
    position, found = 0, False
    start = re.compile(rb'"' + re.escape(key.encode()) + rb'"\s*:\s*(?=\[)')
    while match := start.search(data, position):
        found = True
        position = match.end()
        for piece in split(data, position, only=True):
            position = piece.end
            yield element(piece.raw, cut=not piece.whole)
    if not found:
        yield Broken(RefusalReason.NOT_A_RECORD, f"没有找到“{key}”列表，可能是接口的错误信息", data[:LARGEST_RECORD])


def document_bytes(path: Path) -> bytes:
    """Return the whole document in UTF-8, without its byte order mark."""
    if path.stat().st_size > LARGEST_DOCUMENT:
        raise ConnectorError(f"{path.name}：单个 JSON 文档超过 512 MB，请改为每行一条（JSON Lines）或拆分后导入")
    data = path.read_bytes()
    decoded = decode(data)
    return decoded.text.removeprefix("\ufeff").encode("utf-8", "surrogatepass")


def element(data: bytes, *, cut: bool = False) -> Element | Broken:
    """Return one element parsed, or why it cannot be; ``cut`` says that the file ended within or right after it."""
    if len(data) > LARGEST_RECORD:
        return _too_large(data)
    decoded = decode(data)
    text = decoded.text.encode("utf-8", "replace")
    value = _parsed(text) or _parsed(_SURROGATE.sub(_lone, text))
    if value is not None:
        return Element(data, value, decoded.flags)
    if cut:
        return Broken(RefusalReason.CUT_OFF, "文件在这一条的中间结束，请等导出完成后重新导入", data)
    return Broken(RefusalReason.BAD_SHAPE, "这一条不是完整的 JSON，请检查引号、逗号和括号", data)


def _too_large(data: bytes) -> Broken:
    return Broken(RefusalReason.TOO_LARGE, "这一条超过 1 MB，未导入；请检查文件是否损坏", data[:LARGEST_RECORD])


def _lone(match: re.Match[bytes]) -> bytes:
    """Keep an escaped pair of surrogates, replace a lone one (which no valid text holds)."""
    data, at = match.string, match.start()
    high = data[at + 3 : at + 4].lower() in b"89ab"
    beside = data[at + 6 : at + 12] if high else data[at - 6 : at]
    fits = re.fullmatch(rb"\\u[dD][c-fC-F]..|" if high else rb"\\u[dD][89abAB]..", beside)
    return match[0] if fits and fits[0] else b"\\ufffd"


def _parsed(data: bytes) -> object:
    try:
        value: object = orjson.loads(data)
    except (orjson.JSONDecodeError, RecursionError):
        return None
    return value


def split(data: bytes, position: int = 0, *, only: bool = False) -> Iterator[_Piece]:
    """Yield the elements of a document: each member of a top array, each other value at the top.

    ``only`` stops where the first array ends. ``whole`` is False for an element that the end of the data cuts off.
    """
    depth, base, start = 0, 0, position  # base: depth at which elements stand (1 inside a top array)
    for token in _TOKEN.finditer(data, position):
        mark, at = token[0], token.start()
        if mark in _OPEN:
            if depth == 0 and mark == b"[":
                yield from _piece(data, start, at)
                base, start = 1, at + 1
            depth += 1
        elif mark in _CLOSE:
            depth = max(0, depth - 1)
            if depth == 0:
                yield from _piece(data, start, at if base == 1 else at + 1)
                if only:
                    return
                base, start = 0, at + 1
        elif mark == b"," and depth == base:
            yield from _piece(data, start, at)
            start = at + 1
    yield from _piece(data, start, len(data), whole=depth == 0)


CUT = "\x00cut"
"""What ``salvage`` leaves in everything that it had to close."""


def salvage(data: bytes) -> object:
    """Return what a cut-off document holds up to its last whole value, with ``CUT`` in all that the cut ran through.

    None where nothing is whole or the document is broken in another way.
    """
    safe = 0
    for token in _TOKEN.finditer(data):
        if token[0] in _CLOSE:
            safe = token.end()
        elif token[0] == b",":
            safe = token.start()
    open_ones: list[bytes] = []
    for token in _TOKEN.finditer(data, 0, safe):
        if token[0] in _OPEN:
            open_ones.append(token[0])
        elif token[0] in _CLOSE and open_ones:
            open_ones.pop()
    ends = (b',{"\\u0000cut":true}]' if mark == b"[" else b',"\\u0000cut":true}' for mark in reversed(open_ones))
    return _parsed(data[:safe] + b"".join(ends)) if safe and open_ones else None


def is_cut(value: object) -> bool:
    """Say whether the cut of a salvaged document ran through this value."""
    if isinstance(value, dict):
        return CUT in value or any(map(is_cut, value.values()))
    return isinstance(value, list) and any(map(is_cut, value))


def cut_off(data: bytes) -> Broken:
    """Return the record that a document's end cut off."""
    return Broken(RefusalReason.CUT_OFF, "文件在这一条的中间结束，请等导出完成后重新导入", data[-_TAIL:])


def _piece(data: bytes, start: int, end: int, *, whole: bool = True) -> Iterator[_Piece]:
    stripped = data[start:end].strip(_BLANK)
    if stripped:
        yield _Piece(stripped, whole, end)
