"""Fills the index without loss: a batch comes back when every mention in it is on the disk or will never be taken.

Nothing is given up: an outage is waited out with full-jitter back-off until asked to stop. A mention's own index may
change with its time of publication; the old place then keeps a mark with the newer version, so that no replay brings
the old one back. What stands already is not written again, so a replay costs a look-up.
"""

import random
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import NamedTuple, TypeVar

import structlog

from connectors.mention import Mention
from pipeline.corpus.elastic import bulk, layout
from pipeline.corpus.elastic.bulk import Pace, Refusal, Write
from pipeline.corpus.elastic.cluster import Cluster
from pipeline.corpus.elastic.layout import Document
from pipeline.corpus.query import Stored, searchable
from pipeline.errors import StoppedError, StoreError, TransientError
from pipeline.records import Assessed, Rejected

_T = TypeVar("_T")
_log = structlog.get_logger("yuqing.index")

_LOOKUP = 500  # ids asked for at once
_LOOKUP_PARAMS = {
    "allow_partial_search_results": "false",
    "filter_path": "hits.hits._id,hits.hits._index,hits.hits._version,hits.hits.fields",
}
_REMEMBERED = 15.0  # seconds: what was just written is not yet found by a look-up


class Indexed(NamedTuple):
    """What became of a batch: counts, and the mentions that the index refused, each with its reason."""

    stored: Stored
    failed: list[tuple[Rejected, Mention]]


class _Copy(NamedTuple):
    version: int
    digest: int | None  # None for the mark that a mention moved away


_Copies = dict[str, dict[str, _Copy]]  # by mention, then by index


class Indexer:
    """The sink of the index group; one thread calls it."""

    def __init__(
        self, cluster: Cluster, stopping: threading.Event, *, shortest: float = 0.5, longest: float = 60.0
    ) -> None:
        """Take the cluster, the wish to stop, and the bounds of the back-off in seconds."""
        self._cluster, self._stopping = cluster, stopping
        self._shortest, self._longest = shortest, longest
        self._known: set[str] = set()
        self._recent = _Recent()
        self.trouble = ""  # what it is waiting for, in the server's words; empty while all is well

    def index(self, batch: Sequence[Assessed]) -> Indexed:
        """Put a batch into the index; returns when every mention of it is durable, superseded or refused.

        Raises:
            StoppedError: asked to stop before that; nothing of the batch may be acknowledged.
        """
        newest = _newest(searchable(batch))
        sought = layout.documents(list(newest.values()))
        standing = self._patiently(lambda: self._standing(sought))
        fresh, writes, known = _plan(sought, standing)
        superseded, refused = self._write(writes)
        self._recent.remember(fresh, writes)
        lost = {write.id for write in superseded} | {refusal.write.id for refusal in refused}
        indexed = sum(document.id not in known and document.id not in lost for document in fresh)
        updated = sum(document.id in known and document.id not in lost for document in fresh)
        failed = [_rejected(refusal, newest[refusal.write.id].mention) for refusal in refused]
        return Indexed(Stored(indexed, updated, len(batch) - indexed - updated - len(failed)), failed)

    def _write(self, writes: Sequence[Write]) -> tuple[list[Write], list[Refusal]]:
        superseded: list[Write] = []
        refused: list[Refusal] = []
        waiting = deque(bulk.bodies(writes))
        tries = 0
        while waiting:
            request = waiting.popleft()
            try:
                answer = self._cluster.ask(**bulk.REQUEST, body=b"".join(write.lines() for write in request))
            except TransientError as error:
                waiting.appendleft(request)
                tries = self._pause(Pace.BACK_OFF, tries, str(error))
                continue
            verdict = bulk.judge(request, answer)
            superseded += verdict.superseded
            refused += verdict.refused
            waiting.extendleft(reversed(verdict.again))
            if verdict.pace is Pace.AT_ONCE:
                tries = 0
                continue
            tries = self._pause(verdict.pace, tries, verdict.why)
            if "index_not_found" in verdict.why:
                self._known.clear()
                homes = {write.home for write in request}
                self._patiently(partial(self._make_indices, homes))
        self.trouble = ""
        return superseded, refused

    def _standing(self, documents: Sequence[Document]) -> _Copies:
        """Return where the index holds each mention, by what is found and what was just written."""
        copies: _Copies = {}
        self._make_indices({document.home for document in documents})
        for start in range(0, len(documents), _LOOKUP):
            ids = [document.id for document in documents[start : start + _LOOKUP]]
            question = {
                "size": 10_000, "_source": False, "version": True, "docvalue_fields": ["digest"],
                "track_total_hits": False, "query": {"ids": {"values": ids}},
            }  # fmt: skip
            answer = self._cluster.ask("POST", f"/{layout.ALIAS}/_search", question, params=_LOOKUP_PARAMS)
            if answer.status == 404:  # someone removed the last index
                self._known.clear()
                raise TransientError(answer.reason)
            found = self._cluster.checked(answer)
            for hit in found.get("hits", {}).get("hits", ()):
                digest = hit.get("fields", {}).get("digest")
                copies.setdefault(hit["_id"], {})[hit["_index"]] = _Copy(hit["_version"], digest and digest[0])
        for document in documents:
            for index, copy in self._recent.of(document.id):
                copies.setdefault(document.id, {})[index] = copy
        return copies

    def _make_indices(self, names: set[str]) -> None:
        """Make the indices that are not there, and see once what others wrote just before."""
        missing = names - self._known
        first = not self._known
        for name in sorted(missing):
            answer = self._cluster.ask("PUT", f"/{name}", layout.INDEX)
            if answer.status >= 300 and "resource_already_exists" not in answer.reason:
                raise TransientError(f"索引 {name} 建不成（{answer.status}）：{answer.reason}")
            if self._cluster.ask("GET", f"/{name}/_alias/{layout.ALIAS}").status == 404:
                raise StoreError(f"索引 {name} 不在别名 {layout.ALIAS} 之下，检索不到：请先运行 yuqing index create")
        if first and names:
            self._cluster.demand("POST", f"/{layout.ALIAS}/_refresh")
        self._known |= missing

    def _patiently(self, attempt: Callable[[], _T]) -> _T:
        tries = 0
        while True:
            try:
                return attempt()
            except (TransientError, StoreError) as error:
                pace = Pace.BACK_OFF if isinstance(error, TransientError) else Pace.SLOWLY
                tries = self._pause(pace, tries, str(error))

    def _pause(self, pace: Pace, tries: int, why: str) -> int:
        """Wait as the pace asks; returns the number of tries so far.

        Raises:
            StoppedError: asked to stop.
        """
        self.trouble = why
        longest = min(self._longest, self._shortest * 2 ** min(tries, 16))
        if pace is Pace.SLOWLY:
            _log.error("index_needs_mending", why=why)
            self._cluster.refresh_key()
            longest = self._longest
        else:
            _log.warning("index_waits", tries=tries + 1, why=why)
        if self._stopping.wait(random.uniform(0, longest)):
            raise StoppedError("索引停在半批：未写完的不作确认，重启后再写")
        return tries + 1


class _Recent:
    """What was written in the last seconds, in two generations of ``_REMEMBERED`` seconds each."""

    def __init__(self) -> None:
        self._young: _Copies = {}
        self._old: _Copies = {}
        self._turned = time.monotonic()

    def of(self, mention_id: str) -> Iterable[tuple[str, _Copy]]:
        return (self._old.get(mention_id, {}) | self._young.get(mention_id, {})).items()

    def remember(self, documents: Sequence[Document], writes: Sequence[Write]) -> None:
        if time.monotonic() - self._turned > _REMEMBERED:
            self._old, self._young, self._turned = self._young, {}, time.monotonic()
        digests = {document.id: document for document in documents}
        for write in writes:
            document = digests[write.id]
            digest = document.digest if document.home == write.home else None
            self._young.setdefault(write.id, {})[write.home] = _Copy(write.version, digest)


def _newest(batch: Sequence[Assessed]) -> dict[str, Assessed]:
    newest: dict[str, Assessed] = {}
    for assessed in batch:
        held = newest.get(assessed.mention.id)
        if held is None or assessed.version >= held.version:
            newest[assessed.mention.id] = assessed
    return newest


def _plan(documents: Sequence[Document], standing: _Copies) -> tuple[list[Document], list[Write], set[str]]:
    """Return the documents to be written, the writes for them, and the ids that the index knows already."""
    fresh: list[Document] = []
    writes: list[Write] = []
    known: set[str] = set()
    for document in documents:
        copies = standing.get(document.id, {})
        if copies:
            known.add(document.id)
        here = copies.get(document.home)
        elsewhere = {index: copy for index, copy in copies.items() if index != document.home}
        if any(copy.version > document.version for copy in copies.values()):
            continue
        stale = [index for index, copy in elsewhere.items() if copy.digest is not None]
        if not stale and here is not None and (here.version, here.digest) == (document.version, document.digest):
            continue
        fresh.append(document)
        writes.append(Write(document.id, document.home, document.version, document.source))
        writes += (Write(document.id, index, document.version, layout.moved(document.id)) for index in stale)
    return fresh, writes, known


def _rejected(refusal: Refusal, mention: Mention) -> tuple[Rejected, Mention]:
    return Rejected("index", "index_refused", refusal.why, mention.raw_ref, mention_id=mention.id), mention
