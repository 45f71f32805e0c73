"""Posts, topics and comments of WeiboSuperSpider: 无 for nothing, short ids (bid), headers repeated as data.

As CSV, and a user's posts as the text file beside it: numbered posts, each closed by its line 发布工具. The text has no
ids, so that a post of both files is two; the CSV is the better one.
"""

import re
from collections.abc import Iterator
from pathlib import Path

from connectors.connector import Item, Reading, RefusalReason
from connectors.mention import Channel
from connectors.reading.encodings import decode
from connectors.reading.identity import mention_id, weibo_mid
from connectors.reading.items import read_items
from connectors.reading.lines import head_of
from connectors.reading.records import Broken, Draft, Record, looks_timed
from connectors.reading.tabular import Tabular
from connectors.reading.weibo import own_and_quoted

_TEXT = ("微博正文", "评论内容", "content")
_TIME = ("发布时间", "评论发布时间", "publish_time")
ALIASES = {
    "id": ("微博id", "wid", "mid"),
    "text": _TEXT,
    "time": _TIME,
    "place": ("发布位置", "评论者所在地", "location"),
    "likes": ("点赞数", "评论获赞数", "like_num"),
    "reposts": ("转发数", "forward_num", "repost_num"),
    "comments": ("评论数", "comment_num"),
    "author": ("评论者主页", "user_link", "user_id", "微博作者", "评论者昵称", "user_name"),
    "url": ("微博链接", "weibo_link"),
    "commenter": ("评论者昵称", "评论者主页"),
}
_NAMED_AFTER = re.compile(r"comment_([0-9A-Za-z]{9})(?=[_.])")
_SPEAKER = re.compile(r"^[^\s:：#【@]{2,20}[:：](?=\S)")
_REPLY = re.compile(r"^回复@[^:：]{1,30}[:：]")


def build(record: Record, reading: Reading) -> Draft:
    """Return the post or comment of one row."""
    comment = "commenter" in record.names
    bid = record.text("id")
    parts = own_and_quoted(_REPLY.sub("", record.text("text")))
    own = parts.own if comment or "author" not in record.names else _SPEAKER.sub("", parts.own)
    post = _NAMED_AFTER.search(record.file) if comment else None
    parent = mention_id("weibo", weibo_mid(post[1]) or post[1]) if post else ""
    place = record.text("place")
    return Draft(
        platform="weibo-comment" if comment else "weibo",
        native="" if comment else weibo_mid(bid) or bid,
        text=re.sub(r"\s*\[组图共\d+张\]\s*(?:原图)?\s*$", "", own),
        quoted_text=parts.quoted,
        flags=parts.flags,
        url=record.text("url"),
        place=parent,
        moment=record.time("time", reading),
        region_text="" if place in ("无", "其他") else place,
        author=record.text("author"),
        engagement=record.counts(),
        parent_id=parent,
        root_id=parent,
    )


_TABLE = Tabular(
    name="weibo_super_spider",
    channel=Channel.WEIBO,
    title="微博用户、话题与评论（WeiboSuperSpider 的 CSV、txt）",
    example="微博id,微博正文,原始图片url,发布位置,发布时间,发布工具,点赞数,转发数,评论数\n"
    "R1aBcDe2F,石桥镇自来水发黄,无,无,2026-07-01 08:05 ,网页,3,1,2",
    aliases=ALIASES,
    required=("text", "time"),
    marks=(("微博id", "wid", "评论者主页"), _TEXT, _TIME, ("发布工具", "publish_tool", "评论获赞数", "weibo_link")),
    build=build,
    shapes={"time": looks_timed},
)

_USER = re.compile(r"^用户id\s*[:：]\s*(\d+)", re.MULTILINE)
_STARTS = re.compile(r"^\d+:")
_ENDS = re.compile(r"^发布工具\s*[:：]")
_ENDED = re.compile(r"^发布工具\s*(?::|：)".encode(), re.MULTILINE)
_PLACE = re.compile(r"^微博位置\s*[:：]\s*(.*)")
_TIME_LINE = re.compile(r"^发布时间\s*[:：]\s*(.*)")
_COUNTS = re.compile(r"^点赞数\s*[:：]\s*(\S*)\s+转发数\s*[:：]\s*(\S*)\s+评论数\s*[:：]\s*(\S*)")


class _SuperSpider:
    """The table and the text behind one name."""

    name, channel, title, example = _TABLE.name, _TABLE.channel, _TABLE.title, _TABLE.example
    known_by = f"{_TABLE.known_by}；文本则看“用户信息”“用户id”与“微博内容”各行"

    def recognise(self, path: Path, head: bytes) -> float:
        """Return how surely the file is one of the two."""
        return 0.95 if _is_text(head) else _TABLE.recognise(path, head)

    def count(self, path: Path) -> int:
        """Return the number of rows, or of posts that their last line closes, and one for an open end."""
        if not _is_text(head_of(path)):
            return _TABLE.count(path)
        data = decode(path.read_bytes()).text.encode("utf-8", "replace")
        ends = [match.end() for match in _ENDED.finditer(data)]
        rest = data[ends[-1] :] if ends else data
        return len(ends) + bool(re.search(rb"^\d+:", rest, re.MULTILINE))

    def read(self, path: Path, reading: Reading) -> Iterator[Item]:
        """Yield one item for each post or comment."""
        if not _is_text(head_of(path)):
            return _TABLE.read(path, reading)
        return read_items(path, reading, _posts(path), build, source=self.name, channel=self.channel)


def _is_text(head: bytes) -> bool:
    text = decode(head).text[:2000]
    return "用户信息" in text and _USER.search(text) is not None and "微博内容" in text


def _posts(path: Path) -> Iterator[Record | Broken]:
    decoded = decode(path.read_bytes())
    lines = decoded.text.splitlines()
    user = _USER.search(decoded.text)
    fields: dict[str, object] = {}
    words: list[str] = []
    taken: list[str] = []
    for line in lines:
        if not taken and not _STARTS.match(line) and not _ENDS.match(line):
            continue
        taken.append(line)
        if _ENDS.match(line):
            raw = "\n".join(taken).encode("utf-8", "replace")
            text = "\n".join(words).strip()
            author = user[1] if user else ""
            yield Record(fields={"text": text, "author": author, **fields}, raw=raw, flags=decoded.flags)
            fields, words, taken = {}, [], []
        elif match := _TIME_LINE.match(line):
            fields["time"] = match[1]
        elif match := _PLACE.match(line):
            fields["place"] = match[1].strip()
        elif match := _COUNTS.match(line):
            fields.update(likes=match[1], reposts=match[2], comments=match[3])
        elif not fields:
            words.append(_STARTS.sub("", line, count=1) if len(taken) == 1 else line)
    if taken:
        yield Broken(RefusalReason.CUT_OFF, "文件在这一条的中间结束，请等导出完成后重新导入", "\n".join(taken).encode())


CONNECTOR = _SuperSpider()
