"""What the index looks like: names, settings, strict mapping, and a mention as a document of it.

One index a month by the mention's own time of publication, never by the time of indexing, behind one alias. The text
is indexed as ``cutting`` cuts it, so that both stores find the same; the record itself travels along unparsed.
"""

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

import msgspec

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
# Strictness does not hang on the template; what an operator may choose, number of shards and of copies, does.
INDEX: dict[str, Any] = {"mappings": MAPPING, "aliases": {ALIAS: {}}}
TEMPLATE: dict[str, Any] = {
    "index_patterns": [PATTERN],
    "priority": 500,
    "template": {"settings": SETTINGS, **INDEX},
    "_meta": {"layout": LAYOUT_VERSION},
}


class Document(NamedTuple):
    """One mention as the index takes it; ``digest`` tells equal records apart from changed ones."""

    id: str
    home: str  # the index it belongs to
    version: int
    digest: int
    source: bytes


def index_of(published_at: datetime) -> str:
    """Return the index that a mention of this time belongs to."""
    at = published_at.astimezone(UTC)
    return EARLIER if at.year < _FIRST_YEAR else f"{ALIAS}-{at:%Y.%m}"


def moved(mention_id: str) -> bytes:
    """Return the mark that stays where a mention was before its time of publication changed."""
    return _encoder.encode({"id": mention_id, "moved": True})


def documents(batch: Sequence[Assessed]) -> list[Document]:
    """Return the batch as documents, in order."""
    texts = cutting.cut([searched_text(assessed) for assessed in batch])
    places = cutting.cut([(assessed.mention.region_text,) for assessed in batch])
    return [_document(*parts) for parts in zip(batch, texts, places, strict=True)]


def _document(assessed: Assessed, text: str, place: str) -> Document:
    mention, assessment = assessed.mention, assessed.assessment
    record = wire.encode(assessed)
    digest = int.from_bytes(hashlib.blake2b(record, digest_size=8).digest(), "big", signed=True)
    fields: dict[str, Any] = {
        "id": mention.id,
        "at": int(mention.published_at.timestamp() // 1),
        "text": text,
        "channel": mention.channel,
        "source": mention.source,
        "digest": digest,
        "record": msgspec.Raw(record),
    }
    if place:
        fields["place"] = place
    if assessment.severity is not None:
        fields["severity"] = assessment.severity
    if assessment.flagged:
        fields["categories"] = assessment.flagged
    return Document(mention.id, index_of(mention.published_at), assessed.version, digest, _encoder.encode(fields))


_encoder = msgspec.json.Encoder()
