"""A page of a government site by the metas of 国办发〔2017〕47号; any other site by its main text."""

import html
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from connectors.connector import RefusalReason
from connectors.mention import Channel, TimePrecision
from connectors.reading.cleaning import cleaned, split_documents
from connectors.reading.main_text import main_text
from connectors.reading.pages import Page, html_to_text, text_of
from connectors.reading.records import Broken, PageDraft
from connectors.reading.saved import SavedPage, Source, page_native
from connectors.reading.times import Moment, read_time

_BODIES: Final = (
    ".TRS_Editor",
    ".TRS_UEDITOR",
    ".trs_editor_view",
    "#UCAP-CONTENT",
    "#zoom",
    "#Zoom",
    "#zoomcon",
    ".pages_content",
    ".article-body",
    ".article-content",
    ".article_content",
    "#article_content",
    ".news_content",
    ".bt-content",
    ".zwxl-content",
    "#js_content",
)
_LEAST: Final = 20  # characters; less is an empty container beside the true one
_TITLES: Final = ("articletitle", "title", "og:title")
_DATES: Final = ("pubdate", "publishdate", "article:published_time", "firstpublishedtime", "createdate", "pubtime")
_PLACEHOLDER: Final = re.compile(
    r"^(?:网站名称|栏目名称|文章标题|标题|网站域名|无|null|undefined|\$.*|\{.*|<%.*)$", re.IGNORECASE
)
_SHOWN_TIME: Final = re.compile(
    r"(?:发布时间|发布日期|发表时间|时间|日期|来源时间)\s*[:：]\s*(\d{4}\s*[-/.年]\s*\d{1,2}\s*[-/.月]\s*\d{1,2}\s*日?(?:\s*\d{1,2}:\d{2}(?::\d{2})?)?)"
)
_SUFFIX: Final = re.compile(r"\s*[-_|–—]+\s*[^-_|–—]{2,30}$")
_MIRROR: Final = re.compile(r"^(https?://)[^/]+/gate/big5/(?:(?:https?/)?)([^/]+/.*)$")
_MARKS: Final = (
    b"SiteIDCode",
    b"SiteDomain",
    b"ArticleTitle",
    b"ColumnName",
    b"ContentSource",
    b"TRS_Editor",
    b"TRS_UEDITOR",
)


def original_address(url: str) -> str:
    """Return the address of the page that a traditional-script mirror (``/gate/big5/``) shows."""
    match = _MIRROR.match(url)
    return match[1] + match[2] if match else url


class GovSite(SavedPage):
    """One article a file; metas first, then what the page shows, then the generic extractor."""

    name = "gov_site"
    channel = Channel.WEBSITE
    title = "政府网站及一般网站文章（保存的网页）"
    known_by = (
        "页面的 meta 有国办发〔2017〕47号规定的名称（SiteName、ColumnName、ArticleTitle、PubDate 等）；"
        "其他网页无人认领时也由它按正文读取"
    )
    example = (
        '<meta name="SiteName" content="云泽市人民政府">\n<meta name="ArticleTitle" content="关于白鹭镇防汛的通告">\n'
        '<meta name="PubDate" content="2025-06-12 09:30">\n<div class="TRS_Editor">…</div>'
    )

    def recognise(self, path: Path, head: bytes) -> float:
        """Know the page by its metas; any other page of markup is taken when no one else wants it."""
        lower = head.lower()
        if b"<html" not in lower and b"<!doctype html" not in lower and b"<meta" not in lower:
            return 0.0
        marks = sum(mark.lower() in lower for mark in _MARKS)
        return 0.9 if marks >= 2 else 0.5 if marks else 0.35

    def drafts(self, page: Page, source: Source) -> Iterable[PageDraft | Broken]:
        """Return the one article; what it forwards is quoted text."""
        metas = {name: value for name, value in page.metas().items() if not _PLACEHOLDER.match(value)}
        seen = page.text()
        text = self._body(page)
        title = self._title(page, metas)
        if not text and not title:
            return [Broken(RefusalReason.EMPTY, "网页里既没有正文也没有标题。", source.data)]
        body = cleaned(text)
        documents = split_documents(body.text)
        own = documents[0].text if documents else ""
        url = original_address(page.url())
        relative = metas.get("url", "").rpartition("/")[2]
        place = url or (f"{metas['sitedomain']}/{relative}" if "sitedomain" in metas and relative else "")
        return [
            PageDraft(
                platform="web",
                native=page_native(place, source.file),
                url=url,
                title=title,
                text=own,
                quoted_text="\n\n".join(document.text for document in documents[1:]),
                moment=self._moment(metas, seen, source),
                author=metas.get("contentsource", "") or metas.get("sitename", ""),
                region_text=metas.get("sitename", ""),
                flags=(*page.flags, *body.flags),
                beside=seen,
                raw=source.data,
            )
        ]

    def _body(self, page: Page) -> str:
        for selector in _BODIES:
            texts = [text for node in page.tree.css(selector) if len(text := text_of(node)) >= _LEAST]
            if texts:
                return max(texts, key=len)
        return main_text(page.markup)

    def _title(self, page: Page, metas: dict[str, str]) -> str:
        for name in _TITLES:
            title = " ".join(html_to_text(html.unescape(metas.get(name, ""))).split())
            if title and (name != "title" or "sitename" not in metas or title != metas["sitename"]):
                return title
        heading = page.first("h1", ".article-title", ".title")
        shown = text_of(heading)
        if shown and "\n" not in shown:
            return shown
        node = page.tree.css_first("title")
        return _SUFFIX.sub("", node.text(strip=True)[:300]) if node is not None else ""

    def _moment(self, metas: dict[str, str], seen: str, source: Source) -> Moment | None:
        """The meta's time; where a system wrote hours by twelve, or none, the time shown of the same day."""
        found = next(
            (m for name in _DATES if (m := read_time(metas.get(name, ""), source.reading, basis=name)) is not None),
            None,
        )
        match = _SHOWN_TIME.search(seen)
        shown = read_time(match[1], source.reading, basis="shown") if match else None
        if found is None or shown is None:
            return found or shown
        if shown.at.date() != found.at.date() or shown.precision is TimePrecision.DAY:
            return found
        twelve = found.at.hour < 12 and shown.at.hour == found.at.hour + 12 and shown.at.minute == found.at.minute
        return shown if twelve or found.precision is TimePrecision.DAY else found


CONNECTOR = GovSite()
