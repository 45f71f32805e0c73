"""12345 work orders as districts export them: xlsx, BIFF8 xls or csv, known by header aliases.

Seen in the importers of several cities: the header under a title row, the prefix 12345 that comes and goes, times as
text, date cells and serial days, work-order numbers of 14 digits, old orders appended to the text, 无 and nan for
nothing, columns with the caller's name and phone.
"""

import re

from connectors.connector import Reading
from connectors.mention import Channel
from connectors.reading.identity import mention_id
from connectors.reading.records import Draft, Record, field_text, looks_timed
from connectors.reading.tabular import Tabular

_ID = (
    "12345工单编号",
    "工单编号",
    "工单号",
    "案件公文号",
    "案件编号",
    "受理编号",
    "留言编号",
    "任务号",
    "诉求编号",
    "编号",
)
_TEXT = (
    "12345内容描述",
    "内容描述",
    "来话内容",
    "受理内容",
    "工单内容",
    "市民诉求",
    "诉求内容",
    "留言详情",
    "诉求描述",
)
_TIME = ("12345受理时间", "受理时间", "录入时间", "登记时间", "来电时间", "留言时间", "创建时间")
ALIASES = {
    "id": _ID,
    "title": ("诉求标题", "工单标题", "标题", "留言主题"),
    "text": _TEXT,
    "time": _TIME,
    "area": ("诉求区域", "行政区", "区", "街道", "社区", "网格"),
    "address": ("诉求地址", "详细地址", "问题发生地", "问题点位", "事发地址"),
    "name": ("市民姓名", "来电人", "来电人姓名", "诉求人", "姓名", "联系人"),
    "phone": ("市民电话", "来电号码", "联系电话", "手机号码", "电话"),
    "account": ("留言用户",),
    "likes": ("点赞数",),
}
_NOWHERE = ("无", "不详", "其他", "/", "-")
# The system appends or puts before the text what earlier orders said; only the newest words are the caller's.
_EARLIER = re.compile(
    r"[【\[（(](?:系统)?(?:提示)?[:：]?(?:最近(?:一次)?|历史|关联|上[一]?次|此前|前次|原|重复|相关)(?:已)?(?:派发|受理|办理|反映)?的?"
    r"(?:重复)?(?:工单|诉求|来电)(?:编号|号|内容|信息)?[^【】]{0,3}[:：是为]"
)
_NATIVE = re.compile(r"[A-Za-z0-9\-_〔〕\[\]\u4e00-\u9fff.+]{1,40}")
_NUMBER = re.compile(r"(?<!\d)(\d{10,20})(?!\d)")
_PREFIX = re.compile(r"^\s*[【\[](?:省|市|国家)?(?:12345)?(?:工单编号|退回重办|转办|督办|工单号)[^】\]]{0,40}[】\]]\s*")
_BRACKETS = {"【": "】", "[": "]", "（": "）", "(": ")"}


def build(record: Record, reading: Reading) -> Draft:
    """Return the call of one row."""
    text, earlier = newest_words(record.text("text"))
    names = tuple(field_text(value) for value in _every(record, "name"))
    places = [field_text(value) for value in (*_every(record, "area"), *_every(record, "address"))]
    return Draft(
        platform="hotline",
        native=record.fields.get("id", ""),
        title=_real(record.text("title")),
        text=_real(text),
        moment=record.time("time", reading),
        region_text=" ".join(dict.fromkeys(place for place in places if place and place not in _NOWHERE)),
        author=record.text("phone", "account", "name"),
        names=names,
        engagement=record.counts(),
        parent_id=mention_id("hotline", earlier) if earlier else "",
    )


def newest_words(text: str) -> tuple[str, str]:
    """Return what the caller says now, and the number of the earlier order that the system appended."""
    earlier = ""
    while (prefix := _PREFIX.match(text)) is not None:
        text = text[prefix.end() :]
    while (start := _EARLIER.search(text)) is not None:
        end = _closing(text, start.start())
        number = _NUMBER.search(text, start.start(), end)
        earlier = earlier or (number[1] if number else "")
        text = text[: start.start()] + text[end:]
    return text.strip(), earlier


def _closing(text: str, start: int) -> int:
    """Return where the bracket at ``start`` closes, brackets of its kind within it counted."""
    opening, closing, depth = text[start], _BRACKETS[text[start]], 0
    for at in range(start, len(text)):
        depth += (text[at] == opening) - (text[at] == closing)
        if depth == 0:
            return at + 1
    return len(text)


def _every(record: Record, field: str) -> list[object]:
    several = record.fields.get(f"{field}*")
    if isinstance(several, list):
        return several
    return [record.fields[field]] if field in record.fields else []


def _real(text: str) -> str:
    return "" if text in _NOWHERE else text


CONNECTOR = Tabular(
    name="hotline",
    channel=Channel.HOTLINE,
    title="12345 热线工单（xlsx、xls、csv）",
    example="工单编号,受理时间,诉求区域,诉求地址,内容描述\n"
    "20260701000123,2026-07-01 09:45:00,望泽区,白鹭镇,市民反映夜间施工噪音扰民……",
    aliases=ALIASES,
    required=("text", "time"),
    marks=(_ID[:-1], _TEXT, _TIME),
    build=build,
    shapes={
        "time": looks_timed,
        "id": lambda text: bool(re.fullmatch(r"[A-Za-z0-9\-_〔〕\[\]号\u4e00-\u9fff.+]{1,40}", text)),
    },
)
