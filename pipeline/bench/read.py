"""Reading exports of each kind into clean, masked, keyed mentions, against a bare parse of the same file.

A bare parse only cuts the file into cells, values or nodes: no time is read, no text cleaned or masked, no id made.
"""

import csv
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from html import escape
from pathlib import Path

import feedparser
import msgspec
import orjson
import xlsxwriter
from python_calamine import CalamineWorkbook
from selectolax.lexbor import LexborHTMLParser

from connectors import catalogue
from connectors.connector import Reading
from pipeline.bench._rounds import Figure, Options, interleaved, ratio, speed
from pipeline.bench._texts import posts

TITLE = "读入各种格式的速度"
_RECORDS = 1000
_PAGES = 60
_READING = Reading(datetime(2026, 7, 2, 4, tzinfo=UTC), b"bench")
_WHEN = "2026-07-01 08:05"

Bare = Callable[[Path], int]


class _Kind(msgspec.Struct, frozen=True):
    """One kind of file: the connector that reads it, the files, and the bare parse of one."""

    label: str
    connector: str
    files: tuple[Path, ...]
    bare: Bare


def measure(options: Options) -> list[Figure]:
    """Return records a second of processor time for each kind, and how many times the time of a bare parse that is."""
    texts = [orjson.loads(line)["text"] for line in posts(options.data, _RECORDS)]
    figures = []
    with tempfile.TemporaryDirectory() as folder:
        for kind in _kinds(Path(folder), texts):
            times = interleaved({"ours": _ours(kind), "bare": _bare(kind)}, min(options.rounds, 7), time.process_time)
            figures += [
                speed(kind.label, times["ours"]),
                ratio(f"{kind.label}：耗时是只解析的几分之一", times["ours"], times["bare"]),
            ]
    return figures


def _ours(kind: _Kind) -> Callable[[int], int]:
    connector = catalogue.named(kind.connector)
    return lambda _number: sum(1 for path in kind.files for _ in connector.read(path, _READING))


def _bare(kind: _Kind) -> Callable[[int], int]:
    return lambda _number: sum(kind.bare(path) for path in kind.files)


def _kinds(folder: Path, texts: list[str]) -> Iterator[_Kind]:
    yield _Kind("微博搜索 CSV", "weibo_search", (_csv(folder / "a.csv", texts),), _bare_csv)
    notes = [_note(number, text) for number, text in enumerate(texts)]
    yield _Kind("MediaCrawler JSON 行", "mediacrawler", (_lines(folder / "a.jsonl", notes),), _bare_lines)
    mentions = [
        {"id": f"forum:{number}", "channel": "forum", "text": text, "published_at": _WHEN}
        for number, text in enumerate(texts)
    ]
    yield _Kind("信息条目 JSON 行", "mentions", (_lines(folder / "b.jsonl", mentions),), _bare_lines)
    yield _Kind("热线工单 xlsx", "hotline", (_xlsx(folder / "a.xlsx", texts),), _bare_sheet)
    yield _Kind("订阅源 RSS", "feed", (_rss(folder / "a.xml", texts[:200]),), _bare_feed)
    pages = tuple(_page(folder / f"t{number}.html", text) for number, text in enumerate(texts[:_PAGES]))
    yield _Kind("政府网站网页", "gov_site", pages, _bare_page)


def _csv(path: Path, texts: list[str]) -> Path:
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(
            ["id", "bid", "user_id", "用户昵称", "微博正文", "发布位置", "转发数", "评论数", "点赞数", "发布时间", "ip"]
        )
        writer.writerows(
            [str(5180000000000000 + number), "", "1", "甲", text, "", "3", "1.2万", "5", _WHEN, "临江"]
            for number, text in enumerate(texts)
        )
    return path


def _note(number: int, text: str) -> dict[str, object]:
    return {
        "note_id": str(5180000000000000 + number),
        "content": text,
        "create_time": 1782864300,
        "create_date_time": "2026-07-01 08:05:00+08:00",
        "liked_count": "1.2万",
        "comments_count": "12",
        "shared_count": "3",
        "last_modify_ts": 1782900000000,
        "note_url": f"https://m.weibo.cn/detail/{5180000000000000 + number}",
    }


def _lines(path: Path, values: list[dict[str, object]] | list[dict[str, str]]) -> Path:
    path.write_bytes(b"".join(orjson.dumps(value) + b"\n" for value in values))
    return path


def _xlsx(path: Path, texts: list[str]) -> Path:
    with xlsxwriter.Workbook(path, {"constant_memory": True}) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["工单编号", "受理时间", "诉求区域", "内容描述", "主办单位"])
        for number, text in enumerate(texts, 1):
            sheet.write_row(number, 0, [f"202607{number:08}", f"{_WHEN}:00", "望泽区", text[:32_000], "白鹭镇"])
    return path


def _rss(path: Path, texts: list[str]) -> Path:
    items = "".join(
        f"<item><title>{escape(text[:20])}</title><link>https://www.yunze.example/{number}</link>"
        f"<description>{escape(text)}</description><pubDate>Wed, 01 Jul 2026 08:05:00 +0800</pubDate></item>"
        for number, text in enumerate(texts)
    )
    path.write_text(f'<rss version="2.0"><channel><title>云泽</title>{items}</channel></rss>', encoding="utf-8")
    return path


def _page(path: Path, text: str) -> Path:
    body = "".join(f"<p>{escape(text)}</p>" for _ in range(5))
    path.write_text(
        '<!doctype html><html><head><meta charset="utf-8"><meta name="SiteName" content="云泽市人民政府">'
        f'<meta name="ArticleTitle" content="{escape(text[:20])}"><meta name="PubDate" content="{_WHEN}"></head>'
        f'<body><div class="nav">首页</div><div class="TRS_Editor">{body}</div></body></html>',
        encoding="utf-8",
    )
    return path


def _bare_csv(path: Path) -> int:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return sum(1 for _ in csv.reader(file)) - 1


def _bare_lines(path: Path) -> int:
    with path.open("rb") as file:
        return sum(orjson.loads(line) is not None for line in file)


def _bare_sheet(path: Path) -> int:
    return len(CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0).to_python()) - 1


def _bare_feed(path: Path) -> int:
    return len(feedparser.parse(path.read_bytes()).entries)


def _bare_page(path: Path) -> int:
    return int(LexborHTMLParser(path.read_bytes()).body is not None)
