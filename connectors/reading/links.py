"""Which links of a list page lead to its articles, and what the list says of their dates."""

import html
import re
from typing import Final, NamedTuple
from urllib.parse import urljoin, urlsplit

from selectolax.lexbor import LexborHTMLParser, LexborNode, SelectolaxError

from connectors.connector import ConnectorError
from connectors.reading.encodings import decode
from connectors.reading.pages import Page, declared_charset, text_of
from connectors.reading.spans import spans

_ARTICLE: Final = re.compile(
    r"t20\d{6}_\d+|/art/20\d{2}/|/20\d{2}[-/]?\d{2}(?:[-/]?\d{2})?/|content[_-]\d|/content/|detail|/\d{4,}(?:\.s?html?)?$|\d{5,}\.s?html?$"
    r"|thread-\d+|[?&](?:id|tid|article_?id|aid|newsid)=\w+|/p/\d+",
    re.IGNORECASE,
)
_NOT_ARTICLE: Final = re.compile(
    r"\.(?:pdf|docx?|xlsx?|zip|rar|jpe?g|png|gif|mp4|css|js)(?:\?|$)|/index\w*\.|#$", re.IGNORECASE
)
_LAYOUT: Final = re.compile(r"(?:^|/)node_\d+\.html?$", re.IGNORECASE)
_DATE: Final = re.compile(r"20\d{2}\s?[-/.年]\s?\d{1,2}\s?[-/.月]\s?\d{1,2}|(?<!\d)\d{1,2}-\d{1,2}(?!\d)")
_REFRESH: Final = re.compile(r"url\s*=\s*[\"']?\s*([^\"'>\s;]+)", re.IGNORECASE)
_LOC: Final = (re.compile(r"<loc>", re.IGNORECASE), re.compile(r"</loc>", re.IGNORECASE))
_LEAST_TITLE: Final = 5


class Link(NamedTuple):
    """A link of a list: address, title, and the date beside it as written."""

    url: str
    title: str
    date: str = ""


def check_selector(select: str) -> None:
    """Refuse what is no CSS selector.

    Raises:
        ConnectorError: it is none.
    """
    try:
        LexborHTMLParser("<html></html>").css(select or "a")
    except SelectolaxError as error:
        raise ConnectorError(f"“{select}”不是合法的 CSS 选择器") from error


def article_links(page: Page, base: str, select: str = "") -> list[Link]:
    """Return the links to articles of the same site, in the page's order; ``select`` names them by CSS instead."""
    found: dict[str, Link] = {}
    for node in page.tree.css(select or "a[href]"):
        url = _absolute(node, base)
        title = (node.attributes.get("title") or text_of(node)).strip()
        if not url or url in found or not _same_site(url, base) or _LAYOUT.search(urlsplit(url).path):
            continue
        if not select and (len(title) < _LEAST_TITLE or not _ARTICLE.search(url) or _NOT_ARTICLE.search(url)):
            continue
        found[url] = Link(url, title, _date(node))
    return list(found.values())


def sitemap_links(data: bytes, base: str) -> tuple[list[str], list[str]] | None:
    """Return the pages and the further sitemaps of the same site that a sitemap names; None where it is no sitemap."""
    text = decode(data, declared_charset(data)).text
    if "<urlset" not in text[:4096] and "<sitemapindex" not in text[:4096]:
        return None
    urls = [html.unescape(found.strip()) for found in spans(text, *_LOC)]
    own = [url for url in urls if url.startswith(("http://", "https://")) and _same_site(url, base)]
    return ([], own) if "<sitemapindex" in text[:4096] else (own, [])


def layout_links(page: Page, base: str) -> list[str]:
    """Return the links of a newspaper's page to its other pages (``node_2.htm``)."""
    urls = (_absolute(node, base) for node in page.tree.css("a[href], area[href]"))
    return list(dict.fromkeys(url for url in urls if _LAYOUT.search(urlsplit(url).path) and _same_site(url, base)))


def refresh_target(page: Page, base: str) -> str:
    """Return where a page that only leads on leads to, empty where it is no such page."""
    node = page.tree.css_first('meta[http-equiv="refresh" i]')
    match = _REFRESH.search(node.attributes.get("content") or "") if node is not None else None
    return urljoin(base, match[1]) if match and len(page.text()) < 200 else ""


def _absolute(node: LexborNode, base: str) -> str:
    href = (node.attributes.get("href") or "").strip()
    if not href or href.startswith(("javascript:", "mailto:", "#", "data:")):
        return ""
    try:
        url = urljoin(base, href).partition("#")[0]
        return url if urlsplit(url).scheme in ("http", "https") else ""
    except ValueError:
        return ""


def _same_site(url: str, base: str) -> bool:
    return (urlsplit(url).hostname or "") == (urlsplit(base).hostname or "")


def _date(node: LexborNode) -> str:
    row = node.parent
    while row is not None and row.tag not in ("li", "tr", "dd", "dl", "div"):
        row = row.parent
    match = _DATE.search(text_of(row)[:300]) if row is not None else None
    return match[0] if match else ""
