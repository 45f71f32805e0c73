"""What every connector of saved pages shares: one file is one page, of one record or of a thread of them."""

import re
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec

from connectors.connector import Item, Reading, RefusalReason
from connectors.mention import Channel
from connectors.reading.identity import digest
from connectors.reading.items import page_items
from connectors.reading.pages import Page, parse, read_bytes
from connectors.reading.records import Broken, PageDraft


class Source(msgspec.Struct, frozen=True):
    """Where a page came from: its file name (a folder's name for its ``index.html``), its bytes, the reading."""

    file: str
    data: bytes
    reading: Reading


def source_of(path: Path, reading: Reading) -> Source:
    """Return the source of a saved page.

    Raises:
        ConnectorError: the file cannot be read or is no page by its size.
    """
    name = f"{path.parent.name}/{path.name}" if path.stem.lower() == "index" else path.name
    return Source(name, read_bytes(path), reading)


def page_native(url: str, file: str = "") -> str:
    """Return the id of a page: an edited page keeps it, for it hangs on the address, or else on the file's name."""
    address = url.partition("#")[0].strip()
    for scheme in ("https://", "http://"):
        address = address.removeprefix(scheme)
    # In letters only: digits could look like somebody's number.
    return "u-" + _letters(address.rstrip("/")) if address else "f-" + _letters(file)


def _letters(text: str) -> str:
    return digest(text).translate(_LETTERS)


_LETTERS = str.maketrans("0123456789", "ghijklmnop")


_TAG = re.compile(r"<[A-Za-z!?]")


class SavedFile(ABC):
    """A connector of saved markup; a subclass says how it knows its files and what they hold."""

    name = ""
    channel = Channel.WEBSITE
    title = ""
    known_by = ""
    example = ""

    def count(self, path: Path) -> int:
        """Return the number of records by a scan of the bytes."""
        return self.count_bytes(read_bytes(path))

    def count_bytes(self, data: bytes) -> int:
        """Return the number of records in a page: a file is one document unless a subclass says otherwise."""
        return 1

    @abstractmethod
    def recognise(self, path: Path, head: bytes) -> float:
        """Return how surely the page is of this kind."""

    def read(self, path: Path, reading: Reading) -> Iterator[Item]:
        """Yield one item for each record of the page.

        Raises:
            ConnectorError: the file cannot be read, or its markup is an attack.
        """
        source = source_of(path, reading)
        yield from page_items(path, reading, self.read_source(source), source=self.name, channel=self.channel)

    @abstractmethod
    def read_source(self, source: Source) -> Iterable[PageDraft | Broken]:
        """Return the drafts of a file."""


class SavedPage(SavedFile):
    """A connector of saved web pages."""

    def read_source(self, source: Source) -> Iterable[PageDraft | Broken]:
        """Return the drafts of a page; an empty file is one unreadable record."""
        if not source.data.strip():
            return [Broken(RefusalReason.EMPTY, "文件是空的。", source.data)]
        page = parse(source.data)
        if not _TAG.search(page.markup):
            return [Broken(RefusalReason.BAD_SHAPE, "文件里没有任何网页标签，不是网页。", source.data)]
        return self.drafts(page, source)

    @abstractmethod
    def drafts(self, page: Page, source: Source) -> Iterable[PageDraft | Broken]:
        """Return what the page holds."""
