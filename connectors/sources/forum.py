"""Forum threads and floors in tables or JSON, as collecting tools of local forums write them."""

from connectors.connector import Reading
from connectors.mention import Channel
from connectors.reading.identity import mention_id
from connectors.reading.records import Draft, Record, uncut
from connectors.reading.tabular import Tabular

_THREAD = ("tid", "thread_id", "帖子id", "主题id", "主题编号")
_TEXT = ("content", "message", "post_content", "帖子内容", "回帖内容", "主楼内容", "内容", "正文")
_TIME = ("post_time", "publish_time", "dateline", "发帖时间", "回帖时间", "发布时间", "时间", "created_at")
ALIASES = {
    "post": ("pid", "post_id", "回帖id", "楼层id"),
    "thread": _THREAD,
    "title": ("title", "subject", "帖子标题", "主题", "标题"),
    "text": _TEXT,
    "time": _TIME,
    "author": ("author_id", "uid", "user_id", "author", "作者", "发帖人", "用户名", "楼主"),
    "comments": ("replies", "reply_num", "回复数", "回帖数"),
    "reads": ("views", "view_num", "查看数", "浏览数", "点击数", "阅读数"),
    "likes": ("likes", "like_num", "点赞数", "支持数"),
    "url": ("url", "link", "帖子链接", "链接", "网址"),
    "forum": ("forum_name", "fname", "版块", "板块", "论坛"),
    "ip": ("ip_location", "ip属地", "ip归属地", "地区"),
}


def build(record: Record, reading: Reading) -> Draft:
    """Return the thread or floor of one record; a floor's parent is its thread."""
    thread, post = record.text("thread"), record.text("post")
    root = mention_id("forum", thread) if thread and post else ""
    text, flags = uncut(record.text("text"))
    return Draft(
        platform="forum",
        native=f"{thread}-{post}" if thread and post else thread or post,
        title=record.text("title"),
        text=text,
        flags=flags,
        url=record.text("url"),
        moment=record.time("time", reading),
        region_text=record.text("ip"),
        author=record.text("author"),
        engagement=record.counts(),
        parent_id=root,
        root_id=root,
    )


CONNECTOR = Tabular(
    name="forum",
    channel=Channel.FORUM,
    title="论坛帖子表（csv、xlsx、JSON）",
    example="帖子id,标题,内容,作者,发帖时间,回复数,查看数,链接\n"
    "88123,柳溪县自来水又停了,已经第三天……,柳溪人,2026-07-01 20:15,36,1.2万,https://bbs.example/t/88123",
    aliases=ALIASES,
    required=("text", "time"),
    marks=(_THREAD, _TEXT, _TIME),
    build=build,
)
