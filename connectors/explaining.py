"""What a connector made of a file, told so that a person can check it.

Why this format, which column is what, what was refused and why. Nothing that was quarantined is shown, and every
sample is masked as the pipeline sees it.
"""

from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import msgspec

from connectors import catalogue
from connectors.connector import Connector, Item, Quarantined, Reading, RefusalReason, Refused
from connectors.mention import Channel, Flag, Mention, MentionState, TimePrecision
from connectors.reading.items import safe_file
from connectors.reading.lines import encoding_of, head_of
from connectors.reading.records import Record, field_text
from connectors.reading.sheets import is_sheet

_SAMPLES = 3
_ROWS = 5
_SAMPLE_LENGTH = 60
_MOST_NAMES = 200  # columns or keys of one file; what a file of random keys has more is not listed

# What a field of a connector is called on every screen.
FIELDS = {
    "account": "公众号",
    "address": "地址",
    "aid": "文章编号",
    "area": "地区",
    "article": "所属文章",
    "author": "作者（只留散列值）",
    "bid": "短编号",
    "biz": "公众号编号",
    "card_group": "卡片组",
    "card_type": "卡片类型",
    "channel": "渠道",
    "comment": "评论编号",
    "commenter": "评论者",
    "comments": "评论数",
    "date_time": "带时区的时间",
    "deadline": "办理时限",
    "deleted": "是否已删",
    "digest": "摘要",
    "forum": "版块",
    "id": "编号",
    "ip": "IP 属地",
    "issuer": "发文机关",
    "likes": "点赞数",
    "mblog": "微博",
    "name": "姓名（不留）",
    "nickname": "昵称（只留散列值）",
    "note": "所属帖子",
    "number": "文号",
    "parent": "上级编号",
    "phone": "电话（不留）",
    "place": "地点",
    "post": "楼层编号",
    "published_at": "发布时间",
    "reads": "阅读数",
    "region_text": "地点",
    "reporter": "报送人（只留散列值）",
    "reposts": "转发数",
    "retweet": "原微博",
    "source_id": "原微博编号",
    "source_text": "原微博正文",
    "stored": "入库时间",
    "text": "正文",
    "thread": "主题帖",
    "tieba": "贴吧",
    "time": "时间",
    "title": "标题",
    "url": "链接",
    "weibo_id": "所属微博",
    "xhs": "小红书字段",
}


class FieldUse(msgspec.Struct, frozen=True):
    """One field: the columns (or keys) that it was read from, and in how many records it held something."""

    field: str
    label: str
    columns: tuple[str, ...]
    filled: int


class TimeUse(msgspec.Struct, frozen=True):
    """How many times were read from one column, and how exactly."""

    basis: str
    precision: TimePrecision
    count: int


class Refusal(msgspec.Struct, frozen=True):
    """How many records were refused for one reason, what to do, and where the first ones stand."""

    reason: RefusalReason
    detail: str
    count: int
    rows: tuple[int, ...]


class Sample(msgspec.Struct, frozen=True):
    """One of the first mentions, its text cut short."""

    id: str
    title: str
    text: str
    published_at: str


class Explanation(msgspec.Struct, frozen=True, kw_only=True):
    """One file as it was read; ``others`` are the formats that might have known it too, the surest first."""

    file: str
    connector: str
    title: str
    known_by: str
    sureness: float
    others: tuple[tuple[str, float], ...]
    chosen: bool  # the user named the format
    encoding: str  # of a text file
    offered: int  # by an independent count
    mentions: int
    quarantined: int
    refusals: tuple[Refusal, ...]
    fields: tuple[FieldUse, ...]
    unused: tuple[str, ...]  # columns that no field was read from
    times: tuple[TimeUse, ...]
    channels: dict[Channel, int]
    states: dict[MentionState, int]
    flags: dict[Flag, int]
    samples: tuple[Sample, ...]


class Explainer:
    """Watches one reading through ``Reading.trace`` and says at its end what was made of the file."""

    def __init__(self, path: Path, connector: Connector, *, chosen: bool = False) -> None:
        self._path, self._connector, self._chosen = path, connector, chosen
        self._mentions = self._quarantined = 0
        self._refusals: dict[tuple[RefusalReason, str], list[int]] = {}
        self._columns: dict[str, tuple[str, ...]] = {}
        self._filled: Counter[str] = Counter()
        self._seen: dict[str, None] = {}
        self._times: Counter[tuple[str, TimePrecision]] = Counter()
        self._channels: Counter[Channel] = Counter()
        self._states: Counter[MentionState] = Counter()
        self._flags: Counter[Flag] = Counter()
        self._samples: list[Sample] = []

    def see(self, record: object, item: Item) -> None:
        """Take note of one record and its fate."""
        if isinstance(item, Quarantined):
            self._quarantined += 1
            return
        if isinstance(item, Refused):
            self._refusals.setdefault((item.reason, item.detail), []).append(item.raw_ref.row)
        else:
            self._note(item)
        if isinstance(record, Record) and "draft" not in record.fields:
            self._note_columns(record)

    def _note(self, mention: Mention) -> None:
        self._mentions += 1
        self._times[mention.time_basis, mention.time_precision] += 1
        self._channels[mention.channel] += 1
        self._states[mention.state] += 1
        self._flags.update(mention.flags)
        if len(self._samples) < _SAMPLES:
            cut = mention.text[:_SAMPLE_LENGTH] + ("…" if len(mention.text) > _SAMPLE_LENGTH else "")
            self._samples.append(Sample(mention.id, mention.title, cut, mention.published_at.isoformat()))

    def _note_columns(self, record: Record) -> None:
        names = record.names or {field: (field,) for field in record.fields if not field.endswith("*")}
        for field, columns in names.items():
            self._columns.setdefault(field, columns)
            self._filled[field] += bool(field_text(record.fields.get(field)))
        if len(self._seen) < _MOST_NAMES:
            self._seen.update(dict.fromkeys(_names(record.values)))

    def explanation(self, offered: int) -> Explanation:
        """Return what was made of the file."""
        head = head_of(self._path)
        sureness = {
            name: round(each.recognise(self._path, head), 2) for name, each in catalogue.all_connectors().items()
        }
        own = self._connector.name
        others = sorted(
            ((name, sure) for name, sure in sureness.items() if sure and name != own), key=lambda one: -one[1]
        )
        used = {column for columns in self._columns.values() for column in columns}
        return Explanation(
            file=safe_file(self._path.name),
            connector=own,
            title=self._connector.title,
            known_by=self._connector.known_by,
            sureness=sureness[own],
            others=tuple(others[:3]),
            chosen=self._chosen,
            encoding="" if is_sheet(head) or b"\x00" in head[:64] else encoding_of(self._path),
            offered=offered,
            mentions=self._mentions,
            quarantined=self._quarantined,
            refusals=tuple(
                Refusal(reason, detail, len(rows), tuple(rows[:_ROWS]))
                for (reason, detail), rows in sorted(self._refusals.items(), key=lambda item: -len(item[1]))
            ),
            fields=tuple(
                FieldUse(field, FIELDS.get(field, field), columns, self._filled[field])
                for field, columns in self._columns.items()
            ),
            unused=tuple(name for name in self._seen if name not in used),
            times=tuple(TimeUse(basis, precision, count) for (basis, precision), count in self._times.most_common()),
            channels=dict(self._channels.most_common()),
            states=dict(self._states.most_common()),
            flags=dict(self._flags.most_common()),
            samples=tuple(self._samples),
        )


def _names(values: object) -> list[str]:
    """Return the names of a record's cells: headers of a table, keys of a JSON object."""
    if isinstance(values, Mapping):
        return [str(key) for key in values]
    if isinstance(values, list):
        return [str(key) for cell in values if isinstance(cell, Mapping) for key in cell if key]
    return []


def explain(path: Path, reading: Reading, format_name: str = "auto") -> Explanation:
    """Read a file to its end without keeping anything, and say what was made of it.

    Raises:
        ConnectorError: no connector knows the file, or it cannot be read as a whole.
    """
    connector = catalogue.recognise(path) if format_name == "auto" else catalogue.named(format_name)
    explainer = Explainer(path, connector, chosen=format_name != "auto")
    for _ in connector.read(path, msgspec.structs.replace(reading, trace=explainer.see)):
        pass
    return explainer.explanation(connector.count(path))
