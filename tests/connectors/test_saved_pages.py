"""What holds for every connector of pages and feeds, on every fixture and on what is cut, mixed or hostile."""

import contextlib
import importlib
import random
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.connector import Connector, ConnectorError, Item, Quarantined, Reading, Refused
from connectors.mention import Mention
from connectors.reading.masking import mask

FIXTURES = Path(__file__).parent / "fixtures"
NAMES = ("wechat", "gov_site", "newspaper", "discuz", "tieba", "feed")
FILES = [path for name in NAMES for path in sorted((FIXTURES / name).iterdir())]
READING = Reading(collected_at=datetime(2025, 6, 12, 2, 0, tzinfo=UTC), salt=b"salt")


def connector(name: str) -> Connector:
    found: Connector = importlib.import_module(f"connectors.sources.{name}").CONNECTOR
    return found


def read(path: Path, reading: Reading = READING, name: str = "") -> list[Item]:
    return list(connector(name or path.parent.name).read(path, reading))


def label(path: Path) -> str:
    return f"{path.parent.name}/{path.name}"


@pytest.mark.parametrize("path", FILES, ids=label)
def test_every_file_is_recognised_by_its_own_connector_best(path: Path) -> None:
    head = path.read_bytes()[:65536]
    scores = {name: connector(name).recognise(path, head) for name in NAMES}
    assert max(scores, key=lambda name: scores[name]) == path.parent.name


@pytest.mark.parametrize("path", FILES, ids=label)
def test_every_record_of_a_file_has_one_fate_in_order(path: Path) -> None:
    items = read(path)
    assert len(items) == connector(path.parent.name).count(path)
    assert [item.raw_ref.row for item in items if item.raw_ref] == list(range(1, len(items) + 1))


@pytest.mark.parametrize("path", FILES, ids=label)
def test_a_mention_survives_the_wire_with_a_zone_and_without_persons(path: Path) -> None:
    for item in read(path):
        if isinstance(item, Mention):
            wire = msgspec.json.encode(item)
            assert msgspec.json.decode(wire, type=Mention) == item
            assert item.published_at.utcoffset() is not None
            assert item.published_at <= item.published_until <= item.collected_at
            assert all(mask(part) == part for part in (item.text, item.title, item.quoted_text, item.url))


@pytest.mark.parametrize("path", FILES, ids=label)
def test_a_second_read_and_a_read_with_another_salt_give_the_same_ids(path: Path) -> None:
    again = read(path, msgspec.structs.replace(READING, collected_at=READING.collected_at + timedelta(days=3)))
    assert [item.id for item in read(path) if isinstance(item, Mention)] == [
        item.id for item in again if isinstance(item, Mention)
    ]


@pytest.mark.parametrize("path", FILES, ids=label)
def test_a_read_resumes_exactly_after_any_record(path: Path) -> None:
    items = read(path)
    for after in range(len(items) + 1):
        assert read(path, msgspec.structs.replace(READING, after=after)) == items[after:]


@pytest.mark.parametrize("path", FILES, ids=label)
def test_a_mark_of_secrecy_anywhere_in_the_text_leaves_by_no_mention(path: Path, tmp_path: Path) -> None:
    data = path.read_bytes()
    encoding = "gb18030" if b"gb" in data[:400].lower() and path.name != "malformed.xml" else "utf-8"
    encoding = "big5hkscs" if b"big5" in data[:400].lower() else encoding
    text = data.decode(encoding)
    planted = tmp_path / path.name
    for place in ("各", "水", "路", "圾", "车", "价", "</h1>", "</title>"):
        if place in text:
            mark = "密級：機密★" if encoding.startswith("big5") else "密级：机密★"
            planted.write_bytes(text.replace(place, mark + place).encode(encoding))
            for item in read(planted, name=path.parent.name):
                if not isinstance(item, Quarantined):
                    assert "机密" not in msgspec.json.encode(item).decode().replace("機密", "机密")


@pytest.mark.parametrize("path", FILES, ids=label)
def test_a_page_cut_anywhere_raises_nothing_and_keeps_the_count(path: Path, tmp_path: Path) -> None:
    data = path.read_bytes()
    chance = random.Random(path.name)
    for size in sorted(chance.sample(range(len(data)), min(25, len(data)))):
        cut = tmp_path / path.name
        cut.write_bytes(data[:size])
        items = read(cut, name=path.parent.name)
        assert len(items) == connector(path.parent.name).count(cut), size


@pytest.mark.parametrize("name", NAMES)
@given(
    parts=st.lists(st.one_of(st.binary(max_size=60), st.sampled_from(range(len(FILES)))), max_size=6),
    seed=st.integers(),
)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_random_bytes_and_mixed_pages_raise_nothing_but_a_refusal_of_the_file(
    name: str, parts: list[bytes | int], seed: int, tmp_path: Path
) -> None:
    chance = random.Random(seed)
    data = b""
    for part in parts:
        page = part if isinstance(part, bytes) else FILES[part].read_bytes()
        begin = chance.randrange(len(page) + 1)
        data += page[begin : begin + 1500]
    path = tmp_path / "page.html"
    path.write_bytes(data)
    assert len(read(path, name=name)) == connector(name).count(path)


OPEN_MARKS = ("<title>", "<!--", "<item>", "<![CDATA[", "ct = '", "<founder-title>", "<font><p>", "<code><!--", "【")


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    "markup",
    [
        "<div>" * 100_000,
        "<p " + " ".join(f"a{n}=1" for n in range(20_000)) + ">x",
        *(mark * 50_000 for mark in OPEN_MARKS),
    ],
    ids=["nested", "attributes", *OPEN_MARKS],
)
def test_markup_built_against_the_parser_is_refused_or_read_at_once(name: str, markup: str, tmp_path: Path) -> None:
    path = tmp_path / "hostile.html"
    path.write_text(f"<html>{markup}", encoding="utf-8")
    start = time.process_time()
    with contextlib.suppress(ConnectorError):
        assert read(path, name=name)
    assert time.process_time() - start < 10


@pytest.mark.parametrize("name", NAMES)
def test_an_empty_file_is_one_refused_record_and_a_missing_one_an_error_in_words(name: str, tmp_path: Path) -> None:
    path = tmp_path / "empty.html"
    path.write_bytes(b"")
    (item,) = read(path, name=name)
    assert isinstance(item, Refused)
    assert connector(name).count(path) == 1
    with pytest.raises(ConnectorError, match="请检查"):
        read(tmp_path / "missing.html", name=name)
