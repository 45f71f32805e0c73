"""Comments under news (新闻跟贴): 网易跟帖 as its interface answers, and tables of comments by header aliases.

The answer may stand in a JSONP call. ``comments`` is an object by id; ``commentIds`` are chains (盖楼) of ids joined
by commas, each replying to the one before it.
"""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import orjson

from connectors.connector import ConnectorError, Item, Reading, RefusalReason
from connectors.mention import Channel, MentionState
from connectors.reading.counts import engagement
from connectors.reading.identity import mention_id
from connectors.reading.items import read_items
from connectors.reading.jsons import CUT, cut_off, document_bytes, is_cut, salvage
from connectors.reading.lines import head_of
from connectors.reading.records import Broken, Draft, NotAMention, Record, field_text, need_time, uncut
from connectors.reading.tabular import Tabular

_TEXT = ("评论内容", "跟帖内容", "comment_content", "content", "text")
_ID = ("评论id", "跟帖id", "comment_id", "commentid", "cid", "评论编号")
ALIASES = {
    "id": _ID,
    "text": _TEXT,
    "time": ("评论时间", "跟帖时间", "发布时间", "create_time", "createtime", "created_at", "time"),
    "author": ("用户id", "user_id", "用户昵称", "昵称", "user", "nickname", "评论者"),
    "likes": ("点赞数", "顶", "like_count", "vote", "likes"),
    "parent": ("父评论id", "parent_id", "parent_comment_id", "reply_to"),
    "article": ("新闻id", "文章id", "article_id", "news_id"),
    "title": ("新闻标题", "文章标题", "news_title"),
    "url": ("新闻链接", "文章链接", "链接", "url"),
    "ip": ("ip属地", "ip_location", "地区", "归属地"),
}
_DEFINED = re.compile(rb'"commentId"\s*:')
_JSONP = re.compile(rb"^\s*(?:\xef\xbb\xbf)?\s*[A-Za-z_$][\w$.]{0,60}\s*\(\s*(?=\{)")


def build(record: Record, reading: Reading) -> Draft:
    """Return the comment of one row; the article's title is context, not the commenter's words."""
    article = record.text("article", "url")
    parent, own = record.text("parent"), record.text("id")
    text, flags = uncut(record.text("text"))
    return Draft(
        platform="comment",
        native=own,
        text=text,
        flags=flags,
        quoted_text=record.text("title"),
        url=record.text("url"),
        moment=record.time("time", reading),
        region_text=record.text("ip"),
        author=record.text("author"),
        engagement=record.counts(),
        parent_id=mention_id("comment", parent) if parent not in ("", "0", own) else article,
        root_id=article,
    )


def build_chained(record: Record, reading: Reading) -> Draft:
    """Return one comment of a chain; a deleted one keeps its place as a state."""
    fields: Mapping[str, Any] = record.fields
    user = fields["user"] if isinstance(fields.get("user"), dict) else {}
    article = field_text(fields.get("postId")).partition("_")[0] or field_text(fields.get("docId"))
    root = mention_id("netease", article) if article else ""
    parent = field_text(fields.get("parent"))
    deleted = bool(fields.get("isDel")) or field_text(fields.get("content")) == "该评论已被删除"
    if not field_text(fields.get("content")) and not deleted:
        raise NotAMention(RefusalReason.EMPTY, "跟帖没有内容，未导入")
    return Draft(
        platform="netease",
        native=field_text(fields.get("commentId")),
        text="" if deleted else field_text(fields.get("content")).replace("<br>", "\n").replace("<br/>", "\n"),
        moment=need_time(fields.get("createTime"), reading, "createTime"),
        region_text=_place(field_text(user.get("location"))),
        author=field_text(user.get("userId")) or field_text(user.get("nickname")),
        engagement=engagement(likes=fields.get("vote")),
        parent_id=mention_id("netease", parent) if parent else root,
        root_id=root,
        state=MentionState.DELETED if deleted else MentionState.OK,
    )


def _place(location: str) -> str:
    return "" if location in ("火星", "未知", "其他") else location.replace("网友", "")


_TABLE = Tabular(
    name="comment",
    channel=Channel.COMMENT,
    title="新闻跟帖（网易跟帖 JSON、评论表）",
    example='{"commentIds": ["101,102"], "comments": {"101": {"commentId": 101, "content": "路灯坏了一个月", '
    '"createTime": "2026-07-01 20:15:00", "vote": 12, "user": {"location": "临江省云泽市"}}}}',
    aliases=ALIASES,
    required=("text", "time"),
    marks=((*_ID, "新闻标题", "文章标题"), ("评论内容", "跟帖内容", "comment_content", "content"), ALIASES["time"]),
    build=build,
)


class _Comments:
    """Chained comments where the file has them, else a table."""

    name, channel, title, example = _TABLE.name, _TABLE.channel, _TABLE.title, _TABLE.example
    known_by = f"JSON 中有 commentIds 与 comments；{_TABLE.known_by}"

    def recognise(self, path: Path, head: bytes) -> float:
        """Return how surely the file holds comments."""
        return 0.97 if _is_chained(head) else _TABLE.recognise(path, head) * 0.9

    def count(self, path: Path) -> int:
        """Return the number of comments: the distinct ids that the file defines."""
        if not _is_chained(head_of(path)):
            return _TABLE.count(path)
        data = _unwrapped(path)
        return len(_DEFINED.findall(data)) or 1

    def read(self, path: Path, reading: Reading) -> Iterator[Item]:
        """Yield one item for each comment, in the order of the object."""
        if not _is_chained(head_of(path)):
            return _TABLE.read(path, reading)
        return read_items(path, reading, _chained(path), build_chained, source=self.name, channel=self.channel)


def _is_chained(head: bytes) -> bool:
    return (b'"commentIds"' in head and b'"comments"' in head) or (b'"comments"' in head and b'"buildLevel"' in head)


def _unwrapped(path: Path) -> bytes:
    data = document_bytes(path)
    return _JSONP.sub(b"", data).rstrip(b"\r\n\t ;)") if _JSONP.match(data) else data


def _chained(path: Path) -> Iterator[Record | Broken]:
    data = _unwrapped(path)
    try:
        document: Any = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        document = salvage(data)
        if not isinstance(document, dict):
            raise ConnectorError(f"{path.name}：跟帖 JSON 不完整（{error}），请重新下载") from error
    parents = _parents(document.get("commentIds"))
    comments = document.get("comments")
    if not isinstance(comments, dict):
        raise ConnectorError(f"{path.name}：没有 comments 对象，可能是接口的错误信息")
    whole = 0
    for key, comment in comments.items():
        if key == CUT or is_cut(comment):
            continue
        whole += 1
        raw = orjson.dumps(comment)
        if isinstance(comment, dict):
            yield Record(fields={"commentId": key, **comment, "parent": parents.get(key, "")}, raw=raw, values=comment)
        else:
            yield Broken(RefusalReason.BAD_SHAPE, "这条跟帖不是由字段组成的对象", raw)
    if is_cut(document):
        yield from (cut_off(data) for _ in range((len(_DEFINED.findall(data)) or 1) - whole))


def _parents(chains: object) -> dict[str, str]:
    """Return whom each comment replies to, from the chains of ids."""
    parents: dict[str, str] = {}
    for chain in chains if isinstance(chains, list) else []:
        ids = str(chain).split(",")
        parents.update(zip(ids[1:], ids, strict=False))
    return parents


CONNECTOR = _Comments()
