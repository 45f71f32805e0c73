"""One test for each silent error that real exports hold, by its number in the list of formats.

10 (short queries in a full-text index), 12 (places) and 17 (limits of robots in bytes) are no connector's; their tests
are ``tests/pipeline/corpus/test_cutting.py``, ``tests/pipeline/places/test_gazetteer.py`` and
``tests/pipeline/alerts/test_sinks.py``.
"""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from connectors import catalogue
from connectors.connector import Item, Reading, RefusalReason, Refused
from connectors.mention import Flag, Mention, MentionState, Speaker, TimePrecision
from connectors.reading.encodings import decode
from tests.connectors.fixtures import weibo_crawler, weibo_search
from tests.connectors.fixtures._tables import write_csv, write_xlsx

PAGES = Path(__file__).parent / "fixtures"
READING = Reading(collected_at=datetime(2026, 7, 2, 4, tzinfo=UTC), salt=b"salt")
MID = "5180000000000099"


def read(path: Path) -> list[Item]:
    connector = catalogue.recognise(path)
    items = list(connector.read(path, READING))
    assert connector.count(path) == len(items)
    return items


def mentions(path: Path) -> list[Mention]:
    return [item for item in read(path) if isinstance(item, Mention)]


def one(path: Path) -> Mention:
    (mention,) = mentions(path)
    return mention


def reasons(path: Path) -> list[RefusalReason]:
    return [item.reason for item in read(path) if isinstance(item, Refused)]


def as_json(folder: Path, value: Any, name: str = "export.json") -> Path:
    path = folder / name
    path.write_text(json.dumps(value, ensure_ascii=False), encoding="utf-8")
    return path


def searched(folder: Path, *rows: list[str], header: list[str] = weibo_search.HEADER, name: str = "云泽.csv") -> Path:
    return write_csv(folder / name, [header, *rows])


def note(**changes: Any) -> dict[str, Any]:
    return {
        "note_id": MID,
        "content": "石桥镇停水",
        "last_modify_ts": 1782900000000,
        "create_time": 1782893100,  # eight hours ahead of the truth
        "create_date_time": "2026-07-01 08:05:00+08:00",
        "liked_count": "3",
        "note_url": f"https://m.weibo.cn/detail/{MID}",
    } | changes


def test_1_a_time_that_a_tool_wrote_eight_hours_ahead_is_not_believed(tmp_path: Path) -> None:
    mention = one(as_json(tmp_path, [note()]))
    assert mention.published_at.isoformat() == "2026-07-01T08:05:00+08:00"
    assert mention.time_basis == "create_date_time"


def test_2_both_schemas_of_a_tool_are_read_with_and_without_a_place(tmp_path: Path) -> None:
    old = note(ip_location="临江", user_id="1900000001", nickname="甲")
    new = note(note_id="5180000000000088", creator_hash="80a7cd0ffb78b364", nickname="示***乙")
    first, second = mentions(as_json(tmp_path, [old, new]))
    assert (first.region_text, second.region_text) == ("临江", "")
    assert first.author_ref
    assert second.author_ref
    assert first.author_ref != second.author_ref


def test_3_rows_of_39_37_and_19_cells_stand_under_their_names_and_an_id_loses_its_tab(tmp_path: Path) -> None:
    found = [mention for path in weibo_crawler.write(tmp_path) if path.suffix == ".csv" for mention in mentions(path)]
    assert found
    assert all(not mention.source_id or mention.source_id.isdigit() for mention in found)
    assert all(mention.published_at.year == 2026 for mention in found)


def test_4_a_count_in_words_is_a_number_and_a_time_without_seconds_says_so(tmp_path: Path) -> None:
    mention = one(searched(tmp_path, weibo_search.row(MID, "石桥镇停水", 评论数="1.2万", 转发数="转发")))
    assert (mention.engagement.comments, mention.engagement.reposts) == (12_000, None)
    assert mention.time_precision is TimePrecision.MINUTE
    assert mention.published_until - mention.published_at == timedelta(minutes=1)


def test_5_an_emoji_that_is_a_picture_stays_as_its_word(tmp_path: Path) -> None:
    text = "水发黄<span class='url-icon'><img alt=[怒] src='x.png'></span><br />谁管"
    mblog = {"id": MID, "created_at": "Wed Jul 01 08:05:00 +0800 2026", "text": text}
    mention = one(as_json(tmp_path, {"data": {"cards": [{"card_type": 9, "mblog": mblog}]}}))
    assert mention.text == "水发黄[怒]\n谁管"


@pytest.mark.parametrize("name", ["we_mp_rss.xml", "we_mp_rss_cdata.xml"])
def test_6_a_feed_time_without_zone_is_chinas_and_an_escaped_section_has_its_text(name: str) -> None:
    mention = mentions(PAGES / "feed" / name)[0]
    assert mention.published_at.utcoffset() == timedelta(hours=8)
    assert mention.text
    assert "CDATA" not in mention.text


def test_7_an_articles_time_is_its_scripts_and_not_a_date_of_the_pages_furniture() -> None:
    mention = one(PAGES / "wechat" / "article.html")
    assert (mention.published_at.isoformat(), mention.time_basis) == ("2025-06-12T09:30:12+08:00", "ori_create_time")


@pytest.mark.parametrize("name", ["text_share.html", "picture_share.html"])
def test_8_a_share_whose_words_are_in_a_script_has_them(name: str) -> None:
    assert len(one(PAGES / "wechat" / name).text) > 10


@pytest.mark.parametrize(
    ("name", "state"),
    [
        ("deleted.html", MentionState.DELETED),
        ("deleted_english.html", MentionState.DELETED),
        ("blocked.html", MentionState.BLOCKED),
    ],
)
def test_9_what_became_of_an_article_is_a_state_and_no_text(name: str, state: MentionState) -> None:
    mention = one(PAGES / "wechat" / name)
    assert (mention.state, mention.text) == (state, "")


@pytest.mark.parametrize(
    ("written", "moment"),
    [
        ("07-01", "2026-07-01T00:00:00+08:00"),
        ("7月1日 08:05", "2026-07-01T08:05:00+08:00"),
        ("07月01日 08:05", "2026-07-01T08:05:00+08:00"),
        ("Wed Jul 01 08:05:00 +0800 2026", "2026-07-01T08:05:00+08:00"),
        ("昨天 08:05", "2026-07-01T08:05:00+08:00"),
    ],
)
def test_11_a_time_without_a_year_is_the_last_such_day_before_the_crawl(
    tmp_path: Path, written: str, moment: str
) -> None:
    mention = one(searched(tmp_path, weibo_search.row(MID, "石桥镇停水", 发布时间=written)))
    assert mention.published_at.isoformat() == moment


def test_13_text_in_gb18030_and_text_cut_within_a_character_are_never_guessed() -> None:
    assert decode("石桥镇的㎡与镕".encode("gb18030")).text == "石桥镇的㎡与镕"
    cut = decode("石桥镇停水".encode()[:-1])
    assert cut.text.startswith("石桥镇停")
    assert cut.flags == (Flag.REPLACED,)


def test_14_a_blank_tail_of_a_sheet_is_no_record_and_a_number_no_float(tmp_path: Path) -> None:
    header: list[object] = ["留言编号", "留言用户", "留言主题", "留言时间", "留言详情"]
    rows: list[list[object]] = [[24.0, "A1", "停水", "2020/1/6 12:09:38", "停水三天"]]
    mention = one(write_xlsx(tmp_path / "附件2.xlsx", [header, *rows, *([[""] * 5] * 3000)]))
    assert mention.source_id == "24"


def test_15_speech_whose_text_is_a_list_or_tagged_is_read_as_words(tmp_path: Path) -> None:
    call = {
        "key": "call1",
        "text": "您好噪音扰民",
        "sentence_info": [
            {"text": ["您", "好"], "start": 0, "end": 900, "spk": 0},
            {"sentence": "<|zh|><|NEUTRAL|>噪音扰民", "start": 1000, "end": 1900, "spk": 1},
        ],
    }
    mention = one(as_json(tmp_path, [call]))
    assert [turn.text for turn in mention.turns] == ["您好", "噪音扰民"]


def test_16_an_old_order_that_the_system_appended_is_not_said_again(tmp_path: Path) -> None:
    header: list[object] = ["工单编号", "受理时间", "内容描述"]
    text = "夜间施工。【最近派发的工单编号：20260625000456，工单内容：市民反映【夜间】噪音，已答复】"
    mention = one(write_xlsx(tmp_path / "工单.xlsx", [header, ["20260701000123", "2026-07-01 09:45:00", text]]))
    assert mention.text == "夜间施工。"
    assert mention.parent_id == "hotline:20260625000456"


def test_18_a_page_that_declares_gb2312_and_is_more_is_read_whole() -> None:
    mention = one(PAGES / "gov_site" / "declared_gb2312.html")
    assert "\ufffd" not in f"{mention.title}{mention.text}"


def test_19_threads_that_stand_inside_a_comment_of_the_page_are_read() -> None:
    assert mentions(PAGES / "tieba" / "list_in_comment.html")


def test_20_noise_between_the_words_of_a_forum_is_dropped_and_the_exact_time_found() -> None:
    found = mentions(PAGES / "discuz" / "thread.html")
    assert all("k3Q" not in mention.text for mention in found)
    assert any(mention.time_precision is TimePrecision.SECOND for mention in found)


def test_21_a_header_one_column_short_is_aligned_by_what_stands_in_the_cells(tmp_path: Path) -> None:
    rows = [weibo_search.row(str(5180000000000010 + n), f"第{n}处停水", bid="M1VT3jzNX") for n in range(3)]
    short = [name for name in weibo_search.HEADER if name != "bid"]
    texts = {mention.text for mention in mentions(searched(tmp_path, *rows, header=short))}
    assert texts == {"第0处停水", "第1处停水", "第2处停水"}


def test_22_an_id_that_a_spreadsheet_rounded_is_restored_or_never_merged_by(tmp_path: Path) -> None:
    restored = one(searched(tmp_path, weibo_search.row("4.80461E+15", "停水", bid="M1VT3jzNX")))
    assert restored.source_id == "4804608494665869"
    lost = mentions(
        searched(tmp_path, weibo_search.row("5.24159E+15", "停水"), weibo_search.row("5.24159E+15", "停电"))
    )
    assert len({mention.id for mention in lost}) == 2
    assert all(Flag.DAMAGED_ID in mention.flags for mention in lost)


def test_23_the_same_post_many_times_is_one_with_the_highest_counts(tmp_path: Path) -> None:
    rows = [weibo_search.row(MID, "停水", 转发数=count) for count in ("3", "9", "5")]
    found = mentions(searched(tmp_path, *rows))
    assert {mention.id for mention in found} == {f"weibo:{MID}"}
    assert found[-1].engagement.reposts == 9


@pytest.mark.parametrize(
    ("written", "text", "flagged"),
    [("路灯坏了一个月...全文", "路灯坏了一个月", True), ("路灯坏了 收起d", "路灯坏了", False)],
)
def test_24_a_text_cut_by_the_page_is_flagged_and_its_link_word_dropped(
    tmp_path: Path, written: str, text: str, flagged: bool
) -> None:
    mention = one(searched(tmp_path, weibo_search.row(MID, written)))
    assert (mention.text, Flag.TRUNCATED in mention.flags) == (text, flagged)


def test_25_rows_appended_in_another_encoding_under_a_second_header_are_read(tmp_path: Path) -> None:
    path = searched(tmp_path, weibo_search.row(MID, "石桥镇停水"))
    more = write_csv(
        tmp_path / "more", [weibo_search.HEADER, weibo_search.row("5180000000000088", "白鹭镇停电")], "gb18030"
    )
    path.write_bytes(path.read_bytes() + b"\xef\xbb\xbf" + more.read_bytes())
    more.unlink()
    assert [mention.text for mention in mentions(path)] == ["石桥镇停水", "白鹭镇停电"]
    assert reasons(path) == [RefusalReason.REPEATED_HEADER]


def test_26_utf8_once_read_as_gbk_is_undone_where_the_way_back_is_exact(tmp_path: Path) -> None:
    exact = "石桥镇停水三天啊".encode().decode("gb18030")
    mention = one(searched(tmp_path, weibo_search.row(MID, exact)))
    assert (mention.text, Flag.REPAIRED in mention.flags) == ("石桥镇停水三天啊", True)


def test_27_a_relative_time_counts_from_the_day_in_the_files_name(tmp_path: Path) -> None:
    mention = one(searched(tmp_path, weibo_search.row(MID, "停水", 发布时间="昨天 08:05"), name="云泽_2026-06-20.csv"))
    assert mention.published_at.isoformat() == "2026-06-19T08:05:00+08:00"


def test_28_an_empty_count_is_unknown_and_never_nought(tmp_path: Path) -> None:
    mention = one(searched(tmp_path, weibo_search.row(MID, "停水", 转发数="", 评论数="", 点赞数="")))
    assert mention.engagement.heat == 0
    assert (mention.engagement.reposts, mention.engagement.likes) == (None, None)


def test_29_an_article_whose_cell_is_empty_keeps_its_title_and_says_that_the_text_is_missing(tmp_path: Path) -> None:
    header: list[object] = ["公众号", "ID", "链接", "标题", "摘要", "创建时间", "发布时间", "文章内容"]
    times = ["2026-07-01 08:00:00", "2026-07-01 08:05:00"]
    row: list[object] = ["云泽发布", "1_1", "https://mp.weixin.qq.com/s/Abc", "停水通知", "", *times, ""]
    mention = one(write_xlsx(tmp_path / "云泽发布.xlsx", [header, row]))
    assert (mention.title, mention.text, mention.state) == ("停水通知", "", MentionState.TEXT_MISSING)


def test_30_a_comment_is_no_reply_to_itself_and_a_file_written_twice_holds_each_once(tmp_path: Path) -> None:
    comment = {
        "comment_id": "4900000000000001",
        "last_modify_ts": 1782900000000,
        "create_date_time": "2026-07-01 08:05:00+08:00",
        "note_id": MID,
        "content": "支持！",
        "parent_comment_id": "4900000000000001",
        "sub_comment_count": "0",
    }
    found = mentions(as_json(tmp_path, [comment, comment]))
    assert len({mention.id for mention in found}) == 1
    assert all(mention.parent_id == f"weibo:{MID}" for mention in found)


def test_31_a_malformed_feed_loses_no_item_that_can_be_read() -> None:
    assert mentions(PAGES / "feed" / "malformed.xml")


def test_32_a_phrase_that_a_recogniser_repeats_to_the_end_and_a_sentence_that_ends_before_it_starts(
    tmp_path: Path,
) -> None:
    segments = [
        {"start": 0.0, "end": 2.0, "text": "您好，这里是12345热线", "speaker": "SPEAKER_00"},
        {"start": 5.0, "end": 3.0, "text": "我家停水了", "speaker": "SPEAKER_01"},
        *({"start": 6.0 + n, "end": 7.0 + n, "text": "谢谢观看", "speaker": "SPEAKER_01"} for n in range(40)),
    ]
    mention = one(as_json(tmp_path, {"language": "zh", "segments": segments}))
    assert mention.text.count("谢谢观看") <= 3
    assert "我家停水了" in mention.text
    assert all(turn.end_ms is None or turn.start_ms is None or turn.end_ms >= turn.start_ms for turn in mention.turns)
    assert mention.turns[0].speaker is Speaker.OPERATOR


def test_33_a_time_that_an_export_filled_in_and_a_list_that_was_rendered_are_read(tmp_path: Path) -> None:
    page = (PAGES / "tieba" / "list_in_comment.html").read_text(encoding="utf-8")
    rendered = tmp_path / "list.html"
    rendered.write_text(page.replace("<!--", "").replace("-->", ""), encoding="utf-8")
    assert mentions(rendered)
    article = tmp_path / "article.html"
    article.write_text(
        '<html><head><meta property="og:title" content="停水通知"></head><body><h1 id="activity-name">停水通知</h1>'
        '<em id="publish_time">2025年06月12日 09:30</em><div id="js_content"><p>明日停水，请储水。</p></div></body>',
        encoding="utf-8",
    )
    assert one(article).published_at.isoformat() == "2025-06-12T09:30:00+08:00"
