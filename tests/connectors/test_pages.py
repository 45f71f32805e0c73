"""Saved pages and feeds: the right text, time, state and thread from every form that real sites serve."""

import importlib
from datetime import UTC, datetime
from pathlib import Path

import pytest

from connectors.connector import Item, Reading, RefusalReason, Refused
from connectors.mention import Channel, Flag, Mention, MentionState, TimePrecision

FIXTURES = Path(__file__).parent / "fixtures"
READING = Reading(collected_at=datetime(2025, 6, 12, 2, 0, tzinfo=UTC), salt=b"salt")  # 10:00 in Yunze


def read(name: str, reading: Reading = READING) -> list[Item]:
    path = FIXTURES / name
    connector = importlib.import_module(f"connectors.sources.{path.parent.name}").CONNECTOR
    return list(connector.read(path, reading))


def mentions(name: str) -> list[Mention]:
    items = read(name)
    assert all(isinstance(item, Mention) for item in items)
    return [item for item in items if isinstance(item, Mention)]


def one(name: str) -> Mention:
    (mention,) = mentions(name)
    return mention


def local(mention: Mention) -> str:
    return f"{mention.published_at:%Y-%m-%d %H:%M:%S%z}"


# WeChat (formats.md 1 #7, #8, #9, #33)


def test_the_true_time_of_an_article_comes_from_its_script_not_from_the_first_date_in_the_page() -> None:
    article = one("wechat/article.html")
    assert local(article) == "2025-06-12 09:30:12+0800"
    assert article.time_basis == "ori_create_time"
    assert article.title == "白鹭镇停水通知&取水点安排"
    assert article.id == "wechat:3200000001-2247500001_2"
    assert article.region_text == "临江"


def test_an_article_keeps_its_emoji_loses_what_is_hidden_and_names_no_phone() -> None:
    article = one("wechat/article.html")
    assert article.text == (
        "各位居民：\n因主管网抢修，6月12日10时起白鹭镇全镇停水，[抱拳]预计24小时内恢复。\n\n"
        "咨询电话 [电话]，值班员手机 [电话]。"
    )


def test_a_text_share_and_a_picture_share_have_their_words_in_the_script() -> None:
    text, picture = one("wechat/text_share.html"), one("wechat/picture_share.html")
    assert text.text == "石桥镇到白鹭镇的路坏了半年，\n大车一过全是灰。\n\n镇里说'下个月修'，\"下个月\"是哪个月？"
    assert picture.text == "窗户不敢开，<半夜>还在炒。"
    assert (picture.time_basis, picture.time_precision) == ("create_time", TimePrecision.MINUTE)


@pytest.mark.parametrize(
    ("name", "state"),
    [
        ("deleted", MentionState.DELETED),
        ("deleted_english", MentionState.DELETED),
        ("blocked", MentionState.BLOCKED),
        ("unavailable", MentionState.HIDDEN),
    ],
)
def test_what_became_of_an_article_is_a_state_and_never_a_text(name: str, state: MentionState) -> None:
    mention = one(f"wechat/{name}.html")
    assert (mention.state, mention.text, mention.title) == (state, "", "")


def test_a_page_that_asks_for_verification_is_no_article() -> None:
    (item,) = read("wechat/verify.html")
    assert isinstance(item, Refused)
    assert item.reason is RefusalReason.NOT_A_RECORD


def test_a_published_time_filled_in_by_an_export_is_read_where_no_script_has_it(tmp_path: Path) -> None:
    page = tmp_path / "saved.html"
    page.write_text(
        '<div id="js_content">石桥镇停电</div><em id="publish_time">2025年06月11日 21:05</em>', encoding="utf-8"
    )
    connector = importlib.import_module("connectors.sources.wechat").CONNECTOR
    (item,) = connector.read(page, READING)
    assert local(item) == "2025-06-11 21:05:00+0800"


# Government sites (#18 and the variance of the metas)


def test_a_page_that_declares_gb2312_is_read_as_gb18030() -> None:
    page = one("gov_site/declared_gb2312.html")
    assert "120㎡" in page.text
    assert "朱镕街、堃明路" in page.text
    assert Flag.REPLACED not in page.flags


def test_the_metas_give_title_and_address_and_the_page_mends_a_twelve_hour_clock() -> None:
    page = one("gov_site/declared_gb2312.html")
    assert page.title == "关于开展危房排查的 通告"
    assert page.url == "http://www.yunze.example/gk/t20250612_1.html"
    assert page.region_text == "云泽市人民政府"
    assert (local(page), page.time_basis) == ("2025-06-11 14:46:00+0800", "shown")


def test_template_placeholders_are_not_taken_for_values() -> None:
    page = one("gov_site/placeholders.html")
    assert page.title == "柳溪县举行防汛演练"
    assert page.region_text == ""
    assert (local(page), page.time_basis) == ("2025-06-11 16:20:00+0800", "shown")


def test_a_forwarded_document_is_quoted_not_the_sites_own_words() -> None:
    page = one("gov_site/forwarded.html")
    assert page.text.endswith("云泽市人民政府办公室")
    assert page.quoted_text.startswith("临江省人民政府办公厅关于加强汛期值守工作的通知")
    assert "48小时内予以回应" in page.quoted_text


def test_a_traditional_mirror_is_the_same_page_in_simplified_script() -> None:
    page = one("gov_site/mirror_big5.html")
    assert page.url == "http://www.qingshi.example/gg/t1.html"
    assert page.title == "青石县自来水价格调整公告"
    assert page.text.startswith("自2025年7月1日起，全县居民自来水价格")


def test_any_other_site_is_read_by_its_main_text() -> None:
    page = one("gov_site/plain_site.html")
    assert "小区电梯投入使用不到两年却频繁发生故障" in page.text
    assert "首页" not in page.text
    assert page.time_precision is TimePrecision.UNKNOWN


def test_a_hijacked_page_keeps_its_article_and_is_marked(tmp_path: Path) -> None:
    page = tmp_path / "hijacked.html"
    spam = "国产精品久久一区二区,免费观看高清视频,青青草在线影院,欧美激情午夜福利"
    text = (FIXTURES / "gov_site/forwarded.html").read_text(encoding="utf-8")
    page.write_text(
        text.replace('<div class="pages_content">', f'<div class="pages_content"><p>{spam}</p>'), encoding="utf-8"
    )
    (item,) = importlib.import_module("connectors.sources.gov_site").CONNECTOR.read(page, READING)
    assert isinstance(item, Mention)
    assert Flag.HIJACKED in item.flags
    assert "久久" not in item.text
    assert item.text == one("gov_site/forwarded.html").text


# Newspapers


def test_a_founder_page_gives_titles_without_their_tags_and_the_day() -> None:
    page = one("newspaper/founder.html")
    assert page.channel is Channel.NEWSPAPER
    assert page.title == "汛期第一线 白鹭镇连夜转移群众"
    assert (local(page), page.time_precision) == ("2025-06-12 00:00:00+0800", TimePrecision.DAY)
    assert "上一版" not in page.text
    assert "柳青禾" not in page.text


def test_the_older_property_comment_is_read_the_same() -> None:
    page = one("newspaper/enpproperty.html")
    assert page.title == "石桥镇集市搬迁 新址七月启用"
    assert page.time_precision is TimePrecision.DAY
    assert page.text == "石桥镇农贸集市将迁往镇东，部分摊主反映摊位费上涨。"


def test_a_page_that_only_leads_on_is_no_article() -> None:
    (item,) = read("newspaper/index_refresh.html")
    assert isinstance(item, Refused)
    assert item.reason is RefusalReason.NOT_A_RECORD


# Discuz (#20)


def test_noise_in_a_floor_goes_and_its_words_stay() -> None:
    first = mentions("discuz/thread.html")[0]
    assert first.text == "镇东路灯坏了一周，老人晚上不敢出门。\n打12345也没人管，我电话[电话]。"
    assert first.title == "白鹭镇路灯坏了一周没人修"
    assert (first.engagement.reads, first.engagement.comments) == (12000, 4)


def test_the_exact_time_of_a_floor_is_in_the_title_of_its_span() -> None:
    first, second, third, fourth = mentions("discuz/thread.html")
    assert (local(first), first.time_precision) == ("2025-06-12 08:05:33+0800", TimePrecision.SECOND)
    assert (local(second), second.time_precision) == ("2025-06-12 08:20:00+0800", TimePrecision.MINUTE)
    assert local(third) == "2025-06-11 23:05:00+0800"
    assert local(fourth) == "2025-06-12 09:55:00+0800"


def test_every_floor_knows_its_thread_and_the_floor_it_quotes() -> None:
    first, second, third, _ = mentions("discuz/thread.html")
    assert (first.parent_id, first.root_id) == ("", "")
    assert (second.parent_id, second.root_id) == (first.id, first.id)
    assert second.quoted_text == "镇东路灯坏了一周，老人晚上不敢出门。"
    assert second.text == "我们这边也黑着。"
    assert (third.state, third.text) == (MentionState.BLOCKED, "")


def test_the_second_page_of_a_thread_hangs_on_the_same_first_floor() -> None:
    root = mentions("discuz/thread.html")[0].id
    assert {mention.root_id for mention in mentions("discuz/thread_page_two.html")} == {root}


def test_the_mobile_page_and_the_archiver_hold_the_same_thread() -> None:
    mobile, reply = mentions("discuz/mobile.html")
    assert mobile.text == "南塘街道停车费涨了一倍，没有任何公示。"
    assert (local(mobile), mobile.time_precision) == ("2025-06-12 08:00:00+0800", TimePrecision.HOUR)
    assert reply.root_id == mobile.id
    opening, hidden, anonymous = mentions("discuz/archiver.html")
    assert opening.id == "discuz:bbs.yunze.example-t4103"
    assert opening.text == "高新区创业路塌了一个坑…\n没人围挡"
    assert (hidden.state, hidden.text) == (MentionState.HIDDEN, "")
    assert (anonymous.author_ref, anonymous.text) == (None, "同求")


def test_a_thread_that_was_taken_down_is_a_state() -> None:
    assert one("discuz/deleted.html").state is MentionState.DELETED


# Tieba (#19, #33)


def test_floors_and_the_replies_within_them_are_mentions_with_parents() -> None:
    first, reply, folded = mentions("tieba/thread.html")
    assert first.text == "白鹭镇的垃圾三天没人收了\n味道很大"
    assert first.title == "【投诉】白鹭镇的垃圾没人收"
    assert (first.region_text, local(first)) == ("临江", "2025-06-12 08:09:00+0800")
    assert (reply.text, reply.parent_id, reply.root_id) == ("环卫说车坏了", first.id, first.id)
    assert (folded.state, folded.text) == (MentionState.HIDDEN, "")


def test_a_list_that_the_server_wrote_into_a_comment_is_read() -> None:
    first, second = mentions("tieba/list_in_comment.html")
    assert (first.id, first.title, first.text) == (
        "tieba:9000000201",
        "公交改线没人通知",
        "3路车不到学校了，孩子怎么上学",
    )
    assert (local(first), first.time_precision, first.engagement.comments) == (
        "2025-06-11 00:00:00+0800",
        TimePrecision.DAY,
        12,
    )
    assert (second.state, second.time_precision) == (MentionState.TEXT_MISSING, TimePrecision.MONTH)


def test_a_rendered_list_has_its_threads_in_the_page(tmp_path: Path) -> None:
    page = tmp_path / "rendered.html"
    text = (FIXTURES / "tieba/list_in_comment.html").read_text(encoding="utf-8")
    page.write_text(text.replace("<!--", "").replace("-->", ""), encoding="utf-8")
    items = list(importlib.import_module("connectors.sources.tieba").CONNECTOR.read(page, READING))
    assert [item.id for item in items] == ["tieba:9000000201", "tieba:9000000202"]


# Feeds (#6, #31)


@pytest.mark.parametrize("name", ["we_mp_rss", "we_mp_rss_cdata"])
def test_a_feed_time_without_zone_is_chinas_and_escaped_sections_hold_the_text(name: str) -> None:
    item = one(f"feed/{name}.xml")
    assert local(item) == "2025-06-12 10:30:00+0800"
    assert item.text == "各位居民：\n今日 10 时起停水…"
    assert item.title == "白鹭镇停水通知 & 取水点"
    assert (item.channel, item.id) == (Channel.WECHAT, one("wechat/article.html").id)


def test_a_forums_feed_in_gbk_gives_the_thread_its_own_id() -> None:
    item = one("feed/discuz_gbk.xml")
    assert item.id == mentions("discuz/thread.html")[0].id
    assert (item.channel, item.text, local(item)) == (Channel.FORUM, "路灯&井盖都坏了", "2025-06-12 08:05:33+0800")


def test_an_atom_feed_gives_its_alternate_link_and_first_publication() -> None:
    first, second = mentions("feed/atom.xml")
    assert (first.title, first.text, first.url) == (
        "公交改线",
        "3路公交\n\n不再经过学校",
        "http://www.yunze.example/news/1",
    )
    assert local(first) == "2025-06-12 09:30:00+0800"
    assert (second.state, second.time_precision) == (MentionState.TEXT_MISSING, TimePrecision.DAY)


def test_a_broken_feed_loses_no_item_that_can_be_read() -> None:
    first, second, third, empty, cut = read("feed/malformed.xml")
    assert isinstance(first, Mention)
    assert isinstance(second, Mention)
    assert isinstance(third, Mention)
    assert (first.title, first.text, local(first)) == ("第一条 好的", "路面塌陷\n无人围挡", "2025-06-12 10:30:00+0800")
    assert first.url == "http://www.yunze.example/n?a=1&copy=2"
    assert (second.title, second.text) == ("第二条 A & B", "标签没有关上")
    assert third.text == "&xxe;实体"
    assert [item.reason for item in (empty, cut) if isinstance(item, Refused)] == [RefusalReason.CUT_OFF] * 2
