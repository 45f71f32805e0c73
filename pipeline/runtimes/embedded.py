"""The flow without servers: a log in SQLite, each group's batch in one transaction with its offset."""

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TypeVar

import msgspec
import structlog

from connectors.mention import Mention
from pipeline import durations, runner, wire
from pipeline.flow import Group, Topic
from pipeline.ledger import Ledger
from pipeline.records import Assessed, Flagged, Rejected
from pipeline.steps.context import Context
from pipeline.stores import fault, log, view
from pipeline.stores.folder import DataFolder
from pipeline.stores.intake import Intake
from pipeline.stores.kept import Kept
from pipeline.stores.log import Lane

_T = TypeVar("_T", bound=msgspec.Struct)
_log = structlog.get_logger("yuqing.embedded")

DETECT_BATCH = 128  # small enough that a live mention never waits long behind a batch of a bulk reading
LEDGER_BATCH = 128
INDEX_BATCH = 512
INDEX_BACKLOG = 10_000  # a bulk reading waits while the index is further behind

TICK_EVERY = timedelta(seconds=30)

ContextFactory = Callable[[], Context]


class Embedded:
    """The whole pipeline over one data folder.

    ``step`` does one batch of detect or ledger and says whether there was any; ``index_step`` the same for the corpus.
    A thread each calls them: whoever owns the object decides which.
    """

    def __init__(self, folder: DataFolder, context: ContextFactory, timezone: str) -> None:
        self.folder = folder
        self.context = context
        self.view = view.writable(folder)
        self.main, self.corpus, self.rejected = self.view.main, self.view.corpus, self.view.rejected
        self.intake = Intake(self.main, self.rejected, self.view.quarantine, timezone)
        self.ledger = Ledger(self.main, self.reject)
        self._stopping = threading.Event()
        self._threads: list[threading.Thread] = []
        self.failure: BaseException | None = None
        self._ticked: datetime | None = None

    def step(self) -> bool:
        """Do the most urgent batch of detect or ledger: live before bulk, alerts before readings."""
        self._tick_when_due()
        return any(self._ledger_step(lane) or self._detect_step(lane) for lane in Lane)

    def _tick_when_due(self) -> None:
        """Let the ledger see the time, at most once in ``TICK_EVERY`` of the configured clock."""
        ctx = self.context()
        if self._ticked is None or ctx.now - self._ticked >= TICK_EVERY:
            self._ticked = ctx.now
            self.ledger.tick(ctx)

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
        after = self.corpus.offset() or 0
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
            self.corpus.put([assessed for _, assessed in batch], batch[-1][0])
        fault.point("index.after_put")
        return True

    def _read(self, group: Group, topic: Topic, lane: Lane, limit: int, kind: type[_T]) -> list[tuple[int, _T]]:
        db = self.main.read
        after = log.committed(db, group, topic, lane)
        return [(position, wire.decode(value, kind)) for position, value in log.read(db, topic, lane, after, limit)]

    def reject(self, rejected: Rejected, mention: Mention) -> None:
        """Keep a mention that a step could not process, and say so in the log of rejections."""
        ref = rejected.raw_ref
        at = self.context().now.astimezone(UTC).isoformat()
        self.rejected.put(
            [
                Kept(
                    mention.id,
                    rejected.stage,
                    rejected.reason,
                    rejected.detail,
                    "" if ref is None else ref.file,
                    0 if ref is None else ref.row,
                    at,
                    wire.encode(mention),
                )
            ]
        )
        with self.main.write("reject") as db:
            log.append(db, Topic.REJECTED, Lane.LIVE, [wire.encode(rejected)])

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
        return log.last(self.main.read, Topic.ASSESSED, Lane.LIVE) - (self.corpus.offset() or 0)

    def start(self) -> None:
        """Run detect, ledger and index in threads until ``stop``."""
        for name, step in (("detect", self.step), ("index", self.index_step)):
            thread = threading.Thread(target=self._loop, args=(step,), name=name, daemon=True)
            thread.start()
            self._threads.append(thread)

    def _loop(self, step: Callable[[], bool]) -> None:
        try:
            while not self._stopping.is_set():
                if not step():
                    time.sleep(0.005)
        except BaseException as error:  # noqa: BLE001 (the owner of the object is told and ends the process)
            self.failure = error
            self._stopping.set()

    def stop(self) -> None:
        """End the threads after the batch they are at."""
        self._stopping.set()
        for thread in self._threads:
            thread.join(timeout=30)

    def close(self) -> None:
        """Stop, close every store and give the folder back."""
        self.stop()
        self.view.close()
        self.folder.close()
