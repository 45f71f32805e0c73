"""Posts as m.weibo.cn answers (``cards[].mblog``), which many tools save unchanged.

Texts are HTML in which an emoji is the alternative text of a picture; ``raw_text`` and ``longText`` hold what the page
shortens; a count may be 「100万+」.
"""

from collections.abc import Mapping
from typing import Any

from connectors.connector import Reading, RefusalReason
from connectors.mention import Channel, Flag, MentionState
from connectors.reading.counts import engagement
from connectors.reading.identity import mention_id
from connectors.reading.pages import html_to_text
from connectors.reading.records import Draft, NotAMention, Record, field_text, need_time
from connectors.reading.tabular import Tabular
from connectors.reading.weibo import own_and_quoted, state_of


def build(record: Record, reading: Reading) -> Draft:
    """Return the post of one card."""
    mblog = _post_in(record.fields)
    text, cut = _text(mblog)
    parts = own_and_quoted(text)
    repost = mblog.get("retweeted_status")
    source = repost if isinstance(repost, Mapping) else {}
    root = field_text(source.get("id") or source.get("mid"))
    quoted = "\n".join(filter(None, (parts.quoted, _quoted(source))))
    state = state_of(parts.own)
    user = mblog["user"] if isinstance(mblog.get("user"), Mapping) else {}
    mid = field_text(mblog.get("id") or mblog.get("mid"))
    return Draft(
        platform="weibo",
        native=mid,
        text="" if state is not MentionState.OK else parts.own,
        quoted_text=quoted,
        state=state,
        flags=tuple(dict.fromkeys((*parts.flags, *cut))),
        url=f"https://m.weibo.cn/detail/{mid}" if mid.isdigit() else "",
        moment=need_time(mblog.get("created_at"), reading, "created_at"),
        region_text=field_text(mblog.get("region_name")).removeprefix("发布于").strip(),
        author=user.get("id") or user.get("screen_name"),
        engagement=engagement(
            reposts=mblog.get("reposts_count"), comments=mblog.get("comments_count"), likes=mblog.get("attitudes_count")
        ),
        parent_id=mention_id("weibo", root) if root else "",
        root_id=mention_id("weibo", root) if root else "",
    )


def _post_in(card: Mapping[str, Any]) -> Mapping[str, Any]:
    group = card.get("card_group")
    posts = [card, *(group if isinstance(group, list) else [])]
    found = [post["mblog"] for post in posts if isinstance(post, Mapping) and isinstance(post.get("mblog"), Mapping)]
    if len(found) > 1:
        raise NotAMention(RefusalReason.BAD_SHAPE, "一张卡片里有多条微博，请让采集工具逐条保存")
    if not found:
        raise NotAMention(RefusalReason.NOT_A_RECORD, "这张卡片不是微博（广告或导航），未导入")
    post: Mapping[str, Any] = found[0]
    return post


def _text(mblog: Mapping[str, Any]) -> tuple[str, tuple[Flag, ...]]:
    long = mblog.get("longText")
    if isinstance(long, Mapping) and (whole := field_text(long.get("longTextContent"))):
        return html_to_text(whole), ()
    text = html_to_text(field_text(mblog.get("text")))
    raw = field_text(mblog.get("raw_text"))
    return (text or raw), ((Flag.TRUNCATED,) if mblog.get("isLongText") is True else ())


def _quoted(source: Mapping[str, Any]) -> str:
    text = _text(source)[0]
    return "" if state_of(text) is not MentionState.OK else text


CONNECTOR = Tabular(
    name="weibo_mobile",
    channel=Channel.WEIBO,
    title="微博接口原始数据（m.weibo.cn 的 JSON）",
    example='{"data": {"cards": [{"card_type": 9, "mblog": {"id": "5180000000000011", "created_at": '
    '"Wed Jul 01 08:05:00 +0800 2026", "text": "石桥镇自来水发黄", "reposts_count": "100万+"}}]}}',
    aliases={name: (name,) for name in ("card_type", "mblog", "card_group")},
    required=("mblog",),
    marks=(("cards",), ("mblog",), ("created_at",)),
    build=build,
    inside="cards",
)
