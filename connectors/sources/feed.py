"""A feed, RSS or Atom, however broken: each item is read by itself, so that one bad line costs one item."""

import html
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from connectors.connector import RefusalReason
from connectors.mention import Channel, Flag
from connectors.reading.counts import engagement
from connectors.reading.encodings import decode
from connectors.reading.pages import declared_charset, html_to_text
from connectors.reading.records import Broken, PageDraft
from connectors.reading.saved import SavedFile, Source, page_native
from connectors.reading.spans import between, masked
from connectors.reading.times import Moment, read_time
from connectors.sources.discuz import thread_of
from connectors.sources.wechat import article_native

_START: Final = re.compile(r"<(?:\w+:)?(item|entry)(?=[\s>])[^>]*>", re.IGNORECASE)
_END: Final = re.compile(r"</(?:\w+:)?(?:item|entry)\s*>\s*$", re.IGNORECASE)
_COUNTED: Final = re.compile(rb"<(?:\w+:)?(?:item|entry)[\s>]", re.IGNORECASE)
_CDATA: Final = re.compile(r"<!\[CDATA\[(.*?)(?:\]\]>|$)", re.DOTALL)
_OPEN: Final = re.compile(
    r"<(?:\w+:)?(title|link|guid|id|description|summary|content|encoded|pubdate|published|date|issued|created|updated"
    r"|modified|author|creator|comments)(?=[\s/>])([^<>]*)>",
    re.IGNORECASE,
)
_HREF: Final = re.compile(r"""\bhref\s*=\s*["']([^"']+)""", re.IGNORECASE)
_REL: Final = re.compile(r"""\brel\s*=\s*["']([^"']+)""", re.IGNORECASE)
_NAME: Final = (re.compile(r"<name[^<>]*>", re.IGNORECASE), re.compile(r"</name>", re.IGNORECASE))
_BAD: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_ZONE: Final = re.compile(r"(?<=\d)([+-]\d{4}|GMT|UTC)\s*$")
_BODIES: Final = ("encoded", "content", "description", "summary")
_TIMES: Final = ("pubdate", "published", "date", "issued", "created", "updated", "modified")
_LARGEST_ITEM: Final = 4 * 1024 * 1024


class Feed(SavedFile):
    """One item or entry a record."""

    name = "feed"
    channel = Channel.WEBSITE
    title = "RSS / Atom 订阅源（含 we-mp-rss、Discuz）"
    known_by = "根元素是 rss、rdf:RDF 或 feed"
    example = (
        '<?xml version="1.0" encoding="utf-8"?>\n<rss version="2.0"><channel><title>云泽发布</title>\n'
        "<item><title>白鹭镇停水通知</title><link>…</link><pubDate>Thu, 12 Jun 2025 10:30:00 +0800</pubDate></item>"
    )

    def recognise(self, path: Path, head: bytes) -> float:
        """Know the feed by its root element."""
        lower = head[:4096].lower()
        if b"<rss" in lower or b"<rdf:rdf" in lower or (b"<feed" in lower and b"atom" in lower):
            return 0.95
        return 0.6 if b"<feed" in lower or (lower.lstrip().startswith(b"<?xml") and b"<item" in head) else 0.0

    def count_bytes(self, data: bytes) -> int:
        """Return the number of item and entry tags in the bytes."""
        if data.startswith((b"\xff\xfe", b"\xfe\xff")):
            data = data.decode("utf-16", "replace").encode("utf-8", "replace")
        return len(_COUNTED.findall(masked(data.decode("latin-1")).encode("latin-1"))) or 1

    def read_source(self, source: Source) -> Iterable[PageDraft | Broken]:
        """Return a draft for each item of the feed."""
        decoded = decode(source.data, declared_charset(source.data))
        head, chunks = _split(_BAD.sub("", decoded.text))
        if not chunks:
            reason = RefusalReason.EMPTY if "<channel" in head or "<feed" in head else RefusalReason.BAD_SHAPE
            return [Broken(reason, "订阅源里没有任何条目；请确认下载完整。", source.data)]
        generator = _heading(head, "generator").lower()
        channel = {"mp-we-rss": Channel.WECHAT}.get(generator, Channel.FORUM if "discuz" in generator else self.channel)
        return self._items(chunks, channel, html.unescape(_heading(head, "title")), source, decoded.flags)

    def _items(
        self, chunks: list[str], channel: Channel, name: str, source: Source, flags: tuple[Flag, ...]
    ) -> Iterator[PageDraft | Broken]:
        for chunk in chunks:
            raw = chunk.encode("utf-8", "replace")
            if len(raw) > _LARGEST_ITEM:
                yield Broken(RefusalReason.TOO_LARGE, "这一条超过 4 MiB，不像一篇文章。", raw[:65536])
                continue
            fields = _fields(chunk)
            cut = chunk is chunks[-1] and not _END.search(chunk)
            if not fields or (cut and not (fields.keys() & {"link", "guid", "id"})):
                yield Broken(RefusalReason.CUT_OFF, "这一条的标签残缺，读不出内容；请重新下载订阅源。", raw)
                continue
            draft = self._draft(fields, channel, name, source, raw)
            draft.flags = (*flags, Flag.TRUNCATED) if cut else flags
            yield draft

    def _draft(self, fields: dict[str, str], channel: Channel, name: str, source: Source, raw: bytes) -> PageDraft:
        link = fields.get("link", "").strip()
        if not link.startswith(("http://", "https://")):
            link = next((v for v in (fields.get("guid", ""), fields.get("id", "")) if v.startswith("http")), "")
        guid = fields.get("guid") or fields.get("id") or ""
        bodies = [html_to_text(fields[key]) for key in _BODIES if fields.get(key)]
        platform, native = _identity(link, guid, fields.get("id", ""), channel)
        return PageDraft(
            platform=platform,
            channel=channel,
            native=native,
            url=link,
            title=" ".join(html_to_text(fields.get("title", "")).split()),
            text=next((body for body in bodies if body.strip()), ""),
            moment=_moment(fields, source),
            author=html_to_text(fields.get("author") or fields.get("creator") or "")
            or (name if channel is Channel.WECHAT else ""),
            engagement=engagement(comments=fields.get("comments")),
            raw=raw,
        )


def entries(data: bytes, charset: str = "") -> list[str]:
    """Return the markup of each entry of a feed, for those who must know whether one is new."""
    return _split(_BAD.sub("", decode(data, charset or declared_charset(data)).text))[1]


def _identity(link: str, guid: str, number: str, channel: Channel) -> tuple[str, str]:
    """Return platform and native id, the same as the page itself would get from its own connector."""
    if channel is Channel.WECHAT or "mp.weixin.qq.com" in link:
        numbers = re.fullmatch(r"(\d+)-(\d+)_(\d+)", number or guid)
        native = (
            article_native(numbers[1], numbers[2], numbers[3], link) if numbers else article_native("", "", "", link)
        )
        if native:
            return "wechat", native
    if channel is Channel.FORUM:
        thread = thread_of(link)
        if thread.tid and thread.host:
            return "discuz", thread.floor("", first=True)
    if link or guid:
        return "web", page_native(link or guid)
    return "web", ""


def _split(text: str) -> tuple[str, list[str]]:
    """Return the text before the first item, and each item's own text, to its end tag or to the next item's start."""
    visible = masked(text)
    starts = list(_START.finditer(visible))
    if not starts:
        return text, []
    chunks = []
    for at, start in enumerate(starts):
        limit = starts[at + 1].start() if at + 1 < len(starts) else len(text)
        end = re.compile(rf"</(?:\w+:)?{start[1]}\s*>", re.IGNORECASE).search(visible, start.end(), limit)
        chunks.append(text[start.start() : end.end() if end else limit])
    return text[: starts[0].start()], chunks


def _heading(text: str, name: str) -> str:
    found = between(
        text, re.compile(rf"<{name}(?:\s[^<>]*)?>", re.IGNORECASE), re.compile(rf"</{name}>", re.IGNORECASE)
    )
    return _CDATA.sub(r"\1", found or "").strip()


def _fields(chunk: str) -> dict[str, str]:
    """Return the fields by local name in lower case, as markup; the first that is not empty counts.

    Each field runs to its own end tag, so an unclosed tag inside one swallows no other. Nothing is looked up: an entity
    that HTML does not know stays text.
    """
    found: dict[str, str] = {}
    visible = masked(chunk)
    at, endless = 0, set()
    while (match := _OPEN.search(visible, at)) is not None:
        name, attributes, at = match[1].lower(), match[2], match.end()
        inner = ""
        if not attributes.endswith("/") and name not in endless:
            end = re.compile(rf"</(?:\w+:)?{name}\s*>", re.IGNORECASE).search(visible, at)
            if end is None:
                endless.add(name)
            else:
                inner, at = chunk[at : end.start()], end.end()
        value = _value(name, attributes, inner).strip()
        if value and not found.get(name):
            found[name] = value
    return found


def _value(name: str, attributes: str, inner: str) -> str:
    if name == "link" and not inner.strip():
        href, rel = _HREF.search(attributes), _REL.search(attributes)
        inner = href[1] if href and (rel is None or rel[1] == "alternate") else ""
    if name in ("link", "guid", "id"):  # an address: a bare & in it begins no entity
        return _CDATA.sub(r"\1", inner).replace("&amp;", "&")
    if name == "author":
        inner = between(inner, *_NAME) or inner
    return _markup(inner)


def _markup(inner: str) -> str:
    """Return a field's content as HTML: a CDATA section and bare tags are HTML already, all else is escaped once."""
    if "<" in inner:
        return _CDATA.sub(r"\1", inner)
    return _CDATA.sub(r"\1", html.unescape(inner))  # some tools escape even the marks of the section


def _moment(fields: dict[str, str], source: Source) -> Moment | None:
    for name in _TIMES:
        value = fields.get(name, "")
        if value:
            moment = read_time(value, source.reading, basis=name) or read_time(
                _ZONE.sub(r" \1", value), source.reading, basis=name
            )
            if moment is not None:
                return moment
    return None


CONNECTOR = Feed()
