"""Messages to leaders: 人民网领导留言板 and 红网百姓呼声 as their interfaces answer.

Official replies in them are no mentions.
"""

from collections.abc import Iterator
from typing import Any

from connectors.connector import Reading, RefusalReason
from connectors.mention import Channel
from connectors.reading.counts import engagement
from connectors.reading.documents import Documents
from connectors.reading.pages import html_to_text
from connectors.reading.records import Draft, NotAMention, Record, field_text, need_time

_MESSAGE = 1  # dataType; 4 is the official reply


def unpack(document: Any) -> Iterator[dict[str, Any]]:
    """Yield the messages of a list or of one page, 领导留言板 by its ``tid``, 红网 by its ``id``."""
    for answer in document if isinstance(document, list) else [document]:
        data = answer.get("resultData") or answer.get("data") if isinstance(answer, dict) else None
        if isinstance(data, dict):
            rows = data.get("contentList") or data.get("rows") or ([data] if "content" in data else [])
            yield from (row for row in rows if isinstance(row, dict))
        elif isinstance(data, list):
            yield from (row for row in data if isinstance(row, dict))


def build(record: Record, reading: Reading) -> Draft:
    """Return one citizen's message."""
    fields = record.fields
    if fields.get("dataType", _MESSAGE) != _MESSAGE:
        raise NotAMention(RefusalReason.NOT_A_RECORD, "官方答复，不是群众留言，未导入")
    if "tid" in fields:
        return Draft(
            platform="liuyan",
            native=fields.get("tid"),
            title=html_to_text(record.text("subject")),
            text=html_to_text(record.text("content")),
            url=f"https://liuyan.people.com.cn/threads/content?tid={record.text('tid')}",
            moment=need_time(fields.get("createDateline") or fields.get("dateline"), reading, "createDateline"),
            region_text=record.text("forumName"),
            author=record.text("userId", "nickName"),
        )
    place = " ".join(filter(None, (field_text(fields.get(name)) for name in ("city_name", "area_name"))))
    return Draft(
        platform="rednet",
        native=fields.get("id"),
        title=html_to_text(record.text("title")),
        text=html_to_text(record.text("content")),
        moment=need_time(fields.get("created_at"), reading, "created_at"),
        region_text=place,
        author=record.text("user_id", "nickname"),
        engagement=engagement(reads=fields.get("click_num")),
    )


CONNECTOR = Documents(
    name="petition",
    channel=Channel.WEBSITE,
    title="网络问政留言（领导留言板、红网百姓呼声的 JSON）",
    example='{"resultData": {"contentList": [{"dataType": 1, "tid": 26000001, "subject": "小区停水三天", '
    '"content": "……", "forumName": "云泽市市长", "createDateline": 1782864300}]}}',
    marks=("content", "contentList|is_reply|click_num"),
    counted=r'"tid"\s*:|"dataType"\s*:\s*(?!1\b)\d+|"click_num"\s*:',
    unpack=unpack,
    build=build,
)
