"""Articles of public accounts as wechat-article-exporter writes them: xlsx (sheet of articles) and a JSON array.

Without the optional text column the article's own words are missing: the digest is kept and the state says so.
"""

from connectors.connector import Reading
from connectors.mention import Channel, MentionState
from connectors.reading.pages import html_to_text
from connectors.reading.records import Draft, Record
from connectors.reading.tabular import Tabular
from connectors.sources.wechat import article_native

_LINK = ("链接", "link")
_TIME = ("发布时间", "update_time", "创建时间", "create_time")
ALIASES = {
    "account": ("公众号", "_accountName"),
    "biz": ("fakeid",),
    "aid": ("aid", "ID"),
    "title": ("标题", "title"),
    "url": _LINK,
    "digest": ("摘要", "digest"),
    "text": ("文章内容", "content"),
    "time": _TIME,
    "reads": ("阅读", "readNum"),
    "likes": ("点赞", "oldLikeNum"),
    "reposts": ("分享", "shareNum"),
    "comments": ("留言", "commentNum"),
    "deleted": ("is_deleted",),
    "place": ("ip_wording",),
}


def build(record: Record, reading: Reading) -> Draft:
    """Return the article of one row."""
    text = html_to_text(record.text("text"))
    deleted = record.fields.get("deleted") in (True, 1, "1", "true")
    state = MentionState.DELETED if deleted else MentionState.OK if text else MentionState.TEXT_MISSING
    url = record.text("url").replace("&amp;", "&")
    place = record.fields.get("place")
    return Draft(
        platform="wechat",
        native=article_native("", "", "", url) or record.text("aid"),
        title=html_to_text(record.text("title")),
        text=text or html_to_text(record.text("digest")),
        url=url,
        moment=record.time("time", reading),
        region_text=str(place.get("province_name") or "") if isinstance(place, dict) else "",
        author=record.text("biz", "account"),
        engagement=record.counts(),
        state=state,
    )


CONNECTOR = Tabular(
    name="wechat_exporter",
    channel=Channel.WECHAT,
    title="公众号文章表（wechat-article-exporter 的 xlsx、JSON）",
    example="公众号,ID,链接,标题,封面,摘要,创建时间,发布时间,阅读,点赞,分享,喜欢,留言,作者,是否原创,文章类型\n"
    "云泽发布,2247500001_1,https://mp.weixin.qq.com/s/Demo01,停水通知,,石桥镇停水一天,2026-07-01 08:00:00,"
    "2026-07-01 08:05:00,12,3,1,0,2,云泽发布,原创,普通图文",
    aliases=ALIASES,
    required=("title", "url", "time"),
    marks=(("公众号", "fakeid"), _LINK, ("摘要", "digest"), _TIME),
    build=build,
)
