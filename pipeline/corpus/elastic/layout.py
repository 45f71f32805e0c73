"""What the index looks like: names, settings, strict mapping, and a mention as a document of it.

One index a month by the mention's own time of publication, never by the time of indexing, behind one alias. The text
is indexed as ``cutting`` cuts it, so that both stores find the same; the record itself travels along unparsed.
"""

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cache
from typing import Any, NamedTuple

import msgspec

from classifiers.assessment import Category, Severity
from connectors.mention import Channel
from pipeline import wire
from pipeline.corpus import cutting
from pipeline.corpus.query import searched_text
from pipeline.records import Assessed

ALIAS = "opinion-mentions"
PATTERN = f"{ALIAS}-*"
EARLIER = f"{ALIAS}-earlier"
_FIRST_YEAR = 2000  # what is older, or says so, shares one index: a wrong date must not make one of its own

LAYOUT_VERSION = 1

# Cut by us and parted at blanks; the prefix index makes a query of one character fast.
_WORDS = {"type": "text", "analyzer": "whitespace", "norms": False, "index_prefixes": {"min_chars": 1, "max_chars": 1}}
MAPPING: dict[str, Any] = {
    "dynamic": "strict",
    "_source": {"excludes": ["text", "place"]},
    "_meta": {"layout": LAYOUT_VERSION},
    "properties": {
        "id": {"type": "keyword"},
        "at": {"type": "date", "format": "epoch_second"},
        "text": _WORDS,
        "place": _WORDS,
        "channel": {"type": "keyword"},
        "source": {"type": "keyword"},
        "severity": {"type": "keyword"},
        "categories": {"type": "keyword"},
        "digest": {"type": "long", "index": False},
        "moved": {"type": "boolean"},
        "record": {"type": "object", "enabled": False},
    },
}
SETTINGS: dict[str, Any] = {"index": {"number_of_shards": 1, "refresh_interval": "1s"}}
# Strictness does not hang on the template. The rest does: the alias, which an indexer has no right to give, and what an
# operator may choose, the number of shards and of copies.
INDEX: dict[str, Any] = {"mappings": MAPPING}
TEMPLATE: dict[str, Any] = {
    "index_patterns": [PATTERN],
    "priority": 500,
    "template": {"settings": SETTINGS, "mappings": MAPPING, "aliases": {ALIAS: {}}},
    "_meta": {"layout": LAYOUT_VERSION},
}


class Document(NamedTuple):
    """One mention as the index takes it; ``digest`` tells equal records apart from changed ones."""

    id: str
    home: str  # the index it belongs to
    version: int
    digest: int
    source: bytes


class _Fields(msgspec.Struct, omit_defaults=True):
    """A document's fields, as ``MAPPING`` has them."""

    id: str
    at: int
    text: str
    channel: Channel
    source: str
    digest: int
    record: msgspec.Raw
    place: str = ""
    severity: Severity | None = None
    categories: tuple[Category, ...] = ()


def index_of(published_at: datetime) -> str:
    """Return the index that a mention of this time belongs to."""
    at = published_at.astimezone(UTC)
    return _index_of_month(at.year, at.month)


@cache
def _index_of_month(year: int, month: int) -> str:
    return EARLIER if year < _FIRST_YEAR else f"{ALIAS}-{year:04}.{month:02}"


def moved(mention_id: str) -> bytes:
    """Return the mark that stays where a mention was before its time of publication changed."""
    return _encoder.encode({"id": mention_id, "moved": True})


def documents(batch: Sequence[Assessed]) -> list[Document]:
    """Return the batch as documents, in order."""
    texts = cutting.cut([searched_text(assessed) for assessed in batch])
    regions = {assessed.mention.region_text for assessed in batch}
    places = dict(zip(regions, cutting.cut([(region,) for region in regions]), strict=True))
    return [_document(a, text, places[a.mention.region_text]) for a, text in zip(batch, texts, strict=True)]


def _document(assessed: Assessed, text: str, place: str) -> Document:
    mention, assessment = assessed.mention, assessed.assessment
    record = wire.encode(assessed)
    digest = int.from_bytes(hashlib.blake2b(record, digest_size=8).digest(), "big", signed=True)
    fields = _Fields(
        mention.id,
        int(mention.published_at.timestamp() // 1),
        text,
        mention.channel,
        mention.source,
        digest,
        msgspec.Raw(record),
        place,
        assessment.severity,
        assessment.flagged,
    )
    return Document(mention.id, index_of(mention.published_at), assessed.version, digest, _encoder.encode(fields))


_encoder = msgspec.json.Encoder()
