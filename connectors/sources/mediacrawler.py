"""Posts and comments of MediaCrawler: Weibo, 小红书, 抖音, 贴吧, 知乎 in csv, json, jsonl and xlsx.

Both schemas are in the wild: with accounts and places (to 2026-07-01), and with ``creator_hash`` only. Weibo's
``create_time`` was eight hours in the future until 2026-07-30; ``create_date_time`` is right and is preferred.
"""

from datetime import timedelta

from connectors.connector import Reading
from connectors.mention import Channel, TimePrecision
from connectors.reading.identity import mention_id
from connectors.reading.records import Draft, Record, field_text, need_time, uncut
from connectors.reading.tabular import Tabular
from connectors.reading.times import Moment
from connectors.reading.weibo import own_and_quoted

_IDS = ("note_id", "aweme_id", "content_id", "video_id")
ALIASES = {
    "comment": ("comment_id",),
    "note": _IDS,
    "parent": ("parent_comment_id",),
    "title": ("title",),
    "text": ("content", "desc", "content_text"),
    "date_time": ("create_date_time",),
    "time": ("create_time", "time", "publish_time", "created_time"),
    "stored": ("last_modify_ts",),
    "likes": ("liked_count", "comment_like_count", "like_count", "voteup_count"),
    "comments": ("comments_count", "comment_count", "total_replay_num", "sub_comment_count"),
    "reposts": ("shared_count", "share_count"),
    "url": ("note_url", "aweme_url", "content_url", "video_url"),
    "place": ("ip_location",),
    "author": ("user_id", "creator_hash", "user_link", "user_nickname", "nickname"),
    "tieba": ("tieba_name", "tieba_link", "tieba_id"),
    "xhs": ("xsec_token", "tag_list", "image_list", "pictures"),
}


def build(record: Record, reading: Reading) -> Draft:
    """Return the post or comment of one record."""
    platform = _platform(record)
    note, comment, parent = record.text("note"), record.text("comment"), record.text("parent")
    text = record.text("text")
    parts = own_and_quoted(text) if platform == "weibo" else None
    own, flags = (parts.own, parts.flags) if parts else uncut(text)
    title = "" if comment or record.text("title") == text else record.text("title")
    root = mention_id(platform, note) if comment and note else ""
    of_comments = f"{platform}-comment"
    return Draft(
        platform=of_comments if comment else platform,
        native=comment or note,
        channel=Channel.WEIBO if platform == "weibo" else Channel.FORUM,
        title=title,
        text=own,
        quoted_text=parts.quoted if parts else "",
        flags=flags,
        url=record.text("url"),
        place=root,
        moment=_moment(record, reading, platform),
        region_text=record.text("place"),
        author=record.text("author"),
        engagement=record.counts(),
        parent_id=mention_id(of_comments, parent) if comment and parent not in ("", "0", comment) else root,
        root_id=root,
    )


def _platform(record: Record) -> str:
    names = {name for called in record.names.values() for name in called}
    if "aweme_id" in names:
        return "douyin"
    if "content_id" in names:
        return "zhihu"
    if record.names.keys() & {"tieba"}:
        return "tieba"
    if "video_id" in names:
        return "bilibili"
    weibo = "create_date_time" in names or "weibo" in record.text("url")
    return "weibo" if weibo and "xhs" not in record.names else "xhs"


def _moment(record: Record, reading: Reading, platform: str) -> Moment | None:
    if field_text(record.fields.get("date_time")):
        return record.time("date_time", reading)
    moment = record.time("time", reading)
    if moment is None or platform != "weibo":
        return moment
    # Only the faulty field is there. A post later than its own storing proves the fault; else the hour is uncertain.
    stored = need_time(record.fields.get("stored"), reading, "last_modify_ts")
    if stored is not None and moment.at > stored.at:
        return moment._replace(at=moment.at - timedelta(hours=8))
    return Moment(moment.at - timedelta(hours=8), TimePrecision.DAY, moment.basis)


CONNECTOR = Tabular(
    name="mediacrawler",
    channel=Channel.FORUM,
    title="MediaCrawler 导出（微博、小红书、抖音、贴吧、知乎）",
    example='{"note_id": "5180000000000011", "content": "石桥镇自来水发黄", "create_time": 1782864300, '
    '"create_date_time": "2026-07-01 08:05:00+08:00", "liked_count": "12", "last_modify_ts": 1782870000000}',
    aliases=ALIASES,
    required=("text", "note", "stored"),
    marks=(("last_modify_ts",), _IDS, ("content", "desc", "content_text")),
    build=build,
)
