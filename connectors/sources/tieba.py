"""A page of Baidu Tieba: a thread with its floors and their replies, or a list of threads."""

import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final

from selectolax.lexbor import LexborNode

from connectors.connector import RefusalReason
from connectors.mention import Channel, Engagement, MentionState
from connectors.reading.counts import engagement
from connectors.reading.identity import mention_id
from connectors.reading.pages import Page, html_to_text, is_hidden, parse_markup, text_of, text_without
from connectors.reading.records import Broken, PageDraft
from connectors.reading.saved import SavedPage, Source
from connectors.reading.spans import spans
from connectors.reading.times import Moment, read_time

_FLOOR: Final = re.compile(rb"""<div\b[^<>]*class=["'][^"'<>]*\bl_post\b""")
_REPLY: Final = re.compile(rb"""<li\b[^<>]*class=["'][^"'<>]*\blzl_single_post\b""")
_LISTED: Final = re.compile(rb"""<li\b[^<>]*class=["'][^"'<>]*\bj_thread_list\b""")
_TITLE: Final = re.compile(r"【[^】]*吧】_?百度贴吧$|_百度贴吧$|-百度贴吧$")
_DATE: Final = re.compile(
    r"\d{4}-\d{1,2}(?:-\d{1,2}(?: \d{1,2}:\d{2})?)?"
    r"|\d{1,2}:\d{2}|\d{1,2}-\d{1,2}|刚刚|\d+(?:秒|分钟|小时|天)前|[昨前]天.*"
)
_REGION: Final = re.compile(r"IP属地[:：]\s*([\u4e00-\u9fff]{2,6}?)(?=来自|[^\u4e00-\u9fff]|$)")
_REPLY_TO: Final = re.compile(r"^回复\s*\S{1,40}?\s*[:：]\s*")
_SINGLE: Final = re.compile(r"'(\w+)'\s*:\s*'([^']*)'")
_COMMENTED: Final = (re.compile(r"<code[^<>]*>\s*<!--"), re.compile(r"-->\s*</code>"))
_THREAD: Final = re.compile(r"/p/(\d+)")
_GONE: Final = re.compile(r"(?:贴|帖)(?:子)?(?:可能)?(?:已被|被)(?:删除|隐藏)|(?:贴|帖)子不存在|页面不存在")


class Tieba(SavedPage):
    """A page a file; a floor, a reply within a floor and a listed thread are each a mention."""

    name = "tieba"
    channel = Channel.FORUM
    title = "百度贴吧主题页、列表页（保存的网页）"
    known_by = "页面里有贴吧的标记（l_post、j_thread_list、lzl_single_post）或标题“百度贴吧”"
    example = (
        '<div class="l_post" data-field=\'{"author":{"user_id":1},"content":{"post_id":2,"post_no":1}}\'>\n'
        '<div class="d_post_content">白鹭镇路灯坏了没人修</div><span class="tail-info">2025-06-12 08:05</span></div>'
    )

    def recognise(self, path: Path, head: bytes) -> float:
        """Know the page by its classes or its title."""
        if b"l_post" in head or b"j_thread_list" in head or b"lzl_single_post" in head:
            return 0.95
        return 0.8 if "百度贴吧".encode() in head and b"<html" in head.lower() else 0.0

    def count_bytes(self, data: bytes) -> int:
        """Return the number of floors, replies and listed threads by a scan of the bytes; at least one a page."""
        return max(1, sum(len(form.findall(data)) for form in (_FLOOR, _REPLY, _LISTED)))

    def drafts(self, page: Page, source: Source) -> Iterable[PageDraft | Broken]:
        """Return the page's posts in its order; what the count saw and the tree lost was cut off."""
        found = list(self._found(page, source))
        expected = sum(len(form.findall(source.data)) for form in (_FLOOR, _REPLY, _LISTED))
        missing = expected - len(found)
        tail = [Broken(RefusalReason.CUT_OFF, "网页没有保存完，这一楼读不出来。", source.data[-4096:])] * missing
        return [*found, *tail] if found or tail else [self._notice(page, source)]

    def _found(self, page: Page, source: Source) -> Iterator[PageDraft | Broken]:
        title = _TITLE.sub("", self._page_title(page)).strip()
        yield from self._floors(page, source, title)
        yield from self._listed(page, source)
        for hidden in spans(page.markup, *_COMMENTED):  # the server writes the list into a comment
            yield from self._listed(parse_markup(hidden, page.flags), source)

    def _page_title(self, page: Page) -> str:
        heading = page.first(".core_title_txt", "h1.core_title_txt", "h3.core_title_txt", ".thread_title", "title")
        return heading.text(strip=True)[:300] if heading is not None else ""

    def _floors(self, page: Page, source: Source, title: str) -> Iterator[PageDraft | Broken]:
        for node in page.tree.css("div.l_post"):
            field = _json(node.attributes.get("data-field"))
            content, author = _inner(field, "content"), _inner(field, "author")
            pid = str(content.get("post_id") or node.attributes.get("data-pid") or "")
            thread = str(content.get("thread_id") or self._thread(page))
            replies = node.css("li.lzl_single_post")
            reply_fields = [
                (dict(_SINGLE.findall(reply.attributes.get("data-field") or "")), reply) for reply in replies
            ]
            tails = [text_of(tail) for tail in node.css(".post-tail-wrap .tail-info, .tail-info")]
            first = content.get("post_no") == 1 or "1楼" in tails
            identity = thread if first and thread else pid
            tail = text_of(node.css_first(".post-tail-wrap"))
            region = _REGION.search(tail) or _REGION.search(str(content.get("ip_address") or ""))
            root = mention_id("tieba", thread) if thread else ""
            body = node.css_first(".d_post_content")
            hidden = node.css_first(".p_forbidden_tip")
            folded = hidden is not None and not is_hidden(hidden)
            text = text_of(body) if body is not None else html_to_text(str(content.get("content") or ""))
            yield PageDraft(
                platform="tieba",
                native=identity,
                url=f"https://tieba.baidu.com/p/{thread}" if thread else "",
                title=title if first else "",
                text="" if folded and not text else text,
                moment=self._moment([*reversed(tails), str(content.get("date") or "")], source),
                author=str(author.get("user_id") or author.get("user_name") or author.get("portrait") or ""),
                region_text=region[1] if region else "",
                engagement=engagement(comments=content.get("comment_num")),
                parent_id="" if first else root,
                root_id="" if first else root,
                state=MentionState.HIDDEN if folded and not text else MentionState.OK,
                flags=page.flags,
                raw=(node.html or "").encode("utf-8", "replace"),
            )
            for values, reply in reply_fields:
                yield self._reply(reply, values, mention_id("tieba", identity), root, source, page)

    def _reply(
        self, node: LexborNode, values: dict[str, str], parent: str, root: str, source: Source, page: Page
    ) -> PageDraft:
        return PageDraft(
            platform="tieba",
            native=values.get("spid", ""),
            place=parent,
            text=_REPLY_TO.sub("", text_of(node.css_first(".lzl_content_main"))),
            moment=self._moment([text_of(node.css_first(".lzl_time"))], source),
            author=values.get("portrait") or values.get("user_name") or values.get("showname") or "",
            region_text="",
            parent_id=parent,
            root_id=root or parent,
            flags=page.flags,
            raw=(node.html or "").encode("utf-8", "replace"),
        )

    def _listed(self, page: Page, source: Source) -> Iterator[PageDraft | Broken]:
        for node in page.tree.css("li.j_thread_list"):
            field = _json(node.attributes.get("data-field"))
            link = node.css_first("a.j_th_tit")
            match = _THREAD.search((link.attributes.get("href") or "") if link is not None else "")
            thread = str(field.get("id") or field.get("thread_id") or (match[1] if match else ""))
            shown = [text_of(node.css_first(s)) for s in (".is_show_create_time", ".threadlist_reply_date")]
            yield PageDraft(
                platform="tieba",
                native=thread,
                url=f"https://tieba.baidu.com/p/{thread}" if thread else "",
                title=text_of(link) or ((link.attributes.get("title") or "") if link is not None else ""),
                text=text_without(node.css_first(".threadlist_abs"), ".threadlist_media"),
                moment=self._moment(shown, source),
                author=str(field.get("author_name") or field.get("author_portrait") or ""),
                engagement=engagement(comments=field.get("reply_num")) if "reply_num" in field else Engagement(),
                flags=page.flags,
                raw=(node.html or "").encode("utf-8", "replace"),
            )

    def _thread(self, page: Page) -> str:
        match = _THREAD.search(page.url()) or _THREAD.search(page.markup)
        return match[1] if match else ""

    def _moment(self, shown: Iterable[str], source: Source) -> Moment | None:
        for text in shown:
            match = _DATE.fullmatch(text.strip())
            moment = read_time(match[0], source.reading, basis="tail-info") if match else None
            if moment is not None:
                return moment
        return None

    def _notice(self, page: Page, source: Source) -> PageDraft | Broken:
        thread = self._thread(page)
        if thread and _GONE.search(page.text()):
            return PageDraft(platform="tieba", native=thread, state=MentionState.DELETED, raw=source.data)
        return Broken(RefusalReason.NOT_A_RECORD, "网页里没有楼层也没有主题列表。请打开主题后保存。", source.data)


def _json(text: str | None) -> dict[str, Any]:
    try:
        value = json.loads(text or "{}")
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _inner(field: dict[str, Any], name: str) -> dict[str, Any]:
    value = field.get(name)
    return value if isinstance(value, dict) else {}


CONNECTOR = Tieba()
