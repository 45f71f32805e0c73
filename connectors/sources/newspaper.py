"""An article of a newspaper's electronic edition as the Founder (方正) system writes it."""

import html
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from connectors.connector import RefusalReason
from connectors.mention import Channel
from connectors.reading.main_text import main_text
from connectors.reading.pages import Page, html_to_text, text_of
from connectors.reading.records import Broken, PageDraft
from connectors.reading.saved import SavedPage, Source, page_native
from connectors.reading.spans import between
from connectors.reading.times import Moment, read_time

_PROPERTY: Final = (re.compile(r"<!--\s*enpproperty", re.IGNORECASE), re.compile(r"enpproperty\s*-->", re.IGNORECASE))
_CONTENT: Final = (
    re.compile(r"<!--\s*enpcontent\s*-->", re.IGNORECASE),
    re.compile(r"<!--\s*/enpcontent\s*-->", re.IGNORECASE),
)
_CDATA: Final = re.compile(r"<!\[CDATA\[(.*?)\]\]>", re.DOTALL)
_FIELDS: Final = ("date", "title", "author", "pagenum", "pagename", "introtitle", "subtitle", "articleid")
_MIDNIGHT: Final = re.compile(r"[ T]00:00(?::00(?:\.0+)?)?$")
_REFRESH: Final = re.compile(r"http-equiv\s*=\s*[\"']?refresh", re.IGNORECASE)


def is_index(page: Page) -> bool:
    """Return whether the page only leads on: a meta-refresh and no article."""
    return (
        bool(_REFRESH.search(page.markup[:4096])) and between(page.markup, *_CONTENT) is None and len(page.text()) < 200
    )


class Newspaper(SavedPage):
    """One article a file; a paper's date is a day."""

    name = "newspaper"
    channel = Channel.NEWSPAPER
    title = "报纸电子版文章（方正系统网页）"
    known_by = "页面里有方正系统的标记（founder-、enpproperty、enpcontent）"
    example = (
        "<founder-date>2025-06-12</founder-date><founder-title>白鹭镇防汛见闻</founder-title>\n"
        "<founder-content><!--enpcontent-->…<!--/enpcontent--></founder-content>"
    )

    def recognise(self, path: Path, head: bytes) -> float:
        """Know the page by the system's own tags."""
        lower = head.lower()
        if b"<founder-" in lower or b"enpproperty" in lower or b"enpcontent" in lower:
            return 0.95
        leads_on = b"refresh" in lower and (b"node_" in lower or b"content_" in lower)
        return 0.4 if leads_on and len(head) < 4096 else 0.0

    def drafts(self, page: Page, source: Source) -> Iterable[PageDraft | Broken]:
        """Return the one article."""
        if is_index(page):
            return [Broken(RefusalReason.NOT_A_RECORD, "这是跳转或版面索引页，不是文章。", source.data)]
        fields = self._fields(page)
        body = between(page.markup, *_CONTENT)
        text = html_to_text(body) if body is not None else text_of(page.tree.css_first("founder-content"))
        headings = [fields.get(name, "") for name in ("introtitle", "title", "subtitle")]
        url = page.url()
        return [
            PageDraft(
                platform="paper",
                native=page_native(url, source.file),
                url=url,
                title=" ".join(part for part in headings if part),
                text=text or main_text(page.markup),
                moment=self._moment(fields.get("date", ""), source),
                author=fields.get("author", ""),
                names=tuple(re.findall(r"[\u4e00-\u9fff·]{2,4}", fields.get("author", ""))),
                flags=page.flags,
                beside=page.text(),
                raw=source.data,
            )
        ]

    def _fields(self, page: Page) -> dict[str, str]:
        hidden = between(page.markup, *_PROPERTY) or ""
        found = {}
        for name in _FIELDS:
            value = _field(page.markup, f"founder-{name}") or _field(hidden, name)
            found[name] = " ".join(html_to_text(html.unescape(_CDATA.sub(r"\1", value))).split())
        return found

    def _moment(self, date: str, source: Source) -> Moment | None:
        return read_time(_MIDNIGHT.sub("", date.strip()), source.reading, basis="founder-date")


def _field(markup: str, name: str) -> str:
    start, end = re.compile(rf"<{name}(?:\s[^<>]*)?>", re.IGNORECASE), re.compile(rf"</{name}>", re.IGNORECASE)
    return (between(markup, start, end) or "").strip()


CONNECTOR = Newspaper()
