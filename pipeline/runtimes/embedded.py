"""The flow without servers: a log in SQLite, each group's batch in one transaction with its offset."""

from collections.abc import Callable
from typing import TypeVar

import msgspec

from connectors.mention import Mention
from pipeline import durations, runner, wire
from pipeline.corpus.embedded import EmbeddedCorpus
from pipeline.flow import Group, Topic
from pipeline.records import Assessed, Flagged
from pipeline.runtimes.base import ContextFactory, Runtime
from pipeline.stores import fault, log, view
from pipeline.stores.folder import DataFolder
from pipeline.stores.log import Lane

_T = TypeVar("_T", bound=msgspec.Struct)

DETECT_BATCH = 128  # small enough that a live mention never waits long behind a batch of a bulk reading
LEDGER_BATCH = 128
INDEX_BATCH = 512
BACKLOG = 2_000  # mentions in flight at which a reading waits


class Embedded(Runtime):
    """The whole pipeline over one data folder.

    ``step`` does one batch of detect or ledger and says whether there was any; ``index_step`` the same for the corpus.
    A thread each calls them: whoever owns the object decides which.
    """

    def __init__(self, folder: DataFolder, context: ContextFactory, timezone: str) -> None:
        self._corpus = EmbeddedCorpus(folder.corpus)
        super().__init__(folder, context, timezone, view.writable(folder, self._corpus))

    def _work(self) -> dict[str, Callable[[], bool]]:
        return {"detect": self.step, "index": self.index_step}

    def step(self) -> bool:
        """Do the most urgent batch of detect or ledger: live before bulk, alerts before readings."""
        self._tick_when_due()
        return any(self._ledger_step(lane) or self._detect_step(lane) for lane in Lane)

    def _detect_step(self, lane: Lane) -> bool:
        batch = self._read(Group.DETECT, Topic.MENTIONS, lane, DETECT_BATCH, Mention)
        if not batch:
            return False
        outcome = runner.run(Group.DETECT, [mention for _, mention in batch], None, self.context())
        for rejected, mention in outcome.failed:
            self.reject(rejected, mention)
        with self.main.write("detect", durable=False) as db:
            log.append(db, Topic.ASSESSED, Lane.LIVE, map(wire.encode, outcome.of(Topic.ASSESSED)))
            log.append(db, Topic.FLAGGED, lane, map(wire.encode, outcome.of(Topic.FLAGGED)))
            log.commit(db, Group.DETECT, Topic.MENTIONS, lane, batch[-1][0])
        return True

    def _ledger_step(self, lane: Lane) -> bool:
        batch = self._read(Group.LEDGER, Topic.FLAGGED, lane, LEDGER_BATCH, Flagged)
        if not batch:
            return False
        self.ledger.process(lane, batch, self.context())
        return True

    def index_step(self) -> bool:
        """Put the next batch into the corpus, with its offset in the corpus's own transaction."""
        after = self._corpus.offset() or 0
        batch = [
            (position, wire.decode(value, Assessed))
            for position, value in log.read(self.main.read, Topic.ASSESSED, Lane.LIVE, after, INDEX_BATCH)
        ]
        if not batch:
            return False
        with self.main.write("index") as db:
            # On the disk before the corpus is: it must never be ahead of a log that a power failure took back.
            log.commit(db, Group.INDEX, Topic.ASSESSED, Lane.LIVE, after)
        with durations.timed("index"):
            self._corpus.put([assessed for _, assessed in batch], batch[-1][0])
        fault.point("index.after_put")
        return True

    def _read(self, group: Group, topic: Topic, lane: Lane, limit: int, kind: type[_T]) -> list[tuple[int, _T]]:
        db = self.main.read
        after = log.committed(db, group, topic, lane)
        return [(position, wire.decode(value, kind)) for position, value in log.read(db, topic, lane, after, limit)]

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
