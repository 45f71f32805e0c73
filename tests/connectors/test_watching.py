"""Watched feeds and lists: polite, conditional, resumed from a value, and heard when they fall silent."""

import itertools
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from connectors.connector import ConnectorError
from connectors.watching.feed import FeedWatch
from connectors.watching.fetch import Fetcher, Limits
from connectors.watching.health import Health, Trouble, by_day
from connectors.watching.listing import ListingWatch
from connectors.watching.politeness import Politeness
from connectors.watching.watch import Capture, Polled, Schedule, Watch
from tests.connectors.web import Site

NOON = datetime(2025, 6, 12, 4, tzinfo=UTC)  # 12:00 in Yunze
DELAY = timedelta(seconds=5)
SCHEDULE = Schedule(every=timedelta(minutes=15), expected=timedelta(hours=2))
RSS = '<rss version="2.0"><channel><title>云泽发布</title><lastBuildDate>{built}</lastBuildDate>{items}</channel></rss>'
ITEM = "<item><title>{title}</title><link>http://www.yunze.example/{number}</link></item>"


@pytest.fixture
def site() -> Iterator[Site]:
    with Site() as site:
        yield site


def polite(site: Site, **limits: float) -> Politeness:
    return Politeness(Fetcher(Limits(internal=(site.host,), **limits)), DELAY)  # type: ignore[arg-type]


def feed(site: Site, titles: list[str], built: str = "1", **headers: str) -> None:
    items = "".join(ITEM.format(title=title, number=number) for number, title in enumerate(titles))
    site.page("/rss", RSS.format(built=built, items=items), kind="application/rss+xml", **headers)


def follow(watch: Watch, checkpoint: bytes, now: datetime, until: datetime) -> tuple[list[Capture], bytes, datetime]:
    """Poll whenever the watch asks to be polled, up to a moment."""
    captures: list[Capture] = []
    while now <= until:
        polled = watch.poll(checkpoint, now)
        captures += polled.captures
        checkpoint, now = polled.checkpoint, max(polled.next_at, now + timedelta(milliseconds=1))
    return captures, checkpoint, now


# Feeds


def test_a_feed_is_handed_over_when_an_entry_is_new_or_changed_and_not_for_a_new_building_date(site: Site) -> None:
    watch = FeedWatch("云泽发布", f"{site.url}/rss", polite(site), SCHEDULE)
    feed(site, ["停水"], built="1")
    first = watch.poll(b"", NOON)
    assert [(capture.format, capture.collected_at) for capture in first.captures] == [("feed", NOON)]
    assert first.captures[0].name.endswith(".xml")
    assert "/" not in first.captures[0].name
    feed(site, ["停水"], built="2")
    second = watch.poll(first.checkpoint, NOON + SCHEDULE.every)
    assert second.captures == ()
    feed(site, ["停水（更新）"], built="3")
    third = watch.poll(second.checkpoint, NOON + 2 * SCHEDULE.every)
    assert len(third.captures) == 1
    assert third.next_at == NOON + 3 * SCHEDULE.every


def test_a_feed_that_did_not_change_is_asked_conditionally(site: Site) -> None:
    watch = FeedWatch("云泽发布", f"{site.url}/rss", polite(site), SCHEDULE)
    feed(site, ["停水"], ETag='"a"')
    first = watch.poll(b"", NOON)
    second = watch.poll(first.checkpoint, NOON + SCHEDULE.every)
    assert (second.captures, second.problem) == ((), "")
    assert watch.warning(second.checkpoint, NOON + SCHEDULE.every) is None


def test_a_failing_feed_is_asked_less_and_less_and_then_warned_of(site: Site) -> None:
    watch = FeedWatch("云泽发布", f"{site.url}/rss", polite(site), SCHEDULE)
    site.status("/rss", 500)
    checkpoint, now, waits = b"", NOON, []
    for _ in range(4):
        polled = watch.poll(checkpoint, now)
        assert polled.problem
        waits.append(polled.next_at - now)
        checkpoint, now = polled.checkpoint, polled.next_at
    assert waits == [SCHEDULE.every * 2**n for n in (1, 2, 3, 4)]
    notice = watch.warning(checkpoint, now)
    assert notice is not None
    assert notice.trouble is Trouble.FAILING
    feed(site, ["停水"])
    assert watch.warning(watch.poll(checkpoint, now).checkpoint, now) is None


def test_a_servers_own_wish_to_be_left_alone_is_kept(site: Site) -> None:
    watch = FeedWatch("云泽发布", f"{site.url}/rss", polite(site), SCHEDULE)
    site.status("/rss", 429, Retry_After="7200")
    assert watch.poll(b"", NOON).next_at == NOON + timedelta(hours=2)


def test_what_robots_txt_forbids_is_not_asked_for(site: Site) -> None:
    watch = FeedWatch("云泽发布", f"{site.url}/rss", polite(site), SCHEDULE)
    site.page("/robots.txt", "User-agent: *\nDisallow: /rss", kind="text/plain")
    feed(site, ["停水"])
    polled = watch.poll(b"", NOON)
    assert "robots.txt" in polled.problem
    assert site.seen == ["/robots.txt"]


def test_two_watches_of_one_host_do_not_ask_it_at_once(site: Site) -> None:
    manners = polite(site)
    feed(site, ["停水"])
    first, second = (FeedWatch(name, f"{site.url}/rss", manners, SCHEDULE) for name in ("甲", "乙"))
    assert first.poll(b"", NOON).captures
    early = second.poll(b"", NOON)
    assert (early.captures, early.next_at) == ((), NOON + DELAY)
    assert second.poll(early.checkpoint, early.next_at).captures


def test_a_crawl_delay_of_robots_txt_is_kept(site: Site) -> None:
    manners = polite(site)
    site.page("/robots.txt", "User-agent: *\nCrawl-delay: 30", kind="text/plain")
    feed(site, ["停水"])
    first, second = (FeedWatch(name, f"{site.url}/rss", manners, SCHEDULE) for name in ("甲", "乙"))
    first.poll(b"", NOON)
    assert second.poll(b"", NOON + timedelta(seconds=1)).next_at == NOON + timedelta(seconds=30)


# Lists


LIST = '<html><body><ul>{items}</ul><a href="/index.html">返回首页看看</a><a href="http://other.example/t20250612_9.html">别的网站文章</a></body></html>'
ROW = '<li><a href="./t20250612_{number}.html">关于第{number}号事项的通告</a><span>[2025-06-12]</span></li>'


def listing(site: Site, numbers: list[int]) -> None:
    site.page("/gk/", LIST.format(items="".join(ROW.format(number=number) for number in numbers)))
    for number in numbers:
        site.page(f"/gk/t20250612_{number}.html", f"<html><h1>关于第{number}号事项的通告</h1></html>")


def test_the_articles_of_a_list_are_fetched_one_at_a_time_and_once(site: Site) -> None:
    watch = ListingWatch("云泽公告", f"{site.url}/gk/", polite(site), SCHEDULE)
    listing(site, [1, 2, 3])
    captures, checkpoint, now = follow(watch, b"", NOON, NOON + timedelta(minutes=1))
    assert [capture.url.rpartition("/")[2] for capture in captures] == [f"t20250612_{n}.html" for n in (1, 2, 3)]
    gaps = [b.collected_at - a.collected_at for a, b in itertools.pairwise(captures)]
    assert all(gap >= DELAY for gap in gaps)
    listing(site, [4, 1, 2, 3])
    captures, checkpoint, now = follow(watch, checkpoint, now, now + timedelta(minutes=1))
    assert [capture.url.rpartition("/")[2] for capture in captures] == ["t20250612_4.html"]
    assert site.seen.count("/gk/t20250612_1.html") == 1
    assert "/index.html" not in site.seen


def test_a_list_resumes_from_its_checkpoint_after_any_step(site: Site) -> None:
    listing(site, [1, 2, 3, 4])
    checkpoint, now, urls = b"", NOON, []
    while now <= NOON + timedelta(minutes=1):
        # A new watch, a new process: all that is known is the stored value.
        polled: Polled = ListingWatch("云泽公告", f"{site.url}/gk/", polite(site), SCHEDULE).poll(checkpoint, now)
        urls += [capture.url for capture in polled.captures]
        checkpoint, now = polled.checkpoint, max(polled.next_at, now + DELAY)
    assert [url.rpartition("_")[2] for url in urls] == ["1.html", "2.html", "3.html", "4.html"]


def test_a_missing_article_is_dropped_with_a_word_and_a_failing_one_tried_three_times(site: Site) -> None:
    watch = ListingWatch("云泽公告", f"{site.url}/gk/", polite(site), SCHEDULE)
    listing(site, [1, 2, 3])
    site.status("/gk/t20250612_1.html", 404)
    site.status("/gk/t20250612_2.html", 500)
    captures, _, _ = follow(watch, b"", NOON, NOON + timedelta(hours=5))
    assert [capture.url.rpartition("_")[2] for capture in captures] == ["3.html"]
    assert site.seen.count("/gk/t20250612_1.html") == 1
    assert site.seen.count("/gk/t20250612_2.html") == 3


def test_a_newspapers_index_leads_on_to_its_sheets_and_their_articles(site: Site) -> None:
    site.page("/", '<html><head><META HTTP-EQUIV="REFRESH" CONTENT="0; URL=html/2025-06/12/node_1.htm"></head></html>')
    sheets = '<a href="node_1.htm">第01版：要闻</a><a href="node_2.htm">第02版：社会</a>'
    site.page("/html/2025-06/12/node_1.htm", f'<html>{sheets}<a href="content_11.htm">白鹭镇连夜转移群众</a></html>')
    site.page("/html/2025-06/12/node_2.htm", f'<html>{sheets}<a href="content_21.htm">石桥镇集市搬迁在即</a></html>')
    for number in (11, 21):
        site.page(f"/html/2025-06/12/content_{number}.htm", "<html><!--enpcontent-->x<!--/enpcontent--></html>")
    watch = ListingWatch("云泽晚报", f"{site.url}/", polite(site), SCHEDULE, format_name="newspaper")
    captures, _, _ = follow(watch, b"", NOON, NOON + timedelta(minutes=2))
    assert [capture.url.rpartition("/")[2] for capture in captures] == ["content_11.htm", "content_21.htm"]
    assert {capture.format for capture in captures} == {"newspaper"}


def test_a_list_whose_links_have_no_usual_form_is_read_by_a_selector(site: Site) -> None:
    site.page("/list", '<html><div class="news"><a href="/a">一</a></div><a href="/b">别的</a></html>')
    site.page("/a", "<html>x</html>")
    watch = ListingWatch("小站", f"{site.url}/list", polite(site), SCHEDULE, select=".news a")
    captures, _, _ = follow(watch, b"", NOON, NOON + timedelta(minutes=1))
    assert [capture.url for capture in captures] == [f"{site.url}/a"]


def test_a_list_that_succeeds_with_nothing_although_it_always_had_something_is_warned_of(site: Site) -> None:
    watch = ListingWatch("云泽公告", f"{site.url}/gk/", polite(site), SCHEDULE)
    listing(site, [1])
    _, checkpoint, now = follow(watch, b"", NOON, NOON + timedelta(minutes=1))
    assert watch.warning(checkpoint, now) is None
    site.page("/gk/", "<html><body>请登录后查看</body></html>")
    _, checkpoint, now = follow(watch, checkpoint, now, now + timedelta(minutes=1))
    notice = watch.warning(checkpoint, now)
    assert notice is not None
    assert notice.trouble is Trouble.EMPTY


def test_a_damaged_checkpoint_is_an_error_in_words(site: Site) -> None:
    for watch in (
        FeedWatch("甲", f"{site.url}/rss", polite(site), SCHEDULE),
        ListingWatch("乙", f"{site.url}/gk/", polite(site), SCHEDULE),
    ):
        with pytest.raises(ConnectorError, match="断点"):
            watch.poll(b"{broken", NOON)


# Silence


def test_a_night_is_no_silence_and_a_day_is() -> None:
    evening = datetime(2025, 6, 12, 14, 30, tzinfo=UTC)  # 22:30 in Yunze
    health = Health().succeeded(evening, held=5, new=1)
    expected = timedelta(hours=2)
    for hours, silent in ((2, False), (8, False), (9, False), (10, False), (11, True)):
        now = evening + timedelta(hours=hours)
        notice = health.succeeded(now, held=5, new=0).warning(expected, now)
        assert (notice is not None and notice.trouble is Trouble.SILENT) == silent, hours


def test_the_hours_of_the_day_are_counted_in_local_time() -> None:
    start = datetime(2025, 6, 11, 16, tzinfo=UTC)  # midnight in Yunze
    assert by_day(start, start + timedelta(days=1), "Asia/Shanghai") == timedelta(hours=16)
    assert by_day(start, start + timedelta(hours=7), "Asia/Shanghai") == timedelta(0)
    assert by_day(start, start - timedelta(hours=1), "Asia/Shanghai") == timedelta(0)


def test_a_source_that_never_had_anything_is_not_empty_but_grows_silent() -> None:
    health = Health().succeeded(NOON, held=0, new=0)
    assert health.warning(timedelta(hours=2), NOON) is None
    later = NOON + timedelta(hours=3)
    notice = health.succeeded(later, held=0, new=0).warning(timedelta(hours=2), later)
    assert notice is not None
    assert notice.trouble is Trouble.SILENT


def test_a_sitemap_is_a_list_too_and_leads_on_to_others_of_its_site(site: Site) -> None:
    index = f"<sitemapindex><sitemap><loc>{site.url}/map1.xml</loc></sitemap></sitemapindex>"
    pages = f"<urlset><url><loc>{site.url}/n/1</loc></url><url><loc>http://other.example/n/2</loc></url></urlset>"
    site.page("/sitemap.xml", index, kind="application/xml")
    site.page("/map1.xml", pages, kind="text/xml")
    site.page("/n/1", "<html>x</html>")
    watch = ListingWatch("小站", f"{site.url}/sitemap.xml", polite(site), SCHEDULE)
    captures, _, _ = follow(watch, b"", NOON, NOON + timedelta(minutes=1))
    assert [capture.url for capture in captures] == [f"{site.url}/n/1"]
