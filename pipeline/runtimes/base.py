"""What both ways of running share: a data folder at work, with its stores, its ledger and its threads."""

import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from connectors.mention import Mention
from pipeline import wire
from pipeline.alerts.notification import Notification
from pipeline.audit import Balance, audit
from pipeline.flow import Topic
from pipeline.ledger import Ledger
from pipeline.records import Assessed, Decision, Flagged, Rejected
from pipeline.steps.context import Context
from pipeline.stores import log
from pipeline.stores.folder import DataFolder
from pipeline.stores.intake import Intake
from pipeline.stores.kept import kept_of
from pipeline.stores.log import Lane
from pipeline.stores.view import View

TICK_EVERY = timedelta(seconds=30)

ContextFactory = Callable[[], Context]


class Runtime(ABC):
    """The inlet, the ledger and the desk's stores over one data folder.

    A way of running adds what its threads do in a loop (``_work``) and how much is under way.
    """

    def __init__(self, folder: DataFolder, context: ContextFactory, timezone: str, view: View) -> None:
        self.folder = folder
        self.context = context
        self.view = view
        self.main, self.corpus, self.rejected = view.main, view.corpus, view.rejected
        self.intake = Intake(self.main, self.rejected, view.quarantine, timezone)
        self.ledger = Ledger(self.main, self.reject)
        self.failure: BaseException | None = None
        self.chores: dict[str, Callable[[], bool]] = {}  # what further threads do again and again, by their names
        self._stopping = threading.Event()
        self._threads: list[threading.Thread] = []
        self._ticking = threading.Lock()
        self._ticked: datetime | None = None

    @abstractmethod
    def in_flight(self) -> int:
        """Return how many records detect and ledger have still to do."""

    @abstractmethod
    def index_behind(self) -> int:
        """Return how many judged mentions the corpus has still to take."""

    def review_queue(self) -> int:
        """Return how many judged mentions wait for the careful reader here."""
        return 0

    def review(self, seconds: float) -> int:
        """Re-read what waits for the careful reader, at most for some seconds; return how many still wait."""
        return 0

    @abstractmethod
    def full(self) -> bool:
        """Say whether so much waits that a reading must pause and a push come again later."""

    def problems(self) -> list[str]:
        """Return what stands in the way, in words for people; empty when all is well."""
        return [] if self.failure is None else [f"处理线程已停止：{self.failure}"]

    def balance(self) -> Balance:
        """Recompute the balance from the stores."""
        return audit(self.view)

    def undelivered(self, seconds: float) -> int:
        """Wait, at most some seconds, until others have what they are to get; return how many records they have not."""
        return 0

    def flushed(self) -> bool:
        """See the corpus safe from a power failure, so that it needs the log no more; say whether it is."""
        return True

    @abstractmethod
    def settle(self) -> None:
        """See detect and ledger through everything that was taken in."""

    @abstractmethod
    def drain(self) -> None:
        """See everything through, the corpus included."""

    @abstractmethod
    def _work(self) -> dict[str, Callable[[], bool]]:
        """Return what each thread does again and again; it says whether there was anything to do."""

    def _tick_when_due(self) -> None:
        """Let the ledger see the time, at most once in ``TICK_EVERY`` of the configured clock."""
        with self._ticking:
            ctx = self.context()
            if self._ticked is None or ctx.now - self._ticked >= TICK_EVERY:
                self._ticked = ctx.now
                self.ledger.tick(ctx)
            self.ledger.tidy(ctx.now)

    def reject(self, rejected: Rejected, mention: Mention) -> None:
        """Keep a mention that a step could not process, and say so in the log of rejections."""
        at = self.context().now.astimezone(UTC).isoformat()
        self.rejected.put([kept_of(rejected, mention.id, at, wire.encode(mention))])
        with self.main.write("reject") as db:
            log.append(db, Topic.REJECTED, Lane.LIVE, [wire.encode(rejected)])

    def start(self) -> None:
        """Work in threads until ``stop``."""
        wire.prepare(Mention, Assessed, Flagged, Rejected, Decision, Notification)
        for name, step in {**self._work(), **self.chores}.items():
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
