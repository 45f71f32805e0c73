"""Lines of a text file as bytes, whatever its encoding; a line without end costs no memory."""

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple

from connectors.reading.encodings import bom_of, decode
from connectors.reading.records import LARGEST_RECORD

_HEAD = 1 << 16
_UTF8_BOM = b"\xef\xbb\xbf"


class Line(NamedTuple):
    """One line's bytes with its line end; ``oversize`` where only its first part was kept."""

    data: bytes
    oversize: bool = False


def head_of(path: Path) -> bytes:
    """Return the first 64 KiB of a file."""
    with path.open("rb") as file:
        return file.read(_HEAD)


def lines(path: Path) -> Iterator[Line]:
    """Yield the lines; UTF-16 and UTF-32 are turned into UTF-8 on the way, a UTF-8 mark before a line is dropped."""
    with path.open("rb") as file:
        marked = bom_of(file.read(4))
        file.seek(0)
        if marked is not None and marked[0].startswith(("utf-16", "utf-32")):
            with path.open(encoding=marked[0].rpartition("-")[0], errors="replace", newline="\n") as text:
                while line := text.readline(LARGEST_RECORD):
                    data = line.encode("utf-8", "replace")
                    yield Line(data, oversize=len(data) >= LARGEST_RECORD)
            return
        yield from _binary(file)


def _binary(file: BinaryIO) -> Iterator[Line]:
    while data := file.readline(LARGEST_RECORD):
        oversize = len(data) >= LARGEST_RECORD and not data.endswith(b"\n")
        rest = data
        while oversize and rest and not rest.endswith(b"\n"):
            rest = file.readline(LARGEST_RECORD)
        yield Line(data.removeprefix(_UTF8_BOM), oversize)


def encoding_of(path: Path) -> str:
    """Return the encoding that most of a text file is in, judged by its whole first lines."""
    head = head_of(path)
    whole = head[: head.rfind(b"\n") + 1] or head
    return decode(whole).encoding
