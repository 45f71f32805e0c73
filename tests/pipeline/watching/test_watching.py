"""Watched sources inside the pipeline: captured, read to their fates, resumed, heard when they fall silent."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from pipeline import config, service
from pipeline.audit import audit
from pipeline.corpus.query import Query
from pipeline.errors import ConfigError
from pipeline.service import Service
from pipeline.web.server import Listening, serving
from tests.connectors.web import Site
from tests.pipeline.keyword_reader import KeywordReader

NOON = datetime(2025, 6, 12, 4, tzinfo=UTC)  # 12:00 in Yunze
RSS = "<rss version='2.0'><channel><title>云泽发布</title>{items}</channel></rss>"
ITEM = "<item><title>{title}</title><link>http://www.yunze.example/{number}</link><description>{title}，居民盼早日恢复。</description></item>"
LIST = "<html><body><ul>{rows}</ul></body></html>"
ROW = '<li><a href="./t20250612_{number}.html">关于第{number}号事项的通告</a></li>'
PAGE = (
    '<html><head><meta name="ArticleTitle" content="关于第{number}号事项的通告"><meta name="SiteName" content="云泽市">'
    '<meta name="SiteIDCode" content="3200000001"><meta name="PubDate" content="2025-06-12 09:30"></head>'
    '<body><div class="TRS_Editor"><p>石桥镇因管网检修停水，第{number}批次，预计当日恢复。</p></div></body></html>'
)


class Clock:
    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def site() -> Iterator[Site]:
    with Site() as site:
        yield site


@pytest.fixture
def clock() -> Clock:
    return Clock()


@contextmanager
def running(data: Path, clock: Clock, **watch: Any) -> Iterator[Service]:
    with service.opened(config.load(data=data, watch=watch), quick=KeywordReader(), now=clock) as opened:
        opened.watching.spool.recover()
        yield opened


def feeds(site: Site, **given: Any) -> dict[str, Any]:
    return {"feeds": [{"name": "云泽发布", "url": f"{site.url}/rss", **given}], "internal": [site.host]}


def feed(site: Site, titles: list[str]) -> None:
    items = "".join(ITEM.format(title=title, number=number) for number, title in enumerate(titles))
    site.page("/rss", RSS.format(items=items), kind="application/rss+xml")


def listing(site: Site, numbers: list[int]) -> None:
    site.page("/gk/", LIST.format(rows="".join(ROW.format(number=number) for number in numbers)))
    for number in numbers:
        site.page(f"/gk/t20250612_{number}.html", PAGE.format(number=number))


def pass_time(opened: Service, clock: Clock, until: datetime, step: timedelta = timedelta(seconds=10)) -> None:
    """Let the clock go on, looking at what is due as a running process does."""
    while clock.now <= until:
        opened.watching.folders.look(clock.now)
        while opened.watching.sources.step(clock.now):
            pass
        opened.pipeline.drain()
        clock.now += step


def texts(opened: Service) -> list[str]:
    return sorted(hit.assessed.mention.text for hit in opened.pipeline.corpus.search(Query(limit=200)).hits)


def balanced(opened: Service) -> bool:
    balance = audit(opened.pipeline.view)
    assert balance.holds, balance
    return True


def test_a_feed_is_read_into_the_pipeline_and_an_edit_is_a_revision(tmp_path: Path, site: Site, clock: Clock) -> None:
    feed(site, ["石桥镇停水", "路灯修复"])
    with running(tmp_path, clock, **feeds(site)) as opened:
        pass_time(opened, clock, NOON + timedelta(minutes=1))
        assert len(texts(opened)) == 2
        feed(site, ["石桥镇停水两日", "路灯修复"])
        pass_time(opened, clock, NOON + timedelta(minutes=20))
        assert any("停水两日" in text for text in texts(opened))
        assert len(texts(opened)) == 2
        assert list(opened.pipeline.folder.spool.iterdir()) == []
        assert balanced(opened)


def test_the_articles_of_a_list_page_are_read_and_a_restart_goes_on_in_the_middle(
    tmp_path: Path, site: Site, clock: Clock
) -> None:
    listing(site, [1, 2, 3, 4])
    watch = {"pages": [{"name": "云泽公告", "url": f"{site.url}/gk/"}], "internal": [site.host]}
    with running(tmp_path, clock, **watch) as opened:
        pass_time(opened, clock, NOON + timedelta(seconds=10))
        assert 0 < len(texts(opened)) < 4
    with running(tmp_path, clock, **watch) as opened:
        pass_time(opened, clock, clock.now + timedelta(minutes=1))
        assert len(texts(opened)) == 4
        assert balanced(opened)
    assert sorted(site.seen) == [
        "/gk/",
        *(f"/gk/t20250612_{n}.html" for n in (1, 2, 3, 4)),
        "/robots.txt",
        "/robots.txt",
    ]


def test_a_source_that_fails_or_falls_silent_is_said_on_the_page_and_in_the_metrics_and_a_night_is_not(
    tmp_path: Path, site: Site, clock: Clock
) -> None:
    feed(site, ["石桥镇停水"])
    with (
        running(tmp_path, clock, **feeds(site, expected_hours=6)) as opened,
        serving(opened, Listening(port=0)) as address,
    ):
        base, _, token = address.partition("#token=")
        client = httpx.Client(base_url=base, headers={"Authorization": f"Bearer {token}"})

        def said() -> tuple[list[str], str]:
            body = client.get("/api/v1/sources").json()
            assert body["status"]["ready"]
            return body["status"]["warnings"], client.get("/metrics").text

        clock.now = NOON + timedelta(hours=10)  # 22:00
        feed(site, ["石桥镇停水", "恢复供水"])
        pass_time(opened, clock, clock.now)
        pass_time(opened, clock, NOON + timedelta(hours=23), step=timedelta(minutes=30))  # 11:00: one hour and four
        assert said()[0] == []
        pass_time(opened, clock, NOON + timedelta(hours=26), step=timedelta(minutes=30))
        warnings, metrics = said()
        assert len(warnings) == 1
        assert "云泽发布" in warnings[0]
        assert "没有新内容" in warnings[0]
        assert 'opinion_watch_trouble{trouble="silent"} 1.0' in metrics
        site.page("/rss", RSS.format(items=""), kind="application/rss+xml")
        pass_time(opened, clock, clock.now + timedelta(minutes=30))
        assert 'opinion_watch_trouble{trouble="empty"} 1.0' in said()[1]
        site.status("/rss", 500)
        pass_time(opened, clock, clock.now + timedelta(hours=4), step=timedelta(minutes=15))
        assert 'opinion_watch_trouble{trouble="failing"} 1.0' in said()[1]
        feed(site, ["恢复"])
        pass_time(opened, clock, clock.now + timedelta(hours=8), step=timedelta(minutes=15))
        assert said()[0] == []
        client.close()


def test_what_no_connector_can_read_is_kept_with_its_reason_and_counted(
    tmp_path: Path, site: Site, clock: Clock
) -> None:
    listing(site, [1])
    site.page("/gk/t20250612_1.html", b"\x00\x01\x02" * 20, kind="text/plain")
    watch = {
        "pages": [{"name": "云泽公告", "url": f"{site.url}/gk/", "format": "newspaper"}],
        "internal": [site.host],
    }
    with running(tmp_path, clock, **watch) as opened:
        pass_time(opened, clock, NOON + timedelta(minutes=1))
        assert balanced(opened)
        assert sum(line.rejected for line in audit(opened.pipeline.view).lines) == 1
        assert len(opened.pipeline.rejected.all()) == 1


def test_a_page_that_breaks_a_reader_is_the_trouble_of_its_source_alone(
    tmp_path: Path, site: Site, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    feed(site, ["石桥镇停水"])
    with running(tmp_path, clock, **feeds(site)) as opened:

        def broken(data: bytes, charset: str) -> list[str]:
            raise ZeroDivisionError

        monkeypatch.setattr("connectors.watching.feed.entries", broken)
        pass_time(opened, clock, NOON)
        (warning,) = opened.desk.status().warnings
        assert "ZeroDivisionError" in warning
        monkeypatch.undo()
        pass_time(opened, clock, NOON + timedelta(hours=1), step=timedelta(minutes=5))
        assert opened.desk.status().warnings == ()
        assert len(texts(opened)) == 1


LINES = '{{"id": "weibo:{0}", "channel": "weibo", "text": "{0}号路口停水", "published_at": "2025-06-12T11:00+08:00"}}\n'


def test_a_growing_file_of_a_folder_is_read_once_line_by_line_across_restarts(tmp_path: Path, clock: Clock) -> None:
    inbox = tmp_path / "收件"
    inbox.mkdir()
    export = inbox / "推送.jsonl"
    written = 0
    for _ in range(3):
        with running(tmp_path / "data", clock, folders=[inbox]) as opened:
            with export.open("a", encoding="utf-8") as file:
                file.writelines(LINES.format(number) for number in range(written, written + 5))
                file.write(LINES.format(written + 5)[:20])
            pass_time(opened, clock, clock.now + timedelta(seconds=30), step=timedelta(seconds=2))
            with export.open("a", encoding="utf-8") as file:
                file.write(LINES.format(written + 5)[20:])
            written += 6
            pass_time(opened, clock, clock.now + timedelta(seconds=30), step=timedelta(seconds=2))
            assert len(texts(opened)) == written
            lines = audit(opened.pipeline.view).lines
            assert (sum(line.offered for line in lines), sum(line.duplicate for line in lines)) == (written, 0)
            assert balanced(opened)


def test_a_file_that_never_stands_still_is_read_as_far_as_it_has_whole_lines(tmp_path: Path, clock: Clock) -> None:
    inbox = tmp_path / "收件"
    inbox.mkdir()
    export = inbox / "推送.jsonl"
    export.touch()
    with running(tmp_path / "data", clock, folders=[inbox]) as opened:
        whole = "".join(LINES.format(number) for number in range(400))
        for at in range(0, len(whole), 97):
            with export.open("a", encoding="utf-8") as file:
                file.write(whole[at : at + 97])
            opened.watching.folders.look(clock.now)
            clock.now += timedelta(seconds=1)
        opened.pipeline.drain()
        assert 200 < len(opened.pipeline.corpus.versions()) < 400
        pass_time(opened, clock, clock.now + timedelta(seconds=10), step=timedelta(seconds=2))
        assert len(opened.pipeline.corpus.versions()) == 400
        assert sum(line.rejected + line.duplicate for line in audit(opened.pipeline.view).lines) == 0
        assert balanced(opened)


def test_a_file_of_a_folder_that_no_connector_knows_is_said_until_it_is_mended(tmp_path: Path, clock: Clock) -> None:
    inbox = tmp_path / "收件"
    inbox.mkdir()
    (inbox / "照片.bin").write_bytes(bytes(range(256)))
    with running(tmp_path / "data", clock, folders=[inbox]) as opened:
        pass_time(opened, clock, clock.now + timedelta(seconds=10), step=timedelta(seconds=2))
        (warning,) = opened.desk.status().warnings
        assert "照片.bin" in warning
        (inbox / "照片.bin").unlink()
        pass_time(opened, clock, clock.now + timedelta(seconds=10), step=timedelta(seconds=2))
        assert opened.desk.status().warnings == ()


SCRIPT = """
import os, sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from pipeline import config, service
from pipeline.stores import fault
from tests.pipeline.keyword_reader import KeywordReader

data, url, host, inbox, *points = sys.argv[1:]
watch = {"feeds": [{"name": "a", "url": url + "/rss"}], "pages": [{"name": "b", "url": url + "/gk/"}],
         "folders": [inbox], "internal": [host], "delay_seconds": 0}

def live(name, count):
    now = datetime(2025, 6, 12, 4, tzinfo=UTC)
    fault.arm(name, count)
    with service.opened(config.load(data=Path(data), watch=watch), quick=KeywordReader(), now=lambda: now) as opened:
        opened.watching.spool.recover()
        for _ in range(20):
            opened.watching.folders.look(now)
            while opened.watching.sources.step(now):
                pass
            now += timedelta(seconds=5)
        opened.pipeline.drain()

for point in points:  # each life in a process of its own, forked before anything of it begins
    child = os.fork()
    if child == 0:
        name, _, count = point.partition(":")
        live(name, int(count))
        os._exit(0)
    print("ended", os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""
POINTS = (
    "spool.before_checkpoint:1",
    "intake.before_commit:1",
    "watch.before_commit:2",
    "watch.after_commit:2",
    "intake.after_commit:1",
    "spool.before_forgetting:2",
    "folder.before_checkpoint:1",
)


def test_kill_9_between_spool_and_checkpoint_loses_nothing_and_doubles_nothing(
    tmp_path: Path, site: Site, clock: Clock
) -> None:
    feed(site, ["石桥镇停水", "路灯修复"])
    listing(site, [1, 2, 3])
    inbox = tmp_path / "收件"
    inbox.mkdir()
    (inbox / "推送.jsonl").write_text("".join(LINES.format(number) for number in range(4)), encoding="utf-8")
    data = tmp_path / "data"
    places = [str(data), site.url, site.host, str(inbox)]
    command = [sys.executable, "-c", SCRIPT, *places, *POINTS, "none:1"]
    done = subprocess.run(command, check=True, capture_output=True, text=True, cwd=Path(__file__).parents[3])
    *killed, last = [line.split()[1] for line in done.stdout.splitlines() if line.startswith("ended")]
    assert (killed, last) == (["-9"] * len(POINTS), "0")
    with running(data, clock) as opened:
        opened.pipeline.drain()
        assert len(texts(opened)) == 2 + 3 + 4
        assert balanced(opened)
        assert list(opened.pipeline.folder.spool.iterdir()) == []
        assert sum(line.indexed for line in audit(opened.pipeline.view).lines) == 2 + 3 + 4


def test_every_fault_of_watched_sources_is_said_before_anything_runs() -> None:
    with pytest.raises(ConfigError) as told:
        config.load(
            data=Path("x"),
            watch={
                "feeds": [{"name": "甲", "url": "ftp://a.example/"}, {"name": "", "url": "https://a.example/rss"}],
                "pages": [{"name": "乙", "url": "https://b.example/", "select": "a[", "format": "kurdish"}],
            },
        )
    for words in ("http://", "watch.feeds.1.name", "选择器", "kurdish"):
        assert words in str(told.value), words
    with pytest.raises(ConfigError, match="8080"):
        config.load(data=Path("x"), watch={"feeds": [{"name": "甲", "url": "http://oa.example:8080/rss"}]})
    config.load(
        data=Path("x"),
        watch={"feeds": [{"name": "甲", "url": "http://oa.example:8080/rss"}], "internal": ["oa.example:8080"]},
    )


def test_the_keys_of_watched_sources_are_listed_with_their_meaning() -> None:
    names = {line.name: line for line in config.lines(config.load(data=Path("x")))}
    for name in ("watch.folders[].path", "watch.feeds[].url", "watch.pages[].select", "watch.internal"):
        assert names[name].meaning
    assert names["watch.feeds[].every_minutes"].default == 15
