"""Hostile and damaged tables and JSON: never an exception but ``ConnectorError``, never a record without a fate."""

import importlib
import json
import random
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors import catalogue
from connectors.connector import ConnectorError, Item, Quarantined, Reading, RefusalReason, Refused
from connectors.mention import Flag, Mention
from connectors.reading.sheets import check_archive
from tests.connectors.fixtures import weibo_search as weibo
from tests.connectors.fixtures._tables import write_csv, write_xlsx

READING = Reading(collected_at=datetime(2026, 7, 2, 4, tzinfo=UTC), salt=b"salt")
TABLES = ("weibo_search", "hotline", "directive", "manual", "forum", "comment", "mentions", "table", "mediacrawler")
JSON = ("weibo_mobile", "wechat_spider", "petition", "discourse", "transcript", "mediacrawler", "comment", "mentions")
GOOD = weibo.row("5180000000000099", "白鹭镇的路灯修好了")


def fates(name: str, path: Path) -> list[Item]:
    connector = catalogue.named(name)
    try:
        items = list(connector.read(path, READING))
        assert connector.count(path) == len(items)
    except ConnectorError as error:
        assert str(error)  # noqa: PT017
        return []
    return items


def mentions(items: list[Item]) -> list[Mention]:
    return [item for item in items if isinstance(item, Mention)]


def reasons(items: list[Item]) -> list[RefusalReason]:
    return [item.reason for item in items if isinstance(item, Refused)]


quick = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@quick
@given(data=st.binary(max_size=400), name=st.sampled_from((*TABLES, *JSON)))
def test_random_bytes_never_raise(tmp_path: Path, data: bytes, name: str) -> None:
    path = tmp_path / "random"
    path.write_bytes(data)
    try:
        for item in catalogue.named(name).read(path, READING):
            assert isinstance(item, Mention | Refused | Quarantined)
    except ConnectorError as error:
        assert str(error)  # noqa: PT017 (a file may be refused, but in words)


@quick
@given(cut=st.integers(0, 2000), name=st.sampled_from(("utf-8-sig", "gb18030")))
def test_a_csv_cut_anywhere_keeps_every_record_accounted_for(tmp_path: Path, cut: int, name: str) -> None:
    path = write_csv(tmp_path / "cut.csv", [weibo.HEADER, GOOD, *weibo.ROWS], name)
    whole = [item.text for item in mentions(fates("weibo_search", path))]
    path.write_bytes(path.read_bytes()[: 300 + cut])
    kept = [item.text for item in mentions(fates("weibo_search", path))]
    assert kept[:-1] == whole[: max(0, len(kept) - 1)]


@quick
@given(seed=st.integers(0, 10_000), missing=st.integers(0, 6))
def test_columns_in_any_order_and_number_give_the_same_words(tmp_path: Path, seed: int, missing: int) -> None:
    needed = [weibo.HEADER.index(name) for name in ("id", "微博正文", "发布时间", "bid")]
    others = [index for index in range(len(weibo.HEADER)) if index not in needed]
    chance = random.Random(seed)
    kept = needed + others[missing:]
    chance.shuffle(kept)
    path = write_csv(tmp_path / "shuffled.csv", [[row[index] for index in kept] for row in (weibo.HEADER, GOOD)])
    assert [item.text for item in mentions(fates("weibo_search", path))] == ["白鹭镇的路灯修好了"]


def test_a_row_with_an_unclosed_quote_does_not_stop_the_good_ones(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "quote.csv", [weibo.HEADER])
    with path.open("ab") as file:
        file.write('5180000000000010,,1,甲,"没有关上的引号,,,,,0,0,0,2026-07-01 08:05\r\n'.encode())
        file.write((",".join(GOOD) + "\r\n").encode())
    items = fates("weibo_search", path)
    assert reasons(items) == [RefusalReason.BAD_SHAPE]
    assert [item.source_id for item in mentions(items)] == ["5180000000000099"]


def test_rows_appended_in_another_encoding_with_a_second_mark_and_header_are_read(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "mixed.csv", [weibo.HEADER, GOOD])
    more = write_csv(tmp_path / "more.csv", [weibo.HEADER, weibo.row("5180000000000088", "石桥镇停水")], "gb18030")
    path.write_bytes(path.read_bytes() + b"\xef\xbb\xbf" + more.read_bytes())
    items = fates("weibo_search", path)
    assert [item.text for item in mentions(items)] == ["白鹭镇的路灯修好了", "石桥镇停水"]
    assert reasons(items) == [RefusalReason.REPEATED_HEADER]


def test_a_header_one_column_short_is_aligned_by_content(tmp_path: Path) -> None:
    short = [name for name in weibo.HEADER if name != "bid"]
    rows = [[*row[:1], "M1VT3jzNX", *row[2:]] for row in (GOOD, weibo.row("5180000000000088", "石桥镇停水"))]
    (item, _) = mentions(fates("weibo_search", write_csv(tmp_path / "short.csv", [short, *rows])))
    assert (item.text, item.engagement.comments) == ("白鹭镇的路灯修好了", 12_000)


@pytest.mark.parametrize(
    ("native", "bid", "expected"), [("4.80461E+15", "M1VT3jzNX", "4804608494665869"), ("4.80461E+15", "", "")]
)
def test_a_rounded_id_comes_back_from_its_short_form_or_is_never_merged_by(
    tmp_path: Path, native: str, bid: str, expected: str
) -> None:
    row = weibo.row(native, "白鹭镇停电", bid=bid)
    other = weibo.row(native, "石桥镇停水", bid="M1N39i6Fb" if bid else "")
    found = mentions(fates("weibo_search", write_csv(tmp_path / "damaged.csv", [weibo.HEADER, row, other])))
    assert found[0].source_id == expected
    assert (Flag.DAMAGED_ID in found[0].flags) == (not expected)
    assert len({item.id for item in found}) == 2


def test_the_same_post_twice_keeps_the_highest_counts_and_other_words_conflict(tmp_path: Path) -> None:
    again = weibo.row(GOOD[0], "白鹭镇的路灯修好了", 转发数="9", 评论数="1")
    other = weibo.row(GOOD[0], "完全不同的话")
    items = fates("weibo_search", write_csv(tmp_path / "twice.csv", [weibo.HEADER, GOOD, again, other]))
    last = mentions(items)[-1]
    assert (last.engagement.reposts, last.engagement.comments) == (9, 12_000)
    assert reasons(items) == [RefusalReason.CONFLICT]


def test_a_line_of_fifty_megabytes_is_refused_and_the_rest_read(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "long.csv", [weibo.HEADER])
    with path.open("ab") as file:
        file.write(b"1," + b"a" * (50 << 20) + b"\r\n")
        file.write((",".join(GOOD) + "\r\n").encode())
    items = fates("weibo_search", path)
    assert reasons(items) == [RefusalReason.TOO_LARGE]
    assert len(mentions(items)) == 1
    assert all(len(item.raw) <= 1 << 20 for item in items if isinstance(item, Refused))


@pytest.mark.parametrize("name", JSON)
def test_json_nested_a_hundred_thousand_deep_is_refused(tmp_path: Path, name: str) -> None:
    path = tmp_path / "deep.json"
    path.write_bytes(b"[" * 100_000 + b"]" * 100_000)
    assert not mentions(fates(name, path))


def test_a_cut_off_array_keeps_what_came_before_and_says_so(tmp_path: Path) -> None:
    rows = [dict(zip(weibo.HEADER, row, strict=True)) for row in (GOOD, weibo.row("5180000000000088", "石桥镇停水"))]
    path = tmp_path / "cut.json"
    path.write_text(json.dumps(rows, ensure_ascii=False)[:-40], encoding="utf-8")
    items = fates("weibo_search", path)
    assert [item.text for item in mentions(items)] == ["白鹭镇的路灯修好了"]
    assert reasons(items) == [RefusalReason.CUT_OFF]


def test_lone_surrogates_nul_and_zero_width_characters_leave_a_clean_text(tmp_path: Path) -> None:
    path = tmp_path / "odd.json"
    row = dict(zip(weibo.HEADER, GOOD, strict=True)) | {"微博正文": "停\u200b水\ud800了\x00😀"}
    path.write_text(json.dumps([row]), encoding="utf-8")
    (item,) = mentions(fates("weibo_search", path))
    assert "停水" in item.text
    assert "😀" in item.text
    item.text.encode()
    assert Flag.OBFUSCATED in item.flags


def test_a_zip_bomb_and_a_lying_directory_are_refused_before_they_unpack(tmp_path: Path) -> None:
    bomb = tmp_path / "bomb.xlsx"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
        with archive.open("xl/worksheets/sheet1.xml", "w") as member:
            for _ in range(300):
                member.write(b" " * (1 << 20))
    with pytest.raises(ConnectorError, match="压缩炸弹"):
        check_archive(bomb)
    liar = write_xlsx(tmp_path / "liar.xlsx", [weibo.HEADER, GOOD])
    data = bytearray(liar.read_bytes())
    at = data.rindex(b"PK\x01\x02")
    data[at + 24 : at + 28] = (1).to_bytes(4, "little")
    liar.write_bytes(bytes(data))
    with pytest.raises(ConnectorError, match="损坏"):
        check_archive(liar)


def test_a_large_sheet_is_streamed_to_the_same_records(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_xlsx(tmp_path / "large.xlsx", [weibo.HEADER, GOOD, *weibo.ROWS])
    small = fates("weibo_search", path)
    monkeypatch.setattr("connectors.reading.sheets.STREAMED_FROM", 0)
    assert [getattr(item, "id", None) for item in fates("weibo_search", path)] == [
        getattr(i, "id", None) for i in small
    ]


def test_a_mark_of_secrecy_in_any_column_keeps_the_row_out(tmp_path: Path) -> None:
    for column in range(len(weibo.HEADER)):
        row = list(GOOD)
        row[column] = "机密★10年"
        items = fates("weibo_search", write_csv(tmp_path / "secret.csv", [weibo.HEADER, row]))
        assert [type(item) for item in items] == [Quarantined], weibo.HEADER[column]


@pytest.mark.parametrize("field", ["text", "title", "quoted_text", "region_text", "url", "source_id", "parent_id"])
def test_a_mark_of_secrecy_in_any_field_of_a_mention_line_keeps_it_out(tmp_path: Path, field: str) -> None:
    path = tmp_path / "mentions.jsonl"
    line = {"id": "m1", "channel": "forum", "text": "路灯坏了", "published_at": "2026-07-01 08:05"} | {
        field: "机密★10年"
    }
    path.write_text(json.dumps(line), encoding="utf-8")
    assert [type(item) for item in fates("mentions", path)] == [Quarantined]


@pytest.mark.parametrize("name", ["petition", "discourse", "wechat_spider", "tieba_api", "comment"])
def test_a_document_cut_anywhere_keeps_its_whole_records_and_refuses_the_rest(tmp_path: Path, name: str) -> None:
    chance = random.Random(name)
    connector = catalogue.named(name)
    module = importlib.import_module(f"tests.connectors.fixtures.{name}")
    cut_ones = 0
    for source in module.write(tmp_path):
        if source.suffix not in (".json", ".js", ".jsonp"):
            continue
        data = source.read_bytes()
        whole = [item.text for item in mentions(fates(name, source))]
        for size in sorted(chance.sample(range(1, len(data) - 2), min(80, len(data) - 3))):
            path = tmp_path / f"cut{source.suffix}"
            path.write_bytes(data[:size])
            items = fates(name, path)
            assert all(item.text in whole for item in mentions(items)), data[:size][-80:]
            cut_ones += bool(mentions(items)) and RefusalReason.CUT_OFF in reasons(items)
        assert connector.count(source)
    assert cut_ones, "some cuts leave whole records before a broken one"
