"""A connector for tables and JSON with known field names: a name, its aliases, and what the fields mean."""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path

import msgspec

from connectors.connector import ConnectorError, Item, Reading, RefusalReason
from connectors.mention import Channel
from connectors.reading.columns import Aliases, Shapes, find_columns, plain_name
from connectors.reading.counting import filled_lines, json_elements
from connectors.reading.encodings import decode
from connectors.reading.items import read_items
from connectors.reading.jsons import document_bytes, elements, is_json, is_lines
from connectors.reading.lines import head_of
from connectors.reading.records import Broken, Build, Record, field_text
from connectors.reading.tables import count_table, read_table, top_rows


class Tabular(msgspec.Struct, kw_only=True, frozen=True):
    """Reads CSV, TSV, xlsx, xls, ods, JSON arrays and JSON lines whose fields have the names in ``aliases``.

    ``required`` fields must be there; ``marks`` are header names that only this format has (any one of each group of
    alternatives is enough) and decide ``recognise``. ``inside`` is the key of the array that holds the records of a
    JSON document.
    """

    name: str
    channel: Channel
    title: str
    example: str
    aliases: Aliases
    required: Sequence[str]
    marks: Sequence[Sequence[str]]
    build: Build
    shapes: Shapes = {}
    inside: str = ""

    @property
    def known_by(self) -> str:
        """By what such a file is known."""
        alternatives = ("或".join(f"“{name}”" for name in group[:3]) for group in self.marks)
        return "列名（或 JSON 的键）中有：" + "、".join(alternatives)

    def recognise(self, path: Path, head: bytes) -> float:
        """Return the share of this format's own field names that the file has; all or nothing below one half."""
        try:
            names = _names_in(path, head)
        except (ConnectorError, OSError):
            return 0.0
        found = sum(any(plain_name(name) in names for name in group) for group in self.marks)
        return 0.95 * found / len(self.marks) if found == len(self.marks) else 0.0

    def count(self, path: Path) -> int:
        """Return the number of records, counted by other means than they are read."""
        head = head_of(path)
        if not is_json(head):
            return count_table(path, self.aliases, self.required)
        if is_lines(head) and not self.inside:
            return filled_lines(path)
        return json_elements(document_bytes(path), self.inside)

    def read(self, path: Path, reading: Reading) -> Iterator[Item]:
        """Yield one item for each record."""
        return read_items(path, reading, self._records(path), self.build, source=self.name, channel=self.channel)

    def _records(self, path: Path) -> Iterator[Record | Broken]:
        if not is_json(head_of(path)):
            yield from read_table(path, self.aliases, self.required, self.shapes)
            return
        for element in elements(path, self.inside):
            if isinstance(element, Broken):
                yield element
            elif isinstance(element.value, dict):
                fields = named(element.value, self.aliases)
                yield Record(
                    fields=fields,
                    raw=element.raw,
                    values=element.value,
                    flags=element.flags,
                    names=names_of(element.value, self.aliases),
                )
            else:
                yield Broken(RefusalReason.NOT_A_RECORD, "这一条不是由字段组成的对象，未导入", element.raw)


def named(value: Mapping[str, object], aliases: Aliases) -> dict[str, object]:
    """Return a JSON object's fields by our names: the best filled one, all filled ones under ``field*``."""
    keys = tuple(value)
    fields: dict[str, object] = {}
    for field, indices in _columns(keys, _Held(aliases)).items():
        filled = [value[keys[index]] for index in indices if field_text(value[keys[index]])]
        if filled:
            fields[field] = filled[0]
        if len(indices) > 1:
            fields[f"{field}*"] = filled
    return fields


def names_of(value: Mapping[str, object], aliases: Aliases) -> dict[str, tuple[str, ...]]:
    """Return what each of our fields is called in a JSON object."""
    keys = tuple(value)
    found = _columns(keys, _Held(aliases))
    return {field: tuple(keys[index] for index in indices) for field, indices in found.items()}


class _Held:
    """Aliases as an argument that a cache can hold: equal where they are the same object."""

    def __init__(self, aliases: Aliases) -> None:
        self.aliases = aliases

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Held) and other.aliases is self.aliases

    def __hash__(self) -> int:
        return id(self.aliases)


@lru_cache(maxsize=256)
def _columns(keys: tuple[str, ...], aliases: _Held) -> dict[str, tuple[int, ...]]:
    return find_columns(keys, aliases.aliases)


def _names_in(path: Path, head: bytes) -> set[str]:
    """Return the field names of a file: of its header rows, or of its first JSON object and what that holds."""
    if not is_json(head):
        return {plain_name(field_text(cell)) for _, rows in top_rows(path) for row in rows[:10] for cell in row}
    return {plain_name(_unescaped(name)) for name in _KEYS.findall(decode(head).text)}


_KEYS = re.compile(r'"((?:[^"\\]|\\u[0-9a-fA-F]{4}){1,40})"\s*:')


def _unescaped(name: str) -> str:
    return re.sub(r"\\u([0-9a-fA-F]{4})", lambda match: chr(int(match[1], 16)), name)
