"""A web archive (WARC, gzipped or not): every response in it is read by the connector of its page."""

import gzip
import zlib
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, Final, cast

import msgspec
from fastwarc.warc import ArchiveIterator, WarcRecordType

from connectors.connector import ConnectorError, Item, Reading, RefusalReason
from connectors.mention import Channel
from connectors.reading.items import page_items
from connectors.reading.pages import LARGEST_PAGE
from connectors.reading.records import Broken, PageDraft
from connectors.reading.saved import SavedFile, Source
from connectors.sources import discuz, feed, gov_site, newspaper, tieba, wechat

_READERS: Final[tuple[SavedFile, ...]] = (
    wechat.CONNECTOR,
    discuz.CONNECTOR,
    tieba.CONNECTOR,
    newspaper.CONNECTOR,
    feed.CONNECTOR,
    gov_site.CONNECTOR,
)
_SURE: Final = 0.3
_LARGEST_HEAD: Final = 65_536


class Warc:
    """Each page of a response is read as if it had been saved by itself; what is no page is refused with its status."""

    name = "warc"
    channel = Channel.WEBSITE
    title = "网页存档（WARC）"
    known_by = "文件以 WARC/ 开头（可经 gzip 压缩）"
    example = "WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: http://www.yunze.example/gk/1.html\r\n…"

    def recognise(self, path: Path, head: bytes) -> float:
        """Know the archive by its first line."""
        if head.startswith(b"WARC/"):
            return 1.0
        if not head.startswith(b"\x1f\x8b"):
            return 0.0
        try:
            return 1.0 if zlib.decompressobj(31).decompress(head, 64).startswith(b"WARC/") else 0.0
        except zlib.error:
            return 0.0

    def count(self, path: Path) -> int:
        """Return the number of records of all responses, by reading the archive's lengths ourselves."""
        total = 0
        for block in _responses(path):
            answer = None if block is None else _page_of(block)
            total += 1 if answer is None else _reader_of(answer).count_bytes(answer)
        return max(total, 1)

    def read(self, path: Path, reading: Reading) -> Iterator[Item]:
        """Yield an item for each record of each response.

        Raises:
            ConnectorError: the archive cannot be opened.
        """
        drafts = self._whole(path, self._drafts(path, reading))
        yield from page_items(path, reading, drafts, source=self.name, channel=self.channel)

    def _whole(self, path: Path, drafts: Iterable[PageDraft | Broken]) -> Iterator[PageDraft | Broken]:
        """Yield the drafts, then a broken one for each that the archive's lengths name and damage hid."""
        found = 0
        for found, draft in enumerate(drafts, 1):  # noqa: B007 (counted)
            yield draft
        for _ in range(self.count(path) - found):
            yield Broken(RefusalReason.BAD_SHAPE, "存档在此处损坏，这条响应读不出来；请重新下载。", b"")

    def _drafts(self, path: Path, reading: Reading) -> Iterator[PageDraft | Broken]:
        whole = sum(1 for block in _responses(path) if block is not None)
        cut = sum(1 for block in _responses(path) if block is None)
        found = 0
        try:
            with path.open("rb") as stream:
                for record in ArchiveIterator(stream, record_types=WarcRecordType.response, parse_http=False):
                    if found == whole:
                        break
                    found += 1
                    url = record.headers.get("WARC-Target-URI", "") or ""
                    block = record.reader.read(LARGEST_PAGE + 1)
                    date = cast("datetime | None", record.record_date)  # a record may lack it
                    seen = reading if date is None else msgspec.structs.replace(reading, collected_at=date)
                    yield from self._response(url, block, seen)
        except OSError:
            cut += whole - found
        yield from [Broken(RefusalReason.CUT_OFF, "存档不完整，这条响应读不出来；请重新下载。", b"")] * cut
        if not whole and not cut:
            yield Broken(RefusalReason.BAD_SHAPE, "存档里没有任何网页响应。", b"")

    def _response(self, url: str, block: bytes, reading: Reading) -> Iterable[PageDraft | Broken]:
        page = _page_of(block)
        if page is None:
            return [Broken(RefusalReason.NOT_A_RECORD, f"{url[:200]} 的响应不是网页，或状态不是 200。", block[:4096])]
        reader = _reader_of(page)
        # The address stands where a browser would have noted it; a page's own canonical address goes before it.
        noted = (
            f"<!-- saved from url=({len(url):04d}){url} -->\n".encode("utf-8", "replace") if "-->" not in url else b""
        )
        data = page if isinstance(reader, feed.Feed) else noted + page
        try:
            drafts = list(reader.read_source(Source(url, data, reading)))
        except ConnectorError as error:
            return [Broken(RefusalReason.BAD_SHAPE, str(error), page[:4096])] * reader.count_bytes(page)
        for draft in drafts:
            if isinstance(draft, PageDraft):
                draft.channel = draft.channel or reader.channel
        return drafts


def _reader_of(page: bytes) -> SavedFile:
    scores = [(reader.recognise(Path("page.html"), page[:65_536]), reader) for reader in _READERS]
    best, reader = max(scores, key=lambda score: score[0])
    return reader if best >= _SURE else gov_site.CONNECTOR


def _page_of(block: bytes) -> bytes | None:
    """Return the body of an HTTP answer that is a page, None where it is none."""
    head, _, body = block.partition(b"\r\n\r\n")
    lines = head.split(b"\r\n")
    status = lines[0].split()
    if len(block) > LARGEST_PAGE or len(status) < 2 or status[1] != b"200":
        return None
    headers = {name.strip().lower(): value.strip().lower() for name, _, value in (x.partition(b":") for x in lines[1:])}
    if b"chunked" in headers.get(b"transfer-encoding", b""):
        body = _unchunked(body)
    if b"gzip" in headers.get(b"content-encoding", b""):
        try:
            body = zlib.decompressobj(31).decompress(body, LARGEST_PAGE)
        except zlib.error:
            return None
    kind = headers.get(b"content-type", b"text/html")
    return body if body.strip() and (b"html" in kind or b"xml" in kind) else None


def _unchunked(body: bytes) -> bytes:
    parts: list[bytes] = []
    at = 0
    while (end := body.find(b"\r\n", at)) >= 0:
        size = body[at:end].split(b";")[0].strip()
        try:
            length = int(size, 16)
        except ValueError:
            return body  # some archivers keep the header and store the body whole
        if length <= 0:
            break
        parts.append(body[end + 2 : end + 2 + length])
        at = end + 2 + length + 2
    return b"".join(parts)


def _responses(path: Path) -> Iterator[bytes | None]:
    """Yield the block of each response by the lengths in the archive's own headers; None for one that is cut off."""
    try:
        with path.open("rb") as raw:
            zipped = raw.read(2) == b"\x1f\x8b"
            raw.seek(0)
            yield from _blocks(gzip.GzipFile(fileobj=raw) if zipped else raw)
    except (EOFError, zlib.error, gzip.BadGzipFile):
        return
    except OSError as error:
        raise ConnectorError(f"无法读取 {path.name}：{error.strerror}。请检查文件是否存在、能否读取。") from error


def _blocks(stream: BinaryIO | gzip.GzipFile) -> Iterator[bytes | None]:
    while line := stream.readline(_LARGEST_HEAD):
        if not line.startswith(b"WARC/"):
            continue
        headers: dict[bytes, bytes] = {}
        while (line := stream.readline(_LARGEST_HEAD)).strip():
            name, _, value = line.partition(b":")
            headers[name.strip().lower()] = value.strip()
        length = headers.get(b"content-length", b"")
        is_response = headers.get(b"warc-type") == b"response"
        if not length.isdigit():
            continue
        block, rest = b"", 1
        try:
            block = stream.read(min(int(length), LARGEST_PAGE + 1))
            rest = int(length) - len(block)
            while rest > 0 and (skipped := stream.read(min(rest, 1 << 20))):
                rest -= len(skipped)
        except (EOFError, zlib.error):
            rest = 1
        if is_response:
            yield None if rest > 0 else block


CONNECTOR = Warc()
