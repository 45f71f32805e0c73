"""One battery for every connector found in the folder: on files written by code, and on real exports where they are."""

import importlib
import os
import re
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from connectors import catalogue
from connectors.connector import Connector, ConnectorError, Item, Quarantined, Reading, Refused
from connectors.mention import Mention
from pipeline.wire import decode, encode

FIXTURES = Path(__file__).parents[1] / "connectors" / "fixtures"
COLLECTED = datetime(2026, 7, 2, 4, tzinfo=UTC)
PHONE = re.compile(r"(?<!\d)1[3-9]\d{9}(?!\d)")
IDENTITY = re.compile(r"(?<!\d)\d{17}[\dXx](?![\dA-Za-z])")
CONNECTORS = catalogue.all_connectors()


def reading(after: int = 0, marks: tuple[str, ...] = ()) -> Reading:
    return Reading(collected_at=COLLECTED, salt=b"a salt of the tests", secret_marks=marks, after=after)


def files_for(name: str, folder: Path) -> list[Path]:
    """Return the fixture files of a connector: a folder of them, or a module that writes them."""
    if (FIXTURES / name).is_dir():
        return sorted(path for path in (FIXTURES / name).rglob("*") if path.is_file() and path.suffix != ".py")
    written: list[Path] = importlib.import_module(f"tests.connectors.fixtures.{name}").write(folder)
    return written


def items_of(connector: Connector, path: Path, after: int = 0) -> list[Item]:
    return list(connector.read(path, reading(after)))


@pytest.fixture(params=sorted(CONNECTORS))
def named(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Connector, list[Path]]:
    name = request.param
    files = files_for(name, tmp_path)
    assert files, f"没有 {name} 的测试文件"
    return CONNECTORS[name], files


def battery(connector: Connector, path: Path) -> list[Item]:
    items = items_of(connector, path)
    for number, item in enumerate(items, 1):
        assert item.raw_ref is None or item.raw_ref.row == number
        if isinstance(item, Mention):
            _whole(item)
            assert decode(encode(item), Mention) == item
        else:
            assert msgspec.msgpack.decode(msgspec.msgpack.encode(item), type=type(item)) == item
        if isinstance(item, Refused):
            assert re.search("[\u4e00-\u9fff]", item.detail), "the reason is said in Chinese"
            assert not PHONE.search(item.detail)
    assert connector.count(path) == len(items)
    assert items_of(connector, path) == items, "a second read gives the same ids"
    for after in range(len(items) + 1) if len(items) < 30 else (1, len(items) // 2, len(items)):
        assert items_of(connector, path, after) == items[after:], f"resumes after record {after}"
    return items


def _whole(mention: Mention) -> None:
    assert mention.id
    assert mention.published_at.tzinfo is not None
    assert mention.collected_at.tzinfo is not None
    assert mention.published_at <= mention.published_until
    assert mention.source
    assert mention.raw_ref is not None
    said = "\n".join(
        (
            *(mention.text, mention.title, mention.quoted_text, mention.region_text, mention.url, mention.id),
            *(mention.source_id, mention.parent_id, mention.root_id),
            *(turn.text for turn in mention.turns),
        )
    )
    assert not PHONE.search(said), "a phone number is left"
    assert not IDENTITY.search(said), "an identity number is left"


def test_the_name_is_the_files_and_the_words_are_chinese(named: tuple[Connector, list[Path]]) -> None:
    connector, _ = named
    assert CONNECTORS[connector.name] is connector
    assert re.search("[\u4e00-\u9fff]", connector.title)
    assert connector.example


def test_every_record_has_a_fate_that_survives_the_wire_and_a_resumption(named: tuple[Connector, list[Path]]) -> None:
    connector, files = named
    kinds: Counter[str] = Counter()
    for path in files:
        kinds.update(type(item).__name__ for item in battery(connector, path))
    assert kinds["Mention"]


def test_the_file_is_recognised_as_its_connectors(named: tuple[Connector, list[Path]]) -> None:
    connector, files = named
    for path in files:
        assert catalogue.recognise(path) is connector, path.name


def test_a_mark_of_secrecy_keeps_the_whole_record_out(named: tuple[Connector, list[Path]]) -> None:
    """The deployment's own word, which stands in each fixture's first mention."""
    connector, files = named
    for path in files:
        first = next((item for item in items_of(connector, path) if isinstance(item, Mention)), None)
        if first is None or not (word := re.search("[\u4e00-\u9fff]{4,}", f"{first.text}\n{first.title}")):
            continue
        items = list(connector.read(path, reading(marks=(word[0],))))
        assert any(isinstance(item, Quarantined) for item in items)
        for item in items:
            assert not isinstance(item, Mention) or word[0] not in f"{item.text}{item.title}{item.quoted_text}"


@pytest.mark.parametrize(
    "content", [b"", b"\x00" * 64, b"{", b"[", b"\xff\xfe\xfa\xfb", b"PK\x03\x04broken", b"a,b\n1,2\n"]
)
def test_a_file_that_is_none_of_its_kind_is_an_error_in_words_or_refused(
    named: tuple[Connector, list[Path]], tmp_path: Path, content: bytes
) -> None:
    connector, _ = named
    path = tmp_path / "other.bin"
    path.write_bytes(content)
    try:
        items = items_of(connector, path)
        assert connector.count(path) == len(items)
        assert not any(isinstance(item, Mention) for item in items)
    except ConnectorError as error:
        assert re.search("[\u4e00-\u9fff]", str(error))  # noqa: PT017


@pytest.mark.material
def test_the_battery_holds_on_real_exports() -> None:
    shared = os.environ.get("YUQING_SHARED")
    if shared is None:
        pytest.skip("set YUQING_SHARED to the folder of sample exports")
    read = 0
    for path in sorted((Path(shared) / "samples").rglob("*")):
        if not path.is_file() or path.name == "NOTICE.txt":
            continue
        try:
            connector = catalogue.recognise(path)
        except ConnectorError:
            continue
        battery(connector, path)
        read += 1
    assert read
