"""Any other table: CSV, xlsx or JSON lines, its columns named in a file beside it or known by common names.

The column map is ``<file name>.columns.json`` or ``columns.json`` in the same folder: our field to the column's name,
for example ``{"text": "反映事项", "published_at": "登记日期", "channel": "hotline"}``; ``channel`` may be one of the
nine words or the name of a column.
"""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

import msgspec

from connectors.connector import ConnectorError, Item, Reading
from connectors.mention import Channel
from connectors.reading.records import Draft, Record, uncut
from connectors.reading.tabular import Tabular

ALIASES = {
    "id": ("id", "编号", "序列号", "信息id", "文章id", "uuid"),
    "title": ("title", "标题", "题目", "主题"),
    "text": ("text", "content", "正文", "内容", "全文", "文本", "摘要", "body"),
    "published_at": (
        "published_at",
        "pub_time",
        "publish_time",
        "发布时间",
        "发布日期",
        "时间",
        "日期",
        "time",
        "date",
    ),
    "channel": ("channel", "渠道", "平台", "媒体类型", "来源平台", "platform"),
    "url": ("url", "link", "链接", "网址", "原文链接"),
    "author": ("author", "作者", "用户", "账号", "昵称", "发布者"),
    "region_text": ("region", "region_text", "地区", "地域", "属地", "ip属地"),
    "reposts": ("reposts", "转发数", "转发量"),
    "comments": ("comments", "评论数", "评论量", "回复数"),
    "likes": ("likes", "点赞数", "点赞量"),
    "reads": ("reads", "阅读数", "阅读量", "浏览量"),
}
_CHANNELS: Mapping[str, Channel] = {channel.value: channel for channel in Channel} | {
    "网站": Channel.WEBSITE,
    "网页": Channel.WEBSITE,
    "客户端": Channel.WEBSITE,
    "新闻": Channel.WEBSITE,
    "微博": Channel.WEIBO,
    "新浪微博": Channel.WEIBO,
    "微信": Channel.WECHAT,
    "微信公众号": Channel.WECHAT,
    "公众号": Channel.WECHAT,
    "热线": Channel.HOTLINE,
    "论坛": Channel.FORUM,
    "社区": Channel.FORUM,
    "贴吧": Channel.FORUM,
    "知乎": Channel.FORUM,
    "评论": Channel.COMMENT,
    "报纸": Channel.NEWSPAPER,
    "报刊": Channel.NEWSPAPER,
    "信息员": Channel.MANUAL,
}
# Where no column says it, the address does.
_HOSTS: Mapping[str, Channel] = {
    "weibo.com": Channel.WEIBO,
    "weibo.cn": Channel.WEIBO,
    "mp.weixin.qq.com": Channel.WECHAT,
    "tieba.baidu.com": Channel.FORUM,
    "zhihu.com": Channel.FORUM,
}


def channel_of(word: str, url: str) -> Channel:
    """Return the channel that a column's word or else the address names; a website where neither does."""
    named = _CHANNELS.get(word)
    if named is not None:
        return named
    host = ""
    with suppress(ValueError):  # an address that is none names no channel
        host = urlsplit(url).hostname or ""
    found = (channel for known, channel in _HOSTS.items() if host == known or host.endswith(f".{known}"))
    return next(found, Channel.WEBSITE)


class _Table:
    """A table read by its column map."""

    name = "table"
    channel = Channel.WEBSITE
    title = "其他表格（csv、xlsx、JSON，可附列对照表）"
    known_by = "旁边有列映射文件（<文件名>.columns.json），或列名中有标题、内容、发布时间一类的通名"
    example = "标题,内容,发布时间,链接,渠道\n路灯坏了,望泽区白鹭镇路灯坏了一个月……,2026-07-01 20:15,https://news.example/1,论坛"

    def recognise(self, path: Path, head: bytes) -> float:
        """Return little without a column map: every other format knows its files better."""
        surely = _tabular(path).recognise(path, head)
        return 0.9 * surely if map_of(path) else 0.35 * surely

    def count(self, path: Path) -> int:
        """Return the number of records by an independent count."""
        return _tabular(path).count(path)

    def read(self, path: Path, reading: Reading) -> Iterator[Item]:
        """Yield one item for each record."""
        return _tabular(path).read(path, reading)


def map_of(path: Path) -> dict[str, str]:
    """Return the column map beside a file, empty where there is none.

    Raises:
        ConnectorError: the map is no JSON object of words, or names a field we do not have.
    """
    for place in (path.with_name(f"{path.name}.columns.json"), path.with_name("columns.json")):
        if not place.is_file():
            continue
        try:
            columns = msgspec.json.decode(place.read_bytes(), type=dict[str, str])
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            raise ConnectorError(f"{place.name}：列对照表应是 {{“字段”: “列名”}} 形式的 JSON（{error}）") from error
        if unknown := sorted(set(columns) - set(ALIASES)):
            raise ConnectorError(f"{place.name}：没有这些字段：{'、'.join(unknown)}；可用：{'、'.join(ALIASES)}")
        return columns
    return {}


def _tabular(path: Path) -> Tabular:
    columns = map_of(path)
    fixed = _CHANNELS.get(columns.get("channel", ""))
    aliases = {field: ((columns[field], *names) if field in columns else names) for field, names in ALIASES.items()}

    def build(record: Record, reading: Reading) -> Draft:
        channel = fixed or channel_of(record.text("channel"), record.text("url"))
        text, flags = uncut(record.text("text"))
        return Draft(
            platform=f"{channel}-{path.stem}" if not record.text("url") else str(channel),
            native=record.fields.get("id", ""),
            channel=channel,
            title=record.text("title"),
            text=text,
            flags=flags,
            url=record.text("url"),
            moment=record.time("published_at", reading),
            region_text=record.text("region_text"),
            author=record.text("author"),
            engagement=record.counts(),
        )

    return Tabular(
        name=_Table.name,
        channel=_Table.channel,
        title=_Table.title,
        example=_Table.example,
        aliases=aliases,
        required=("text",),
        marks=((*aliases["text"], *aliases["title"]), aliases["published_at"]),
        build=build,
    )


CONNECTOR = _Table()
