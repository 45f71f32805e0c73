"""Searching the index: the same questions, hits, facets and order as the embedded corpus.

Newest first, then by id: an order that is total and does not depend on the index, so that a cursor is the last hit's
place in it. It needs nothing kept open on the server, never runs out, and misses nothing while others write.
"""

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import datetime
from typing import Any

import msgspec

from pipeline.corpus import cutting
from pipeline.corpus.elastic import layout
from pipeline.corpus.elastic.cluster import Cluster
from pipeline.corpus.query import Facets, Hit, Page, Query, highlights
from pipeline.errors import QueryError, StoreError
from pipeline.records import Assessed

_WINDOW = 9_999  # hits of one page; the server gives no more than 10,000 at once
_ORDER = [{"at": "desc"}, {"id": "desc"}]
_ALL_TERMS = 2_147_483_647
_STANDING = {"exists": {"field": "at"}}  # a mark that a mention moved away has no time
_COMPLETE = {"allow_partial_search_results": "false"}  # a shard that does not answer is an error, not fewer hits


class _Cursor(msgspec.Struct, array_like=True, frozen=True):
    at: int
    id: str


class ElasticCorpus:
    """The corpus on a cluster, to be searched; any number of threads may ask. See ``Corpus`` for the questions."""

    def __init__(self, cluster: Cluster) -> None:
        """Take the cluster; nothing is asked yet."""
        self._cluster = cluster

    def get(self, mention_id: str) -> Assessed | None:
        """Return the mention with its standing judgement, or None."""
        condition = {"bool": {"filter": [_STANDING, {"term": {"id": mention_id}}]}}
        hits = self._ask({"query": condition, "size": 1, "_source": ["record"]})["hits"]["hits"]
        return _record(hits[0]) if hits else None

    def search(self, query: Query) -> Page:
        """Return one page of hits, newest first; see ``Corpus.search``."""
        if query.unanswerable:
            return Page((), "")
        limit = min(query.limit, _WINDOW)
        question: dict[str, Any] = {
            "query": _condition(query), "sort": _ORDER, "size": limit + 1,
            "_source": ["record"], "track_total_hits": False,
        }  # fmt: skip
        if query.cursor:
            cursor = _read_cursor(query.cursor)
            question["search_after"] = [cursor.at, cursor.id]
        found = self._ask(question)["hits"]["hits"]
        shown = found[:limit]
        hits = tuple(Hit(assessed, highlights(assessed, query)) for assessed in map(_record, shown))
        return Page(hits, _write_cursor(*shown[-1]["sort"]) if len(found) > limit else "")

    def facets(self, query: Query) -> Facets:
        """Return how many mentions the query finds and how they divide."""
        if query.unanswerable:
            return Facets(0, {}, {}, {}, {})
        question = {
            "query": _condition(query), "size": 0, "track_total_hits": True,
            "aggs": {
                "channels": {"terms": {"field": "channel", "size": 100}},
                "categories": {"terms": {"field": "categories", "size": 100}},
                "severities": {"terms": {"field": "severity", "size": 100}},
                "days": {
                    "date_histogram": {
                        "field": "at", "calendar_interval": "day", "time_zone": "+08:00", "format": "yyyy-MM-dd",
                        "min_doc_count": 1,
                    }
                },
            },
        }  # fmt: skip
        answer = self._ask(question)
        groups = answer["aggregations"]
        days = {bucket["key_as_string"]: bucket["doc_count"] for bucket in groups["days"]["buckets"]}
        channels, categories, severities = (
            {bucket["key"]: bucket["doc_count"] for bucket in groups[name]["buckets"]}
            for name in ("channels", "categories", "severities")
        )
        return Facets(answer["hits"]["total"]["value"], channels, categories, severities, days)

    def versions(self) -> dict[str, int]:
        """Return the version of every mention by its id, for the audit."""
        versions: dict[str, int] = {}
        question: dict[str, Any] = {
            "query": _STANDING, "sort": [{"id": "asc"}], "size": _WINDOW, "_source": False, "version": True,
            "track_total_hits": False,
        }  # fmt: skip
        while hits := self._ask(question)["hits"]["hits"]:
            versions.update({hit["_id"]: hit["_version"] for hit in hits})
            question["search_after"] = hits[-1]["sort"]
        return versions

    def refresh(self) -> None:
        """Let searches find what was indexed up to now; else they do within about a second."""
        self._cluster.demand("POST", f"/{layout.ALIAS}/_refresh")

    def close(self) -> None:
        """Close every connection."""
        self._cluster.close()

    def _ask(self, question: dict[str, Any]) -> dict[str, Any]:
        answer = self._cluster.ask("POST", f"/{layout.ALIAS}/_search", question, params=_COMPLETE)
        if answer.status == 404:
            raise StoreError(f"Elasticsearch（{self._cluster.url}）上还没有索引：请先运行 yuqing index create")
        body: dict[str, Any] = self._cluster.checked(answer)
        return body


def _record(hit: dict[str, Any]) -> Assessed:
    return msgspec.convert(hit["_source"]["record"], Assessed)


def _condition(query: Query) -> dict[str, Any]:
    """Return the query as filters; what the user typed stands in it as tokens only."""
    filters: list[dict[str, Any]] = [_STANDING]
    filters += (_phrase("text", term) for term in cutting.terms(query.words))
    for term in cutting.terms(query.place):
        filters.append({"bool": {"should": [_phrase("text", term), _phrase("place", term)]}})
    chosen = {"categories": query.categories, "severity": query.severities, "channel": query.channels}
    filters += ({"terms": {field: values}} for field, values in chosen.items() if values)
    bounds = {"gte": query.since, "lt": query.until}
    seconds = {bound: _second(moment) for bound, moment in bounds.items() if moment is not None}
    if seconds:
        filters.append({"range": {"at": {**seconds, "format": "epoch_second"}}})  # a bare number would be milliseconds
    return {"bool": {"filter": filters}}


def _phrase(field: str, term: cutting.Term) -> dict[str, Any]:
    if len(term.tokens) == 1:
        return {"prefix" if term.prefix else "term": {field: {"value": term.tokens[0]}}}
    words = " ".join(term.tokens)
    if term.prefix:
        return {"match_phrase_prefix": {field: {"query": words, "max_expansions": _ALL_TERMS}}}
    return {"match_phrase": {field: {"query": words}}}


def _second(moment: datetime) -> int:
    """Return the moment's second; a fraction of a second counts for the next."""
    stamp = moment.timestamp()
    return int(stamp // 1) + (stamp > stamp // 1)


def _write_cursor(at: int, mention_id: str) -> str:
    return urlsafe_b64encode(msgspec.json.encode(_Cursor(at, mention_id))).decode()


def _read_cursor(cursor: str) -> _Cursor:
    try:
        return msgspec.json.decode(urlsafe_b64decode(cursor.encode("ascii")), type=_Cursor)
    except (UnicodeEncodeError, binascii.Error, msgspec.DecodeError) as error:
        raise QueryError("翻页游标无效：请从第一页重新检索") from error
