"""Posts, topics and comments of WeiboSuperSpider as CSV: 无 for nothing, short ids (bid), headers repeated as data."""

import re

from connectors.connector import Reading
from connectors.mention import Channel
from connectors.reading.identity import mention_id, weibo_mid
from connectors.reading.records import Draft, Record, looks_timed
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


CONNECTOR = Tabular(
    name="weibo_super_spider",
    channel=Channel.WEIBO,
    title="微博用户、话题与评论（WeiboSuperSpider 的 CSV）",
    example="微博id,微博正文,原始图片url,发布位置,发布时间,发布工具,点赞数,转发数,评论数\n"
    "R1aBcDe2F,石桥镇自来水发黄,无,无,2026-07-01 08:05 ,网页,3,1,2",
    aliases=ALIASES,
    required=("text", "time"),
    marks=(("微博id", "wid", "评论者主页"), _TEXT, _TIME, ("发布工具", "publish_tool", "评论获赞数", "weibo_link")),
    build=build,
    shapes={"time": looks_timed},
)
