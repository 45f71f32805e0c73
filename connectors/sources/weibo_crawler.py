"""Posts and comments as weibo-crawler and weiboSpider write them: CSV, JSON and SQLite, the user's id as file name.

Rows of 39, 37 and 19 cells stand in one CSV (original posts end early), ids end with a TAB, topics come without #.
"""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import orjson

from connectors.connector import ConnectorError, Item, Reading
from connectors.mention import Channel, Flag
from connectors.reading.columns import find_columns
from connectors.reading.identity import mention_id
from connectors.reading.items import read_items
from connectors.reading.records import Draft, Record, field_text, looks_timed
from connectors.reading.tabular import Tabular, named, names_of
from connectors.reading.weibo import own_and_quoted, true_mid

ALIASES = {
    "id": ("id", "微博id"),
    "bid": ("bid",),
    "weibo_id": ("weibo_id",),
    "parent": ("root_id", "reply_comment_id"),
    "text": ("正文", "微博正文", "text"),
    "place": ("位置", "发布位置", "location", "publish_place"),
    "time": ("完整日期", "full_created_at", "日期", "发布时间", "created_at", "publish_time"),
    "likes": ("点赞数", "attitudes_count", "like_count", "up_num"),
    "comments": ("评论数", "comments_count", "comment_num"),
    "reposts": ("转发数", "reposts_count", "retweet_num"),
    "author": ("user_id", "user_screen_name", "screen_name"),
    "source_id": ("源微博id", "retweet_id"),
    "source_text": ("源微博正文",),
    "retweet": ("retweet",),
}
_SQLITE = b"SQLite format 3\x00"
_TABLES = ("weibo", "comments", "reposts")


def build(record: Record, reading: Reading) -> Draft:
    """Return the post or comment of one record."""
    retweet = record.fields.get("retweet")
    source = retweet if isinstance(retweet, dict) else {}
    mid, damaged = true_mid(record.fields.get("id"), record.text("bid"))
    parts = own_and_quoted(record.text("text"))
    root = field_text(source.get("id")) or record.text("source_id")
    quoted = field_text(source.get("text")) or record.text("source_text")
    post = record.text("weibo_id")
    parent = mention_id("weibo", post or root) if post or root else ""
    answered = record.text("parent") if post else ""
    return Draft(
        platform="weibo-comment" if post else "weibo",
        native=mid,
        text=parts.own,
        quoted_text="\n".join(filter(None, (parts.quoted, quoted))),
        flags=(*parts.flags, *((Flag.DAMAGED_ID,) if damaged else ())),
        url=f"https://m.weibo.cn/detail/{mid}" if mid.isdigit() and not post else "",
        place=parent,
        moment=record.time("time", reading),
        region_text="" if record.text("place") == "无" else record.text("place"),
        author=record.text("author") or ("" if post else _author_in(record.file)),
        engagement=record.counts(),
        parent_id=mention_id("weibo-comment", answered) if answered not in ("", "0", mid, post) else parent,
        root_id=parent,
    )


def _author_in(file: str) -> str:
    """Return the account that a file is named after."""
    found = re.match(r"\d{5,12}(?=[._])", file)
    return found[0] if found else ""


def _tabular(marks: tuple[tuple[str, ...], ...], inside: str = "") -> Tabular:
    return Tabular(
        name="weibo_crawler",
        channel=Channel.WEIBO,
        title="微博用户导出（weibo-crawler 的 CSV、JSON、SQLite）",
        example="id,bid,正文,原始图片url,视频url,位置,日期,工具,点赞数,评论数,转发数,话题,@用户,完整日期\n"
        "5180000000000011\t,R1aBcDe2F,石桥镇自来水发黄,,,,2026-07-01T08:05:00,,3,1,2,,,2026-07-01 08:05:00",
        aliases=ALIASES,
        required=("text", "time"),
        marks=marks,
        build=build,
        shapes={"id": lambda text: text.isdigit() or "E+" in text.upper(), "time": looks_timed},
        inside=inside,
    )


_POSTS = _tabular((("bid",), ("正文", "微博正文"), ("日期", "完整日期"), ("视频url", "原始图片url")))
_COMMENTS = _tabular((("weibo_id",), ("created_at",), ("user_screen_name",), ("text",)))
_JSON = _tabular((("weibo",), ("user",), ("bid",), ("created_at",)), inside="weibo")


class _WeiboCrawler:
    """The four forms behind one name."""

    name, channel, title, example = _POSTS.name, _POSTS.channel, _POSTS.title, _POSTS.example
    known_by = f"{_POSTS.known_by}；SQLite 则看其中的 weibo、comments、reposts 表"

    def recognise(self, path: Path, head: bytes) -> float:
        """Return how surely the file is one of the forms."""
        if head.startswith(_SQLITE):
            return 0.95 if _tables(path) else 0.0
        sure = max(form.recognise(path, head) for form in (_POSTS, _COMMENTS, _JSON))
        return 0.0 if ",用户昵称,".encode() in head or b"comment_id" in head else sure

    def count(self, path: Path) -> int:
        """Return the number of rows or elements."""
        with path.open("rb") as file:
            head = file.read(65536)
        if not head.startswith(_SQLITE):
            return self._form(path, head).count(path)
        with closing(_open(path)) as base:
            return sum(base.execute(f"SELECT COUNT(*) FROM {name}").fetchone()[0] for name in _tables(path))  # noqa: S608

    def read(self, path: Path, reading: Reading) -> Iterator[Item]:
        """Yield one item for each post, comment and repost."""
        with path.open("rb") as file:
            head = file.read(65536)
        if not head.startswith(_SQLITE):
            return self._form(path, head).read(path, reading)
        return read_items(path, reading, _rows(path), build, source=self.name, channel=self.channel)

    @staticmethod
    def _form(path: Path, head: bytes) -> Tabular:
        return max((_POSTS, _COMMENTS, _JSON), key=lambda form: form.recognise(path, head))


def _open(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro&immutable=1", uri=True)


def _tables(path: Path) -> list[str]:
    """Return the tables of the database that hold what people said; no name comes from the file itself."""
    try:
        with closing(_open(path)) as base:
            there = {name for (name,) in base.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
            return [name for name in _TABLES if name in there and _has_text(base, name)]
    except sqlite3.Error:
        return []


def _has_text(base: sqlite3.Connection, name: str) -> bool:
    columns = [row[1] for row in base.execute(f"PRAGMA table_info({name})")]
    return {"text", "time"} <= set(find_columns(columns, ALIASES))


def _rows(path: Path) -> Iterator[Record]:
    try:
        with closing(_open(path)) as base:
            base.text_factory = lambda data: data.decode("utf-8", "replace")
            for name in _tables(path):
                cursor = base.execute(f"SELECT * FROM {name} ORDER BY rowid")  # noqa: S608
                header = [column[0] for column in cursor.description]
                for row in cursor:
                    value = {key: cell for key, cell in zip(header, row, strict=True) if cell is not None}
                    raw = orjson.dumps(value, default=str)
                    yield Record(fields=named(value, ALIASES), raw=raw, values=value, names=names_of(value, ALIASES))
    except sqlite3.Error as error:
        raise ConnectorError(f"{path.name}：数据库已损坏（{error}），请重新导出") from error


CONNECTOR = _WeiboCrawler()
