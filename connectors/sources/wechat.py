"""A saved article page of mp.weixin.qq.com, in every state that WeChat serves it."""

import base64
import html
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Final
from urllib.parse import parse_qs, urlsplit

from connectors.connector import RefusalReason
from connectors.mention import Channel, MentionState
from connectors.reading.pages import Page, html_to_text, text_of, text_without
from connectors.reading.records import Broken, PageDraft
from connectors.reading.saved import SavedPage, Source, page_native
from connectors.reading.scripts import script_value
from connectors.reading.times import Moment, read_time

_NOTICE: Final = (".weui-msg__title", ".mesg-block", ".global_error_msg", ".icon_msg + .text_area", ".page_msg")
# The order matters: a notice may name both the violation and that nothing can be seen.
_STATES: Final = (
    (re.compile(r"删除|注销|迁移|deleted|removed by", re.IGNORECASE), MentionState.DELETED),
    (re.compile(r"暂时无法|审核中|仅.{0,8}可见|unavailable for now", re.IGNORECASE), MentionState.HIDDEN),
    (
        re.compile(r"违规|违反|投诉|屏蔽|封禁|停止访问|无法查看|violat|blocked|report", re.IGNORECASE),
        MentionState.BLOCKED,
    ),
)
_VERIFY: Final = re.compile(r"环境异常|完成验证|去验证|参数错误|系统出错")
_BODY_IN_SCRIPT: Final = ("8", "10")  # shares of pictures and of text: #js_content holds nothing of the writer's
_TIMES: Final = ("ori_create_time", "ct", "create_timestamp", "createTime", "create_time", "publish_time")


def article_native(biz: str, mid: str, idx: str, link: str) -> str:
    """Return the id of an article: ``3226319644-2247504179_1`` (account, message, place in it), or its short link."""
    if not (biz and mid):
        query = parse_qs(urlsplit(link.replace("&amp;", "&")).query)
        biz, mid, idx = (query.get(key, [""])[0] for key in ("__biz", "mid", "idx"))
    if biz and not biz.isdigit():
        try:
            biz = base64.b64decode(biz, validate=True).decode("ascii")
        except ValueError:
            biz = ""
    if biz.isdigit() and mid.isdigit():
        return f"{biz}-{mid}_{idx if idx.isdigit() else '1'}"
    short = re.search(r"mp\.weixin\.qq\.com/s/([\w-]{8,64})", link)
    return f"s-{short[1]}" if short else ""


class WeChat(SavedPage):
    """One article a file; its true time stands in a script only."""

    name = "wechat"
    channel = Channel.WECHAT
    title = "微信公众号文章（保存的网页）"
    known_by = "页面里有公众号文章的标记（js_content、cgiDataNew、weui-msg__title 等）"
    example = (
        '<html><head><meta property="og:title" content="白鹭镇停水通知">\n'
        '<meta property="og:url" content="https://mp.weixin.qq.com/s/…"></head>\n'
        '<div id="js_content">…</div><script>var ct = "1752900000";</script>'
    )

    def recognise(self, path: Path, head: bytes) -> float:
        """Know the page by the marks of its template."""
        if b"<" not in head[:512] or b"<rss" in head[:4096]:
            return 0.0
        if any(mark in head for mark in (b'id="js_content"', b"wx_wap_page", b"mmbizappmsg", b"cgiDataNew")):
            return 0.95
        if b'class="mesg-block"' in head or b"weui-msg__title" in head:
            return 0.9
        return 0.6 if b"https://mp.weixin.qq.com/s" in head and b"og:url" in head else 0.0

    def drafts(self, page: Page, source: Source) -> Iterable[PageDraft | Broken]:
        """Return the one article, or its state."""
        markup = page.markup
        link = script_value(markup, "msg_link", "link") or page.url()
        link = link.replace("&amp;", "&").strip()
        native = article_native(
            script_value(markup, "bizuin", "biz"), script_value(markup, "mid"), script_value(markup, "idx"), link
        )
        body = self._body(page)
        draft = PageDraft(
            platform="wechat",
            native=native or page_native(link, source.file),
            url=link if link.startswith(("http://", "https://")) else "",
            title=self._title(page),
            text=body,
            moment=self._moment(page, source),
            author=script_value(markup, "user_name") or self._account(page),
            region_text=script_value(markup, "province_name"),
            flags=page.flags,
            raw=source.data,
        )
        if body:
            return [draft]
        notice = next((text for selector in _NOTICE if (text := text_of(page.tree.css_first(selector)))), "")
        if not notice and page.tree.css_first("#js_content") is None:
            notice = page.text()[:200]
        if _VERIFY.search(notice) or _VERIFY.search(page.text()[:200]):
            return [
                Broken(
                    RefusalReason.NOT_A_RECORD, "保存到的是微信的验证页，不是文章；请重新打开文章后保存。", source.data
                )
            ]
        draft.state = next((state for form, state in _STATES if form.search(notice)), MentionState.OK)
        if draft.state is not MentionState.OK and not page.metas().get("og:title"):
            draft.title = ""  # the notice repeated
        return [draft]

    def _body(self, page: Page) -> str:
        kind = script_value(page.markup, "item_show_type")
        content = page.tree.css_first("#js_content")
        if kind not in _BODY_IN_SCRIPT and content is not None:
            text = text_without(
                content, "#js_top_profile", ".share_notice", "mp-common-profile", ".mp_profile_iframe_wrp"
            )
            if text:
                return text
        written = script_value(page.markup, "content_noencode")
        if kind in _BODY_IN_SCRIPT:
            written = written.replace("\n", "<br>")
        return html_to_text(written) or script_value(page.markup, "desc") * (kind in _BODY_IN_SCRIPT)

    def _title(self, page: Page) -> str:
        metas = page.metas()
        title = script_value(page.markup, "msg_title") or metas.get("og:title") or metas.get("twitter:title")
        if not title:
            node = page.first("#activity-name", "#js_text_title", ".rich_media_title", "title")
            title = text_of(node) or (node.text(strip=True) if node is not None else "")
        return html.unescape(title)

    def _account(self, page: Page) -> str:
        return text_of(page.tree.css_first("#js_name"))

    def _moment(self, page: Page, source: Source) -> Moment | None:
        for name in _TIMES:
            moment = read_time(script_value(page.markup, name), source.reading, basis=name)
            if moment is not None:
                return moment
        return read_time(text_of(page.tree.css_first("#publish_time")), source.reading, basis="#publish_time")


CONNECTOR = WeChat()
