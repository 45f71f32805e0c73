"""Article lists of wechat_articles_spider: one JSON object a line, each a push of one to eight articles.

Links stand with escaped slashes and ``&amp;``; only titles and digests are there, the texts are elsewhere.
"""

from collections.abc import Iterator
from typing import Any

from connectors.connector import Reading, RefusalReason
from connectors.mention import Channel, MentionState
from connectors.reading.documents import Documents
from connectors.reading.pages import html_to_text
from connectors.reading.records import Draft, NotAMention, Record, field_text, need_time
from connectors.sources.wechat import article_native


def unpack(push: Any) -> Iterator[dict[str, Any]]:
    """Yield the articles of a push, the time and account of the push with each."""
    for one in push if isinstance(push, list) else [push]:
        message = one.get("comm_msg_info") if isinstance(one, dict) else None
        if not isinstance(message, dict):
            continue
        shared = {"datetime": message.get("datetime"), "fakeid": message.get("fakeid")}
        first = one.get("app_msg_ext_info")
        if not isinstance(first, dict):
            yield shared | {"content": message.get("content"), "message_id": message.get("id")}
            continue
        rest = first.get("multi_app_msg_item_list")
        for article in (first, *(rest if isinstance(rest, list) else [])):
            own = {key: value for key, value in article.items() if key != "multi_app_msg_item_list"}
            yield shared | own | {"message_id": message.get("id")}


def build(record: Record, reading: Reading) -> Draft:
    """Return one article of a push."""
    fields = record.fields
    url = html_to_text(field_text(fields.get("content_url")).replace("\\/", "/"))
    if not field_text(fields.get("title")) and not field_text(fields.get("content")):
        raise NotAMention(RefusalReason.NOT_A_RECORD, "这次推送没有文章（图片或语音），未导入")
    text = html_to_text(field_text(fields.get("content")))
    return Draft(
        platform="wechat",
        native=article_native("", "", "", url) or f"m-{field_text(fields.get('message_id'))}",
        title=html_to_text(field_text(fields.get("title"))),
        text=text or html_to_text(field_text(fields.get("digest"))),
        url=url.replace("http://", "https://", 1),
        moment=need_time(fields.get("datetime"), reading, "comm_msg_info.datetime"),
        author=fields.get("fakeid"),
        state=MentionState.OK if text else MentionState.TEXT_MISSING,
    )


CONNECTOR = Documents(
    name="wechat_spider",
    channel=Channel.WECHAT,
    title="公众号推送列表（wechat_articles_spider，每行一次推送）",
    example='{"comm_msg_info": {"id": 1000000001, "datetime": 1782864300, "fakeid": "3200000001"}, '
    '"app_msg_ext_info": {"title": "停水通知", "digest": "石桥镇…", "content_url": "http:…"}}',
    marks=("comm_msg_info", "datetime"),
    counted=r'"content_url"\s*:',
    unpack=unpack,
    build=build,
)
