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
from connectors.reading.jsons import Element, document_bytes, elements, is_json
from connectors.reading.records import Broken, Build, Record

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
        """Return the number of records by their mark in the bytes, at least one a file."""
        return len(re.findall(self.counted.encode(), document_bytes(path))) or 1

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
            for fields in self.unpack(document.value):
                found = True
                yield Record(fields=fields, raw=orjson.dumps(fields), values=fields, flags=document.flags)
        if not found:
            yield Broken(RefusalReason.NOT_A_RECORD, "文件里没有这种格式的记录，可能是接口的错误信息", b"")

    def _documents(self, path: Path) -> Iterator[Element | Broken]:
        try:
            whole: Any = orjson.loads(document_bytes(path))
        except (orjson.JSONDecodeError, RecursionError) as error:
            if not self._in_lines(path):
                raise ConnectorError(f"{path.name}：JSON 不完整或已损坏，请等导出完成后重新导入") from error
            yield from elements(path)
            return
        yield Element(b"", whole)

    def _in_lines(self, path: Path) -> bool:
        data = document_bytes(path).lstrip()
        first = data.partition(b"\n")[0]
        try:
            orjson.loads(first)
        except (orjson.JSONDecodeError, RecursionError):
            return False
        return True
