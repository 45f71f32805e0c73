"""A question to the corpus and its answer, as values: the same for every store."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Protocol

import msgspec
from msgspec.structs import replace

from classifiers.assessment import Category, Severity
from connectors.mention import Channel, Flag
from pipeline.corpus import cutting
from pipeline.errors import QueryError
from pipeline.records import Assessed

PAGE = 20
LONGEST = 1000  # characters of words that every store can seek at once


class Query(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is sought. Every blank-separated part of ``words`` must occur; the values of one filter are alternatives.

    ``since`` is included, ``until`` is not; ``place`` must occur in the mention's region or in its text. Hits come
    newest first; ``cursor`` is what the page before gave. Without words everything that passes the filters is found.
    """

    words: str = ""
    categories: tuple[Category, ...] = ()
    severities: tuple[Severity, ...] = ()
    channels: tuple[Channel, ...] = ()
    since: datetime | None = None
    until: datetime | None = None
    place: str = ""
    limit: int = PAGE
    cursor: str = ""

    def __post_init__(self) -> None:
        """Refuse what no store could seek.

        Raises:
            QueryError: the words or the place are longer than ``LONGEST``.
        """
        if max(len(self.words), len(self.place)) > LONGEST:
            raise QueryError(f"检索词过长：至多 {LONGEST} 个字，请取其中最有特征的一句")

    @property
    def unanswerable(self) -> bool:
        """True where words are given but none holds a letter, digit or character: then there are no hits."""
        return any(text.strip() and not cutting.terms(text) for text in (self.words, self.place))


class Highlight(msgspec.Struct, frozen=True):
    """A place where the words occur: the mention's field, and its characters from ``start`` to before ``end``."""

    field: str
    start: int
    end: int


class Hit(msgspec.Struct, frozen=True):
    """One mention found, with the places of the words in it."""

    assessed: Assessed
    highlights: tuple[Highlight, ...]


class Page(msgspec.Struct, frozen=True):
    """Some hits, newest first; ``cursor`` leads to the next page and is empty after the last."""

    hits: tuple[Hit, ...]
    cursor: str


class Facets(msgspec.Struct, frozen=True):
    """How many mentions a query finds, and how they divide; a mention may have several categories or none."""

    total: int
    channels: dict[str, int]
    categories: dict[str, int]
    severities: dict[str, int]
    days: dict[str, int]


class Stored(msgspec.Struct, frozen=True):
    """What became of a batch: new mentions, newer versions of known ones, and what the store had already."""

    indexed: int
    updated: int
    duplicate: int


def searchable(batch: Iterable[Assessed]) -> list[Assessed]:
    """Return what may be found: everything but the synthetic mentions of the canary."""
    return [assessed for assessed in batch if Flag.CANARY not in assessed.mention.flags]


class Corpus(Protocol):
    """A store of judged mentions that can be searched.

    Of two versions of a mention the higher stands, and storing one twice changes nothing; how a store is filled is its
    own affair.
    """

    def get(self, mention_id: str) -> Assessed | None:
        """Return the mention with its standing judgement, or None."""

    def search(self, query: Query) -> Page:
        """Return one page of hits.

        Raises:
            QueryError: the cursor is not one of this store's.
            TransientError: the store does not answer now.
        """

    def facets(self, query: Query) -> Facets:
        """Return how many mentions the query finds and how they divide; limit and cursor do not matter."""

    def versions(self) -> dict[str, int]:
        """Return the version of every mention by its id, for the audit."""

    def close(self) -> None:
        """Let go of files and connections."""


def every_hit(corpus: Corpus, query: Query) -> Iterator[Hit]:
    """Yield all hits page by page, newest first."""
    while True:
        page = corpus.search(query)
        yield from page.hits
        if not page.cursor:
            return
        query = replace(query, cursor=page.cursor)


def searched_text(assessed: Assessed) -> tuple[str, str, str]:
    """Return the fields of a mention that words are sought in."""
    mention = assessed.mention
    return mention.title, mention.text, mention.quoted_text


def highlights(assessed: Assessed, query: Query) -> tuple[Highlight, ...]:
    """Return where the words and the place of the query occur in the mention."""
    sought = cutting.terms(query.words) + cutting.terms(query.place)
    if not sought:
        return ()
    return tuple(
        Highlight(field, start, end)
        for field, text in zip(("title", "text", "quoted_text"), searched_text(assessed), strict=True)
        for start, end in cutting.marks(text, sought)
    )
