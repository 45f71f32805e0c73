"""A thread of a Discuz! forum: the full page, the mobile page, or the plain archiver; every floor is a mention."""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final, NamedTuple
from urllib.parse import urlsplit

from selectolax.lexbor import LexborNode

from connectors.connector import RefusalReason
from connectors.mention import Channel, Engagement, MentionState
from connectors.reading.counts import engagement
from connectors.reading.identity import mention_id
from connectors.reading.pages import Page, is_hidden, text_of, text_without
from connectors.reading.records import Broken, PageDraft
from connectors.reading.saved import SavedPage, Source, page_native
from connectors.reading.times import Moment, read_time

_FLOOR: Final = re.compile(rb"""id=["'](?:post_|pid)(\d+)["']""")
_AUTHOR: Final = re.compile(rb"""<p\b[^<>]*class=["']author["']""", re.IGNORECASE)
_NOISE: Final = (
    "font.jammer",
    "i.pstatus",
    ".pstatus",
    ".quote",
    ".locked",
    ".aimg_tip",
    ".tip",
    ".attach_nopermission",
    "ignore_js_op",
)
_TID: Final = re.compile(r"(?:thread-|[?&]tid=|tid-)(\d+)(?:-(\d+))?")
_PAGE: Final = re.compile(r"[?&]page=(\d+)")
_UID: Final = re.compile(r"(?:space-uid-|[?&]uid=)(\d+)")
_QUOTED_PID: Final = re.compile(r"[?&]pid=(\d+)")
_QUOTE_HEAD: Final = re.compile(r"^[^\n]{0,40}发表于[^\n]*\n?")
_POSTED: Final = re.compile(r"发表于\s*(.+)", re.DOTALL)
_HIDDEN_MESSAGE: Final = re.compile(r"\*{2,}\s*Hidden Message\s*\*{2,}")
_GONE: Final = re.compile(r"不存在|已被删除|已删除")
_BANNED: Final = re.compile(r"作者被禁止|内容自动屏蔽|该帖被管理员|被屏蔽")
_WAIT: Final = re.compile(r"正在被审核|权限|登录后|需要登录|回复可见|隐藏")


class Thread(NamedTuple):
    """Which thread a page shows: the forum's host, the thread's number, the page of it from 1."""

    host: str
    tid: str
    page: int
    url: str

    def floor(self, pid: str, *, first: bool) -> str:
        """Return a floor's native id; the first floor is the thread, for feeds and lists know no other number."""
        prefix = f"{self.host}-" if self.host else ""
        return f"{prefix}t{self.tid}" if first and self.tid else f"{prefix}{pid}"

    @property
    def root(self) -> str:
        """The id of the first floor."""
        return mention_id("discuz", self.floor("", first=True)) if self.tid else ""


def thread_of(url: str) -> Thread:
    """Return the thread that an address names; empty fields where it names none."""
    match = _TID.search(url)
    page = _PAGE.search(url)
    number = page[1] if page else (match[2] if match and match[2] and "thread-" in url else "1")
    return Thread(urlsplit(url).hostname or "", match[1] if match else "", int(number), url)


class Discuz(SavedPage):
    """A page of a thread a file."""

    name = "discuz"
    channel = Channel.FORUM
    title = "Discuz! 论坛主题页（保存的网页、手机页、archiver）"
    known_by = "页面里有 Discuz! 模板的标记（thread_subject、postmessage_、authorposton），或归档页的“发表于”行"
    example = (
        '<meta name="generator" content="Discuz! X3.4" />\n<span id="thread_subject">白鹭镇路灯坏了没人修</span>\n'
        '<div id="post_4101"><em id="authorposton4101">发表于 <span title="2025-6-12 08:05">1&nbsp;小时前</span></em>'
        '<td class="t_f" id="postmessage_4101">…</td></div>'
    )

    def recognise(self, path: Path, head: bytes) -> float:
        """Know the page by the template's ids."""
        lower = head.lower()
        if lower.lstrip().startswith(b"<?xml"):
            return 0.0
        if b"thread_subject" in head or b"postmessage_" in head or b"authorposton" in head:
            return 0.95
        if b"discuz!" in lower and b"<html" in lower:
            return 0.85
        return (
            0.8
            if _AUTHOR.search(head) and "发表于".encode() in head + head.decode("gb18030", "ignore").encode()
            else 0.0
        )

    def count_bytes(self, data: bytes) -> int:
        """Return the number of floors by a scan of the bytes; a page without any is one record."""
        floors = len(set(_FLOOR.findall(data)))
        return max(1, floors or len(_AUTHOR.findall(data)))

    def drafts(self, page: Page, source: Source) -> Iterable[PageDraft | Broken]:
        """Return a draft for each floor, in the page's order."""
        thread = thread_of(self._address(page))
        floors = {match.decode(): None for match in _FLOOR.findall(source.data)}
        if floors:
            return self._floors(page, source, thread, list(floors))
        lines = len(_AUTHOR.findall(source.data))
        if lines:
            found = list(self._archive(page, source, thread))
            cut = Broken(RefusalReason.CUT_OFF, "网页没有保存完，这一楼读不出来。", source.data[-4096:])
            return [*found, *[cut] * (lines - len(found))]
        return [self._notice(page, source, thread)]

    def _address(self, page: Page) -> str:
        url = page.url()
        if _TID.search(url):
            return url
        for node in page.tree.css('a[href*="tid="], a[href*="thread-"]'):
            href = node.attributes.get("href") or ""
            if _TID.search(href):
                return href if href.startswith("http") else f"{url.rstrip('/')}/{href}" if url else href
        return url

    def _floors(self, page: Page, source: Source, thread: Thread, pids: list[str]) -> Iterator[PageDraft | Broken]:
        subject = text_of(page.first("#thread_subject", ".postlist h2", "h1"))
        for number, pid in enumerate(pids):
            node = page.first(f"#post_{pid}", f"#pid{pid}")
            if node is None:
                yield Broken(
                    RefusalReason.CUT_OFF, f"第 {number + 1} 个楼层不完整，网页可能没有保存完。", source.data[-4096:]
                )
                continue
            first = number == 0 and thread.page == 1
            yield self._floor(page, source, thread, node, pid, subject if first else "", first=first)

    def _floor(
        self, page: Page, source: Source, thread: Thread, node: LexborNode, pid: str, subject: str, *, first: bool
    ) -> PageDraft:
        message = next(
            (n for s in (f"#postmessage_{pid}", ".t_f", ".message", ".pcb") if (n := node.css_first(s)) is not None),
            None,
        )
        author = node.css_first('a[href*="uid"]')
        uid = _UID.search(author.attributes.get("href") or "") if author is not None else None
        raw = (node.html or "").encode("utf-8", "replace")
        moment = self._moment(node, pid, source)
        quote = message.css_first(".quote") if message is not None else None
        parent = "" if first else self._parent(page, thread, quote)
        locked = text_of(node.css_first(".locked"))
        quoted = _QUOTE_HEAD.sub("", text_of(quote))
        text = self._words(message)
        own = self.native_of(thread, pid, source, first=first)
        return PageDraft(
            platform="discuz",
            native=own,
            url=thread.url if thread.url.startswith("http") else "",
            title=subject,
            text=text,
            quoted_text=quoted,
            moment=moment,
            author=(uid[1] if uid else "") or text_of(author),
            engagement=self._counts(page) if first else Engagement(),
            parent_id=parent,
            root_id="" if first else thread.root,
            state=_state(locked) if locked and not text else MentionState.OK,
            flags=page.flags,
            raw=raw,
        )

    def native_of(self, thread: Thread, pid: str, source: Source, *, first: bool) -> str:
        """Return the floor's id; a page that names no forum has only its own name to tell its numbers from others'."""
        return thread.floor(pid, first=first) if thread.host else f"{page_native('', source.file)}-{pid}"

    def _words(self, message: LexborNode | None) -> str:
        if message is None:
            return ""
        for span in message.css("span, font, div"):
            if is_hidden(span):
                span.decompose()
        return text_without(message, *_NOISE)

    def _parent(self, page: Page, thread: Thread, quote: LexborNode | None) -> str:
        """The floor that is quoted, or else the first."""
        for link in quote.css("a") if quote is not None else ():
            match = _QUOTED_PID.search(link.attributes.get("href") or "")
            opening = _FLOOR.search(page.markup.encode("ascii", "ignore"))
            if match and thread.host:
                first = thread.page == 1 and opening is not None and opening[1].decode() == match[1]
                return mention_id("discuz", thread.floor(match[1], first=first))
        return thread.root

    def _moment(self, node: LexborNode, pid: str, source: Source) -> Moment | None:
        shown = next(
            (n for s in (f"#authorposton{pid}", ".mtime", ".authi em", "em") if (n := node.css_first(s)) is not None),
            None,
        )
        if shown is None:
            return None
        span = shown.css_first("span[title]")
        exact = read_time((span.attributes.get("title") or "") if span else "", source.reading, basis="span[title]")
        text = text_of(shown)
        posted = _POSTED.search(text)
        return exact or read_time(posted[1] if posted else text, source.reading, basis="发表于")

    def _counts(self, page: Page) -> Engagement:
        numbers = [text_of(node) for node in page.tree.css(".hm.ptn .xi1")][:2]
        return engagement(reads=numbers[0], comments=numbers[1]) if len(numbers) == 2 else Engagement()

    def _archive(self, page: Page, source: Source, thread: Thread) -> Iterator[PageDraft | Broken]:
        """The archiver is flat: an author's line, then words until the next author's line."""
        content = page.first("#content", "body") or page.tree.root
        if content is None:
            return
        heads: list[LexborNode] = []
        bodies: list[list[str]] = []
        subject = text_of(content.css_first("h3")) or text_of(page.tree.css_first("h1"))
        opening = content.css_first("p.author")
        for node in opening.parent.iter(include_text=True) if opening is not None and opening.parent else ():
            if node.tag == "p" and "author" in (node.attributes.get("class") or "").split():
                heads.append(node)
                bodies.append([])
            elif bodies and node.tag not in ("h3", "-comment"):
                bodies[-1].append("\n" if node.tag == "br" else _words_of(node))
        for number, (head, parts) in enumerate(zip(heads, bodies, strict=True)):
            first = number == 0 and thread.page == 1
            line = text_of(head)
            posted = _POSTED.search(line)
            text = "".join(parts).strip()
            hidden = _HIDDEN_MESSAGE.search(text)
            text = _HIDDEN_MESSAGE.sub("", text).strip()
            author = text_of(head.css_first("strong"))
            yield PageDraft(
                platform="discuz",
                native=thread.floor("", first=True) if first and thread.tid and thread.host else "",
                place=f"{thread.root or page_native('', source.file)}-{number}",
                url=thread.url if thread.url.startswith("http") else "",
                title=subject if first else "",
                text=text,
                moment=read_time(posted[1] if posted else "", source.reading, basis="发表于"),
                author="" if author in ("Anonymous", "匿名") else author,
                parent_id="" if first else thread.root,
                root_id="" if first else thread.root,
                state=MentionState.HIDDEN if hidden and not text else MentionState.OK,
                flags=page.flags,
                raw=f"{line}\n{text}".encode("utf-8", "replace"),
            )

    def _notice(self, page: Page, source: Source, thread: Thread) -> PageDraft | Broken:
        notice = text_of(page.first("#messagetext", ".alert_error", ".jump_c")) or page.text()[:200]
        if not thread.tid or not (_GONE.search(notice) or _WAIT.search(notice) or _BANNED.search(notice)):
            return Broken(RefusalReason.NOT_A_RECORD, "网页里没有楼层，不是主题页。请打开主题后保存。", source.data)
        return PageDraft(
            platform="discuz",
            native=thread.floor("", first=True),
            url=thread.url if thread.url.startswith("http") else "",
            state=_state(notice),
            raw=source.data,
        )


def _words_of(node: LexborNode) -> str:
    return text_of(node) if node.tag != "-text" else " ".join((node.text_content or "").split())


def _state(notice: str) -> MentionState:
    if _BANNED.search(notice):
        return MentionState.BLOCKED
    return MentionState.DELETED if _GONE.search(notice) else MentionState.HIDDEN


CONNECTOR = Discuz()
