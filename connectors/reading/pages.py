"""Saved pages: bytes to a tree, a tree to the text a reader sees, and the metas; hostile markup is refused in words."""

import re
from pathlib import Path
from typing import Final

import msgspec
from selectolax.lexbor import LexborHTMLParser, LexborNode

from connectors.connector import ConnectorError
from connectors.mention import Flag
from connectors.reading.encodings import decode

LARGEST_PAGE: Final = 32 * 1024 * 1024  # bytes; whole WeChat pages weigh 2 to 4 MB

_charset = re.compile(rb"""(?:charset|encoding)\s*=\s*["']?\s*([A-Za-z0-9_:-]{2,40})""", re.IGNORECASE)
_data_uri = re.compile(r"data:[\w/+.\-]{0,60};base64,[A-Za-z0-9+/=\s]*")
_nesting = re.compile(
    r"<(/?)(?:div|span|section|table|ul|ol|dl|blockquote|font|center|article|em|strong|a|b|i)\b", re.IGNORECASE
)
_long_tag = re.compile(r"<[A-Za-z][^<>]{20000,}")
_hidden_style = re.compile(r"(?:^|;)\s*display\s*:\s*none", re.IGNORECASE)
_saved_from = re.compile(r"<!--\s*saved from url=\(\d+\)(https?://[^\s<>]+)\s*-->")
_blank = re.compile(r"[ \t\r\n\f]+")
_tight = re.compile(r" ?\n ?")
_DEEPEST: Final = 3000  # the parser's time grows with the square of the depth
_MOST_ATTRIBUTES: Final = 2000  # and with the square of the attributes of one element


def _names(words: str) -> frozenset[str]:
    return frozenset(words.split())


_BLOCKS: Final = _names(
    "address article aside blockquote body center dd details div dl dt fieldset figcaption figure footer form h1 h2 h3 "
    "h4 h5 h6 header hr li main nav ol p pre section summary table tbody tfoot thead tr ul"
)
_UNSEEN: Final = _names("script style noscript template head title iframe object svg rt rp select button textarea")


class Page(msgspec.Struct, frozen=True):
    """A parsed page: its markup as text, its tree, and REPLACED where bytes fitted no encoding."""

    markup: str
    tree: LexborHTMLParser
    flags: tuple[Flag, ...] = ()

    def first(self, *selectors: str) -> LexborNode | None:
        """Return the first node that any selector finds, the selectors in order of preference."""
        return next((node for selector in selectors if (node := self.tree.css_first(selector)) is not None), None)

    def metas(self) -> dict[str, str]:
        """Return meta contents by lower-case name or property, the first that is not empty."""
        found: dict[str, str] = {}
        for node in self.tree.css("meta"):
            name = (node.attributes.get("name") or node.attributes.get("property") or "").strip().lower()
            content = (node.attributes.get("content") or "").strip()
            if name and content and not found.get(name):
                found[name] = content
        return found

    def url(self) -> str:
        """Return the address that the page names as its own, or that the browser noted when it was saved."""
        for selector, attribute in (('link[rel="canonical"]', "href"), ('meta[property="og:url"]', "content")):
            node = self.tree.css_first(selector)
            value = ((node.attributes.get(attribute) if node else "") or "").strip()
            if value.startswith(("http://", "https://")):
                return value
        own = self.metas().get("url", "")
        if own.startswith(("http://", "https://")):
            return own
        saved = _saved_from.search(self.markup[:4096])
        return saved[1] if saved else ""

    def text(self) -> str:
        """Return all that a visitor of the page sees."""
        body = self.tree.body
        return text_of(body) if body is not None else ""


def read_bytes(path: Path, largest: int = LARGEST_PAGE) -> bytes:
    """Return the file's bytes.

    Raises:
        ConnectorError: it cannot be read or is larger than ``largest``.
    """
    try:
        with path.open("rb") as file:
            data = file.read(largest + 1)
    except OSError as error:
        raise ConnectorError(f"无法读取 {path.name}：{error.strerror}。请检查文件是否存在、能否读取。") from error
    if len(data) > largest:
        raise ConnectorError(f"{path.name} 超过 {largest // 1024 // 1024} MiB，不像一个网页。请确认格式。")
    return data


def declared_charset(data: bytes) -> str | None:
    """Return the label that the first 4 KiB declare (meta element or XML declaration)."""
    match = _charset.search(data[:4096])
    return match[1].decode("ascii") if match else None


def parse(data: bytes, charset: str | None = None) -> Page:
    """Return the page in ``data``; ``charset`` is what the server's header said.

    Raises:
        ConnectorError: its nesting or its attributes are an attack on the parser.
    """
    decoded = decode(data, charset or declared_charset(data))
    return parse_markup(decoded.text, decoded.flags)


def parse_markup(markup: str, flags: tuple[Flag, ...] = ()) -> Page:
    """Return the page in ``markup``.

    Raises:
        ConnectorError: its nesting or its attributes are an attack on the parser.
    """
    markup = _data_uri.sub("data:,", markup).encode("utf-8", "replace").decode("utf-8")
    depth = deepest = 0
    for match in _nesting.finditer(markup):
        depth = max(depth - 1, 0) if match[1] else depth + 1
        deepest = max(deepest, depth)
    if deepest > _DEEPEST or any(tag[0].count("=") > _MOST_ATTRIBUTES for tag in _long_tag.finditer(markup)):
        raise ConnectorError("网页的标签嵌套或属性多到不合常理，可能是恶意构造，已拒绝解析。请用浏览器重新保存该页。")
    return Page(markup, LexborHTMLParser(markup), flags)


def text_of(root: LexborNode | None) -> str:
    """Return the text below ``root`` as a reader sees it: a line a block, emoji by their names, nothing hidden.

    What is hidden by ``display:none`` goes; ``visibility:hidden`` stays, for WeChat hides its whole article so until
    its scripts run. Ruby readings go, their characters stay.
    """
    if root is None:
        return ""
    parts: list[str] = []
    stack: list[LexborNode | None] = [root]  # None closes a block
    while stack:
        node = stack.pop()
        if node is None:
            parts.append("\n")
        elif _write(node, parts, is_root=node is root):
            if node.tag in _BLOCKS:
                parts.append("\n")
                stack.append(None)
            stack.extend(reversed(list(node.iter(include_text=True))))
    return _tight.sub("\n", "".join(parts)).strip()


def _write(node: LexborNode, parts: list[str], *, is_root: bool) -> bool:
    """Write what the node itself says; return whether its children are to be read."""
    tag = node.tag
    if tag == "-text":
        parts.append(_blank.sub(" ", node.text_content or ""))
        return False
    if tag is None or tag in _UNSEEN or (not is_root and is_hidden(node)):
        return False
    if tag == "br":
        parts.append("\n")
    elif tag in ("td", "th"):
        parts.append(" ")
    elif tag == "img":
        alt = (node.attributes.get("alt") or "").strip()
        if alt.startswith("[") and alt.endswith("]"):  # an emoji is a word of its writer
            parts.append(alt)
    return True


def is_hidden(node: LexborNode) -> bool:
    """Return whether the element's own attributes keep it from the reader."""
    attributes = node.attributes
    return "hidden" in attributes or bool(_hidden_style.search(attributes.get("style") or ""))


def text_without(root: LexborNode | None, *selectors: str) -> str:
    """Return the text below ``root`` after taking out of the tree what the selectors find in it."""
    if root is None:
        return ""
    for selector in selectors:
        for node in root.css(selector):
            if node.mem_id != root.mem_id:
                node.decompose()
    return text_of(root)


def html_to_text(markup: str) -> str:
    """Return the text of a fragment of markup, as feeds and scripts carry it."""
    if "<" not in markup and "&" not in markup:
        return markup
    page = parse_markup(f"<div>{markup}</div>")
    return page.text()
