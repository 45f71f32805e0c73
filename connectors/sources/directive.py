"""What a superior hands down: document number, issuer, deadline and text; the only ground on which 上级要求 is a fact.

Tables and JSON by header aliases, and a plain text form of labelled lines (发文机关：… 文号：… 正文：…), documents
separated by a line of dashes.
"""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

from connectors.connector import ConnectorError, Item, Reading, RefusalReason
from connectors.mention import Channel, Directive
from connectors.reading.columns import plain_name
from connectors.reading.encodings import decode
from connectors.reading.items import read_items
from connectors.reading.jsons import is_json
from connectors.reading.lines import head_of
from connectors.reading.records import Broken, Draft, NotAMention, Record, need_time
from connectors.reading.sheets import is_sheet
from connectors.reading.tabular import Tabular
from connectors.reading.times import Moment

_NUMBER = ("文号", "发文字号", "来文字号", "文件号", "交办文号", "document_number")
_ISSUER = ("发文机关", "来文机关", "来文单位", "发文单位", "交办单位", "转办单位", "issuer")
_TEXT = ("正文", "交办内容", "事项内容", "交办事项", "内容", "具体要求", "text")
ALIASES = {
    "number": _NUMBER,
    "issuer": _ISSUER,
    "deadline": ("办理时限", "反馈时限", "回复时限", "报送时限", "截止时间", "办结时限", "deadline"),
    "title": ("标题", "文件标题", "事项", "件名", "title"),
    "text": _TEXT,
    "time": (
        "来文时间",
        "交办时间",
        "收文时间",
        "收文日期",
        "发文日期",
        "成文日期",
        "印发日期",
        "published_at",
        "time",
    ),
    "place": ("涉及地区", "涉事地区", "地区", "region_text"),
}
_DOCUMENT_NUMBER = re.compile(r"[\u4e00-\u9fff]{2,12}\s*[〔\[（(【]\s*(\d{4})\s*[〕\])）】]\s*(?:第)?\s*(\d{1,5})\s*号")
_WITHIN = re.compile(r"(\d{1,3})\s*(个?小时|[日天])(?:内|以内|之内)")
_LABEL = re.compile(r"^\s*([\u4e00-\u9fffA-Za-z_]{2,16})\s*[:：]\s*(.*)$")
_LINE = re.compile(r"^\s*[-=—─*]{3,}\s*$")


def build(record: Record, reading: Reading) -> Draft:
    """Return the document of one record; without number or issuer it is no directive and is refused."""
    number, issuer = document_number(record.text("number")), record.text("issuer")
    if not number or not issuer:
        missing = "文号" if not number else "发文机关"
        raise NotAMention(
            RefusalReason.BAD_SHAPE, f"交办件缺少{missing}，请补上后重新导入（没有文号和发文机关的不能作为上级要求）"
        )
    moment = record.time("time", reading)
    return Draft(
        platform="directive",
        native=number,
        title=record.text("title"),
        text=record.text("text"),
        moment=moment,
        region_text=record.text("place"),
        directive=Directive(number, issuer, _deadline(record, reading, moment)),
    )


def document_number(text: str) -> str:
    """Return a document number with the brackets of GB/T 9704: 临政办督〔2026〕12号."""
    return re.sub(r"\s*[\[（(【〔]\s*(\d{4})\s*[〕\])）】]\s*第?\s*(\d+)\s*号", r"〔\1〕\2号", text.strip())


def _deadline(record: Record, reading: Reading, moment: Moment | None) -> datetime | None:
    """Return the deadline: a moment, a day (to its end), or hours and days from the time of the document."""
    stated = record.text("deadline")
    within = _WITHIN.search(stated)
    if within is not None:
        start = moment.at if moment else reading.collected_at
        number = int(within[1])
        return start + (timedelta(hours=number) if "小时" in within[2] else timedelta(days=number))
    found = need_time(re.sub(r"(?:前|之前|以前)$", "", stated), reading, "办理时限")
    if found is None:
        return None
    return found.at + timedelta(days=1, seconds=-1) if found.precision == "day" else found.at


_TABLE = Tabular(
    name="directive",
    channel=Channel.DIRECTIVE,
    title="上级交办件（xlsx、csv、JSON、文本）",
    example="发文机关：临江省人民政府办公厅\n文号：临政办督〔2026〕12号\n标题：关于核实某镇供水问题的通知\n"
    "来文时间：2026-07-01 09:00\n办理时限：48小时内\n正文：请你市核实……",
    aliases=ALIASES,
    required=("number", "issuer", "text"),
    marks=(_NUMBER, _ISSUER, _TEXT),
    build=build,
)


class _Directives:
    """Tables and JSON by aliases, all else as labelled text."""

    name, channel, title, example = _TABLE.name, _TABLE.channel, _TABLE.title, _TABLE.example
    known_by = f"{_TABLE.known_by}；文本则看“文号：”“发文机关：”“正文：”等标签，或公文字号"

    def recognise(self, path: Path, head: bytes) -> float:
        """Return how surely the file holds directives."""
        if is_sheet(head) or is_json(head):
            return _TABLE.recognise(path, head)
        text = decode(head).text
        labels = {plain_name(match[1]) for line in text.splitlines() if (match := _LABEL.match(line))}
        groups = sum(any(plain_name(name) in labels for name in group) for group in (_NUMBER, _ISSUER, _TEXT))
        if groups == len(_TABLE.marks):
            return 0.95
        if path.suffix == ".txt" and _DOCUMENT_NUMBER.search(text[:500]):
            return 0.6
        return _TABLE.recognise(path, head)

    def count(self, path: Path) -> int:
        """Return the number of rows, or of text blocks between lines of dashes."""
        if not _is_text(path):
            return _TABLE.count(path)
        text = decode(path.read_bytes()).text
        blocks = re.split(r"(?m)^[^\S\n]*[-=—─*]{3,}[^\S\n]*$", text.replace("\r\n", "\n"))
        return sum(bool(block.strip("\ufeff \t\r\n\u3000")) for block in blocks)

    def read(self, path: Path, reading: Reading) -> Iterator[Item]:
        """Yield one item for each document."""
        if not _is_text(path):
            return _TABLE.read(path, reading)
        return read_items(path, reading, _documents(path), build, source=self.name, channel=self.channel)


def _is_text(path: Path) -> bool:
    head = head_of(path)
    if not head:
        raise ConnectorError(f"{path.name} 是空文件，请检查导出是否完成")
    if is_sheet(head) or is_json(head):
        return False
    return _TABLE.recognise(path, head) == 0


def _documents(path: Path) -> Iterator[Record | Broken]:
    if path.stat().st_size > _LARGEST_TEXT:
        raise ConnectorError(f"{path.name}：文本超过 16 MB，不像交办件；请确认格式或改用表格导入")
    decoded = decode(path.read_bytes())
    block: list[str] = []
    for line in [*decoded.text.removeprefix("\ufeff").splitlines(), "---"]:
        if not _LINE.match(line):
            block.append(line)
        elif any(part.strip() for part in block):
            text = "\n".join(block)
            yield Record(
                fields=_labelled(block) or _bare(block), raw=text.encode("utf-8", "replace"), flags=decoded.flags
            )
            block = []
        else:
            block = []


def _labelled(block: list[str]) -> dict[str, object]:
    """Return the fields of labelled lines; what follows 正文 is text to the end."""
    fields: dict[str, list[str]] = {}
    current = ""
    for line in block:
        match = None if current == "text" else _LABEL.match(line)
        field = _FIELD_OF.get(plain_name(match[1])) if match else None
        if match is not None and field is not None:
            current = field
            fields[field] = [match[2]]
        elif current:
            fields[current].append(line)
    joined: dict[str, object] = {field: "\n".join(lines).strip() for field, lines in fields.items()}
    return joined if "number" in joined or "issuer" in joined else {}


def _bare(block: list[str]) -> dict[str, object]:
    """Return the fields of a document without labels: its number, the issuer that signs it or heads it, its title."""
    lines = [line.strip() for line in block if line.strip()]
    text = "\n".join(lines)
    number = _DOCUMENT_NUMBER.search(text)
    head = next((line.removesuffix("文件").strip() for line in lines[:3] if line.endswith("文件")), "")
    tail = lines[-2] if len(lines) > 1 and _is_date(lines[-1]) else ""
    title = next((line for line in lines if _TITLE_END.search(line) and len(line) < 60), "")
    return {
        "number": number[0] if number else "",
        "issuer": head or (tail if len(tail) < 30 else ""),
        "title": title,
        "text": text,
        "time": lines[-1] if _is_date(lines[-1]) else "",
    }


def _is_date(line: str) -> bool:
    """Say whether a line is a date by itself, as under a signature."""
    return re.fullmatch(r"\d{4}年\d{1,2}月\d{1,2}日", line) is not None


_LARGEST_TEXT = 16 << 20
_TITLE_END = re.compile(r"(?:通知|函|通报|批示|意见|督办单|交办单|转办单)$")
_FIELD_OF = {plain_name(name): field for field, names in ALIASES.items() for name in names}

CONNECTOR = _Directives()
