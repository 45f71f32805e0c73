"""The flow without servers: a log in SQLite, each group's batch in one transaction with its offset."""

import contextlib
import os
import threading
import time
from collections.abc import Callable
from itertools import count
from typing import TypeVar

import msgspec
import structlog

from classifiers.encoder import EncoderError
from connectors.mention import Mention
from pipeline import durations, runner, wire
from pipeline.corpus.embedded import EmbeddedCorpus
from pipeline.corpus.query import searchable
from pipeline.flow import Group, Topic
from pipeline.records import Assessed, Flagged
from pipeline.runtimes.base import ContextFactory, Runtime
from pipeline.stores import fault, log, review, view
from pipeline.stores.folder import DataFolder
from pipeline.stores.log import Lane

_BACKGROUND = 10
_log = structlog.get_logger("yuqing.embedded")
_T = TypeVar("_T", bound=msgspec.Struct)

DETECT_BATCH = 128  # small enough that a live mention never waits long behind a batch of a bulk reading
LEDGER_BATCH = 128
INDEX_BATCH = 512
CAREFUL_BATCH = 8  # so that what comes in meanwhile and is graver is read next
BACKLOG = 2_000  # mentions in flight at which a reading waits


class Embedded(Runtime):
    """The whole pipeline over one data folder.

    ``step`` does one batch of detect or ledger and says whether there was any; ``index_step`` the same for the corpus.
    A thread each calls them: whoever owns the object decides which.
    """

    def __init__(self, folder: DataFolder, context: ContextFactory, timezone: str) -> None:
        self._corpus = EmbeddedCorpus(folder.corpus)
        self._yielding = False
        self._careful_trouble = ""
        super().__init__(folder, context, timezone, view.writable(folder, self._corpus))

    def _work(self) -> dict[str, Callable[[], bool]]:
        work = {"detect": self.step, "index": self.index_step}
        return work if self.context().careful is None else {**work, "careful": self._careful_in_the_background}

    def step(self) -> bool:
        """Do the most urgent batch of detect or ledger: live before bulk, alerts before readings."""
        self._tick_when_due()
        return any(self._ledger_step(lane) or self._detect_step(lane) for lane in Lane)

    def _detect_step(self, lane: Lane) -> bool:
        batch = self._next(Group.DETECT, Topic.MENTIONS, lane, DETECT_BATCH, Mention)
        if not batch:
            return False
        ctx = self.context()
        outcome = runner.run(Group.DETECT, [mention for _, mention in batch], None, ctx)
        for rejected, mention in outcome.failed:
            self.reject(rejected, mention)
        judged: list[Assessed] = outcome.of(Topic.ASSESSED)
        values = list(map(wire.encode, judged))
        with self.main.write("detect", durable=False) as db:
            if ctx.careful is not None:
                places = count(log.last(db, Topic.ASSESSED, Lane.LIVE) + 1)
                waiting = zip(places, judged, values, strict=False)
                review.put(db, (item for item in waiting if item[1].assessment.wants_rereading))
            log.append(db, Topic.ASSESSED, Lane.LIVE, values)
            log.append(db, Topic.FLAGGED, lane, map(wire.encode, outcome.of(Topic.FLAGGED)))
            log.commit(db, Group.DETECT, Topic.MENTIONS, lane, batch[-1][0])
        return True

    def _ledger_step(self, lane: Lane) -> bool:
        batch = self._next(Group.LEDGER, Topic.FLAGGED, lane, LEDGER_BATCH, Flagged)
        if not batch:
            return False
        self.ledger.process(lane, batch, self.context())
        return True

    def careful_step(self) -> bool:
        """Re-read the most urgent of what waits for the careful reader; it waits since its quick verdict was stored."""
        batch = review.most_urgent(self.main.read, CAREFUL_BATCH)
        if not batch or not self._careful_reads():
            return False
        outcome = runner.run(Group.CAREFUL, batch, None, self.context())
        for rejected, mention in outcome.failed:
            self.reject(rejected, mention)
        with self.main.write("careful", durable=False) as db:
            log.append(db, Topic.ASSESSED, Lane.LIVE, map(wire.encode, outcome.of(Topic.ASSESSED)))
            log.append(db, Topic.FLAGGED, Lane.LIVE, map(wire.encode, outcome.of(Topic.FLAGGED)))
            review.done(db, batch)
        return True

    def _careful_reads(self) -> bool:
        """Say whether there is a careful reader that can be loaded; why not is told once and shown until restart."""
        careful = self.context().careful
        if careful is None or self._careful_trouble:
            return False
        try:
            version = careful.model_version
        except EncoderError as error:
            self._careful_trouble = str(error)
            _log.warning("careful_reader_unavailable", error=str(error))
            return False
        return bool(version)

    def problems(self) -> list[str]:
        """Return what stands in the way; see ``Runtime.problems``."""
        return [*super().problems(), *filter(None, [self._careful_trouble])]

    def review_queue(self) -> int:
        """Return how many judged mentions wait for the careful reader."""
        return review.count(self.main.read)

    def review(self, seconds: float) -> int:
        """Re-read what waits, the most severe first, and fold what comes of it; return how many still wait."""
        until = time.monotonic() + seconds
        if self.context().careful is not None:
            while time.monotonic() < until and self.careful_step():
                self.settle()
        return self.review_queue()

    def _careful_in_the_background(self) -> bool:
        """Do ``careful_step`` with whatever of the processor the other threads leave."""
        if not self._yielding:
            self._yielding = True
            with contextlib.suppress(OSError, AttributeError):  # Linux knows priorities of single threads
                os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _BACKGROUND)
        return self.careful_step()

    def index_step(self) -> bool:
        """Put the next batch into the corpus, with its offset in the corpus's own transaction."""
        after = self._corpus.offset() or 0
        batch = self._read(Group.INDEX, Topic.ASSESSED, Lane.LIVE, after, INDEX_BATCH, Assessed)
        if not batch:
            return False
        with self.main.write("index") as db:
            # On the disk before the corpus is: it must never be ahead of a log that a power failure took back.
            log.commit(db, Group.INDEX, Topic.ASSESSED, Lane.LIVE, after)
        with durations.timed("index"):
            self._corpus.put(searchable(assessed for _, assessed in batch), batch[-1][0])
        fault.point("index.after_put")
        return True

    def _next(self, group: Group, topic: Topic, lane: Lane, limit: int, kind: type[_T]) -> list[tuple[int, _T]]:
        after = log.committed(self.main.read, group, topic, lane)
        return self._read(group, topic, lane, after, limit, kind)

    def _read(
        self, group: Group, topic: Topic, lane: Lane, after: int, limit: int, kind: type[_T]
    ) -> list[tuple[int, _T]]:
        """Return the next records of a lane; where the log no longer has the very next, say so for good."""
        rows = log.read(self.main.read, topic, lane, after, limit)
        if rows and rows[0][0] != after + 1:
            with self.main.write("loss") as db:
                log.lose(db, group, topic, lane, after + 1, rows[0][0] - 1, self.context().now)
        return [(position, wire.decode(value, kind)) for position, value in rows]

    def flushed(self) -> bool:
        """See the corpus safe from a power failure."""
        return self._corpus.flush()

    def full(self) -> bool:
        """Say whether detect, ledger or the corpus are too far behind to take more."""
        return self.in_flight() > BACKLOG or self.index_behind() > 5 * BACKLOG

    def settle(self) -> None:
        """Do everything that detect and ledger have to do."""
        while self.step():
            pass

    def drain(self) -> None:
        """Do everything that there is to do, index included."""
        while self.step() or self.index_step():
            pass

    def in_flight(self) -> int:
        """Return how many records detect and ledger have still to do."""
        db = self.main.read
        return log.behind(db, Group.DETECT, Topic.MENTIONS) + log.behind(db, Group.LEDGER, Topic.FLAGGED)

    def index_behind(self) -> int:
        """Return how many judged mentions the corpus has still to take."""
        return log.last(self.main.read, Topic.ASSESSED, Lane.LIVE) - (self._corpus.offset() or 0)
