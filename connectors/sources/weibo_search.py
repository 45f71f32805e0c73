"""Weibo search results as the weibo-search spider writes them: one CSV a keyword.

Counts are page text (「1.2万」, the button's own word where nought), times have minutes only. ``bid`` is the same id in
base 62, so an id that a spreadsheet program has rounded is restored from it.
"""

import re

from connectors.connector import Reading
from connectors.mention import Channel, Flag
from connectors.reading.identity import mention_id, weibo_mid
from connectors.reading.records import Draft, Record, looks_timed
from connectors.reading.tabular import Tabular
from connectors.reading.weibo import own_and_quoted, true_mid

ALIASES = {
    "id": ("id", "微博id", "mid"),
    "bid": ("bid",),
    "author": ("user_id", "用户id"),
    "nickname": ("用户昵称",),
    "text": ("微博正文", "正文"),
    "place": ("发布位置",),
    "reposts": ("转发数",),
    "comments": ("评论数",),
    "likes": ("点赞数",),
    "time": ("发布时间",),
    "retweet": ("retweet_id",),
    "ip": ("ip", "ip属地"),
}

_MID = re.compile(r"\d{8,19}|\d(?:\.\d+)?[eE]\+\d+")


def build(record: Record, reading: Reading) -> Draft:
    """Return the post of one row."""
    mid, damaged = true_mid(record.fields.get("id"), record.text("bid"))
    parts = own_and_quoted(record.text("text"))
    source = record.text("retweet")
    root = mention_id("weibo", source) if source.isdigit() else ""
    author = record.text("author")
    return Draft(
        platform="weibo",
        native=mid,
        text=parts.own,
        quoted_text=parts.quoted,
        flags=(*parts.flags, *((Flag.DAMAGED_ID,) if damaged else ())),
        url=f"https://weibo.com/{author}/{record.text('bid')}" if author and record.text("bid") else "",
        moment=record.time("time", reading),
        region_text=" ".join(filter(None, (record.text("place"), record.text("ip")))),
        author=author or record.text("nickname"),
        engagement=record.counts(),
        parent_id=root,
        root_id=root,
    )


CONNECTOR = Tabular(
    name="weibo_search",
    channel=Channel.WEIBO,
    title="微博搜索结果（weibo-search 的 CSV）",
    example="id,bid,user_id,用户昵称,微博正文,…,转发数,评论数,点赞数,发布时间,…\n"
    "5012345678901234,Nabcd1234,1234567890,云泽小市民,石桥镇自来水发黄,…,3,1.2万,5,2026-07-01 08:05,…",
    aliases=ALIASES,
    required=("text", "time"),
    marks=(("bid", "user_authentication", "user_id"), ("微博正文",), ("用户昵称",), ("发布时间",)),
    build=build,
    shapes={
        "id": lambda text: bool(_MID.fullmatch(text)),
        "bid": lambda text: weibo_mid(text) is not None,
        "author": lambda text: text.isdigit(),
        "time": looks_timed,
    },
)
