"""What reporters (信息员) send in: a table of reports, one row each (厦府办 三)."""

from connectors.connector import Reading
from connectors.mention import Channel
from connectors.reading.identity import digest
from connectors.reading.records import Draft, Record, field_text
from connectors.reading.tabular import Tabular

_TEXT = ("信息内容", "舆情内容", "情况描述", "主要内容", "反映内容", "内容", "情况说明")
_REPORTER = ("报送人", "信息员", "报告人", "上报人", "填报人")
_TIME = ("报送时间", "上报时间", "报告时间", "发现时间", "填报时间", "发生时间", "时间")
ALIASES = {
    "id": ("报送编号", "信息编号", "上报编号", "编号"),
    "title": ("信息标题", "标题", "事项", "主题"),
    "text": _TEXT,
    "time": _TIME,
    "place": ("地点", "发生地点", "涉及地区", "所在地", "属地", "报送单位", "单位"),
    "reporter": _REPORTER,
    "phone": ("联系电话", "电话", "手机"),
    "url": ("链接", "网址", "原文链接"),
}


def build(record: Record, reading: Reading) -> Draft:
    """Return the report of one row."""
    reporter = record.text("reporter")
    places = record.fields.get("place*") or [record.fields.get("place")]
    return Draft(
        platform="manual",
        native=record.fields.get("id", ""),
        title=record.text("title"),
        text=record.text("text"),
        url=record.text("url"),
        place=digest(record.text("time")),
        moment=record.time("time", reading),
        region_text=" ".join(dict.fromkeys(filter(None, map(field_text, places if isinstance(places, list) else [])))),
        author=record.text("phone") or reporter,
        names=(reporter,),
    )


CONNECTOR = Tabular(
    name="manual",
    channel=Channel.MANUAL,
    title="信息员报送表（xlsx、csv）",
    example="报送编号,报送时间,报送人,地点,信息标题,信息内容\n"
    "X2026-07-01-03,2026-07-01 09:10,（信息员）,望泽区白鹭镇,集市积水,早市积水没过脚踝……",
    aliases=ALIASES,
    required=("text", "time"),
    marks=(_TEXT, _REPORTER, _TIME),
    build=build,
)
