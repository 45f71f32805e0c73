"""A connector for JSON documents whose records lie deeper than one array: the document is parsed whole."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import orjson

from connectors.connector import ConnectorError, Item, Reading, RefusalReason
from connectors.mention import Channel
from connectors.reading.encodings import decode
from connectors.reading.items import read_items
from connectors.reading.jsons import Element, cut_off, document_bytes, elements, is_cut, is_json, salvage
from connectors.reading.records import LARGEST_RECORD, Broken, Build, Record

Unpack = Callable[[Any], Iterator[dict[str, Any]]]


class Documents(msgspec.Struct, kw_only=True, frozen=True):
    """Reads JSON documents (one a file, an array of them, or one a line) by ``unpack``, which yields their records.

    ``marks`` are keys (alternatives joined by |) that must stand in the head; ``counted`` matches once a record.
    """

    name: str
    channel: Channel
    title: str
    example: str
    marks: tuple[str, ...]
    counted: str
    unpack: Unpack
    build: Build

    @property
    def known_by(self) -> str:
        """By what such a file is known."""
        return "JSON 中有键：" + "、".join(mark.replace("|", " 或 ") for mark in self.marks)

    def recognise(self, path: Path, head: bytes) -> float:
        """Return 0.96 where every mark is a key in the head of a JSON file."""
        if not is_json(head):
            return 0.0
        text = decode(head).text
        return 0.96 if all(re.search(rf'"(?:{mark})"\s*:', text) for mark in self.marks) else 0.0

    def count(self, path: Path) -> int:
        """Return the number of records by their mark in the bytes, at least one a document."""
        data = document_bytes(path)
        if _in_lines(data):
            return sum(self._marked(line) for line in data.splitlines() if line.strip())
        return max(self._marked(data), self._unmarked(data))

    def _unmarked(self, data: bytes) -> int:
        """Return how many whole records a document holds, for damage may have taken the mark of one and left the rest.

        The count stays the larger of the two, so that a record lost in reading is seen.
        """
        try:
            value: Any = orjson.loads(data)
        except (orjson.JSONDecodeError, RecursionError):
            value = salvage(data)
        return sum(isinstance(record, Record) for record in self._unpacked(Element(data, value)))

    def _marked(self, data: bytes) -> int:
        return len(re.findall(self.counted.encode(), data)) or 1

    def read(self, path: Path, reading: Reading) -> Iterator[Item]:
        """Yield one item for each record."""
        return read_items(path, reading, self._records(path), self.build, source=self.name, channel=self.channel)

    def _records(self, path: Path) -> Iterator[Record | Broken]:
        found = False
        for document in self._documents(path):
            if isinstance(document, Broken):
                found = True
                yield document
                continue
            for record in self._unpacked(document):
                found = True
                yield record
        if not found:
            yield Broken(RefusalReason.NOT_A_RECORD, "文件里没有这种格式的记录，可能是接口的错误信息", b"")

    def _documents(self, path: Path) -> Iterator[Element | Broken]:
        data = document_bytes(path)
        if _in_lines(data):
            yield from elements(path)
            return
        try:
            whole: Any = orjson.loads(data)
        except (orjson.JSONDecodeError, RecursionError) as error:
            whole = salvage(data)
            if whole is None:
                raise ConnectorError(f"{path.name}：JSON 不完整或已损坏，请等导出完成后重新导入") from error
        yield Element(data, whole)

    def _unpacked(self, document: Element) -> Iterator[Record | Broken]:
        """Yield the whole records of a document; each other that its bytes show is broken, by a cut or its shape."""
        cut, whole, broken = is_cut(document.value), 0, False
        try:
            for fields in self.unpack(document.value):
                if not is_cut(fields):
                    whole += 1
                    yield Record(fields=fields, raw=orjson.dumps(fields), values=fields, flags=document.flags)
        except (AttributeError, TypeError, ValueError, KeyError, IndexError, RecursionError):
            broken = True
        if cut or broken:
            for _ in range(self._marked(document.raw) - whole):
                yield cut_off(document.raw) if cut else _misshapen(document.raw)


def _in_lines(data: bytes) -> bool:
    """Say whether the first of several lines is whole by itself."""
    first, _, rest = data.lstrip().partition(b"\n")
    if not rest.strip():
        return False
    try:
        orjson.loads(first)
    except (orjson.JSONDecodeError, RecursionError):
        return False
    return True


def _misshapen(raw: bytes) -> Broken:
    return Broken(RefusalReason.BAD_SHAPE, "这一条的结构与此格式不符，请检查采集工具的版本", raw[:LARGEST_RECORD])
