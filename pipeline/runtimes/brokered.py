"""A data folder between brokers: the inlet of a publisher, and the ledger group with its desk."""

import gc
import threading
import time
from collections.abc import Callable, Sequence
from datetime import UTC

import structlog

from pipeline import wire
from pipeline.audit import Balance, audit
from pipeline.broker.books import elsewhere
from pipeline.broker.connection import Connection
from pipeline.broker.forwarder import Forwarder
from pipeline.broker.publisher import Publisher
from pipeline.broker.reader import ExpiredError, Lag, Reader, Record
from pipeline.corpus.elastic.corpus import ElasticCorpus
from pipeline.errors import PermanentError, StoreError, TransientError
from pipeline.flow import Group, Topic
from pipeline.records import EXPIRED, Flagged, Rejected
from pipeline.runtimes.base import ContextFactory, Runtime
from pipeline.stores import log
from pipeline.stores.folder import DataFolder
from pipeline.stores.kept import kept_of
from pipeline.stores.log import Lane
from pipeline.stores.view import View

_log = structlog.get_logger("yuqing.brokered")

LEDGER_BATCH = 128
SPOOL_BYTES = 2 << 30  # a reading waits while the folder holds more than this
_POLL = 0.1
_FRESH = 0.25  # seconds for which an answer of the brokers about the others' lag is good enough


class Brokered(Runtime):
    """Takes mentions in and publishes them; with ``leads`` it is the ledger group as well.

    The ledger keeps its own offset of ``opinion.flagged`` in the transaction of what it did: lane and position of the
    offsets' table are partition and offset + 1. While the brokers are away the folder spools, and ``trouble`` says so.
    """

    def __init__(
        self, folder: DataFolder, context: ContextFactory, timezone: str, view: View, connection: Connection, *,
        leads: bool,
    ) -> None:  # fmt: skip
        super().__init__(folder, context, timezone, view)
        self.connection, self.leads = connection, leads
        self.forwarder = Forwarder(self.main, Publisher(connection), self.reject)
        self.trouble: dict[str, str] = {}
        self._reader: Reader | None = None
        self._lag: Lag | None = None
        self._asking = threading.Lock()
        self._measured = (0.0, 0, 0)

    def _work(self) -> dict[str, Callable[[], bool]]:
        steps: dict[str, Callable[[], bool]] = {"publish": self._patient("publish", self.forwarder.step)}
        if self.leads:
            steps["ledger"] = self._patient("ledger", self._ledger_step)
        return steps

    def _patient(self, name: str, step: Callable[[], bool]) -> Callable[[], bool]:
        """Return the step that waits a second where the brokers do not answer, and says what it waits for."""

        def patient() -> bool:
            try:
                worked = step()
            except TransientError as error:
                if name not in self.trouble:
                    _log.warning("brokers_away", thread=name, error=str(error))
                self.trouble[name] = str(error)
                self._stopping.wait(1.0)
                gc.collect()  # the client leaves the sockets of failed attempts to the collector
                return False
            self.trouble.pop(name, None)
            return worked

        return patient

    def _ledger_step(self) -> bool:
        self._tick_when_due()
        if self._reader is None:
            self._reader = self._opened_reader()
        try:
            records = self._reader.poll(_POLL, LEDGER_BATCH)
        except ExpiredError:
            self._close_reader()
            return True
        except TransientError:
            self._close_reader()
            raise
        if records:
            self._take(records)
        return bool(records)

    def _take(self, records: Sequence[Record]) -> None:
        batch: list[tuple[int, Flagged]] = []
        for record in records:
            try:
                batch.append((record.offset + 1, wire.decode(record.value, Flagged)))
            except PermanentError as error:
                self._refuse(record, error)
        self._tick_when_due()  # time passed while the brokers were asked
        self.ledger.process(Lane.LIVE, batch, self.context())
        if records[-1].offset >= self._offset():
            self._skip_to(records[-1].offset + 1)

    def _refuse(self, record: Record, error: PermanentError) -> None:
        """Keep the bytes of a record that is none, and tell the topic of rejections."""
        place = f"{Topic.FLAGGED.value}/{record.partition}/{record.offset}"
        rejected = Rejected("fold", "bad_record", type(error).__name__)
        at = self.context().now.astimezone(UTC).isoformat()
        self.rejected.put([kept_of(rejected, place, at, record.value)])
        with self.main.write("reject") as db:
            log.append(db, Topic.REJECTED, Lane.LIVE, [wire.encode(rejected)])

    def _offset(self) -> int:
        """Return the offset of the next record for the ledger."""
        return log.committed(self.main.read, Group.LEDGER, Topic.FLAGGED, Lane.LIVE)

    def _skip_to(self, offset: int, lost: Rejected | None = None) -> None:
        with self.main.write("ledger") as db:
            if lost is not None:
                log.append(db, Topic.REJECTED, Lane.LIVE, [wire.encode(lost)])
            log.commit(db, Group.LEDGER, Topic.FLAGGED, Lane.LIVE, offset)

    def _opened_reader(self) -> Reader:
        reader = Reader(self.connection, Topic.FLAGGED)
        try:
            extents = reader.extents()
        except TransientError:
            reader.close()
            raise
        if list(extents) != [0]:
            raise StoreError(f"{self.connection.topic(Topic.FLAGGED)} 须只有一个分区，现有 {len(extents)} 个")
        first, end = extents[0]
        done = self._offset()
        if done > end:
            raise StoreError(
                f"台账已处理到第 {done} 条，Kafka 上却只有 {end} 条：主题被重建过，或数据目录不属于这一套 Kafka。"
                "请核对 kafka.brokers 与 kafka.prefix"
            )
        if done < first and (done or first):
            # A new ledger begins at the oldest record there is; only what an old one missed is lost.
            if done:
                _log.error("records_lost_by_retention", topic=Topic.FLAGGED.value, first=done, last=first - 1)
                detail = f"{Topic.FLAGGED.value}/0: {done}-{first - 1}"
                self._skip_to(first, Rejected("fold", EXPIRED, detail))
            else:
                self._skip_to(first)
        reader.start({0: self._offset()})
        return reader

    def _close_reader(self) -> None:
        reader, self._reader = self._reader, None
        if reader is not None:
            reader.close()

    def full(self) -> bool:
        """Say whether the spool is full: a reading must wait, a push must come again later."""
        return self.folder.main.stat().st_size > SPOOL_BYTES and self.forwarder.waiting() > 0

    def in_flight(self) -> int:
        """Return how many records are under way to the ledger: spooled, and on the brokers; the last known number."""
        waiting = self.forwarder.waiting()
        return waiting + self._ask()[1]

    def index_behind(self) -> int:
        """Return how many records the index group has still to do, as last known."""
        return self._ask()[2]

    def _ask(self, *, anew: bool = False) -> tuple[float, int, int]:
        """Ask the brokers how far the groups are: in the order of the flow, so that nothing is overlooked."""
        with self._asking:
            if not anew and time.monotonic() - self._measured[0] < _FRESH:
                return self._measured
            try:
                if self._lag is None:
                    self._lag = Lag(self.connection)
                parts = self.connection.settings.partitions
                detect = self._lag.behind(Group.DETECT, Topic.MENTIONS, parts)
                flagged = max(0, self._lag.ends(Topic.FLAGGED, 1)[0] - self._offset()) if self.leads else 0
                index = self._lag.behind(Group.INDEX, Topic.ASSESSED, parts)
                self._measured = (time.monotonic(), detect + flagged, index)
                self.trouble.pop("lag", None)
            except TransientError as error:
                self.trouble["lag"] = str(error)
                self._measured = (time.monotonic(), *self._measured[1:])
                if self._lag is not None:
                    self._lag.close()
                    self._lag = None
                if anew:
                    self._stopping.wait(0.2)
            return self._measured

    def _wait_until(self, done: Callable[[], bool]) -> None:
        while not done():
            if self.failure is not None:
                raise StoreError(f"处理中断：{self.failure}") from self.failure
            time.sleep(0.005)

    def undelivered(self, seconds: float) -> int:
        """Wait, at most some seconds, until the brokers have everything; return how many records they have not."""
        end = time.monotonic() + seconds
        self._wait_until(lambda: self.forwarder.waiting() == 0 or time.monotonic() > end)
        return self.forwarder.waiting()

    def settle(self) -> None:
        """Wait until detect and ledger are through with everything that was taken in."""
        self._tick_when_due()
        self._wait_until(
            lambda: self.forwarder.waiting() == 0 and self._ask(anew=True)[1] == 0 and "lag" not in self.trouble
        )

    def drain(self) -> None:
        """Wait until the corpus has everything too; an inlet alone is through when the brokers have it."""
        if not self.leads:
            self._wait_until(lambda: self.forwarder.waiting() == 0)
            return
        self._wait_until(
            lambda: self.forwarder.waiting() == 0 and not any(self._ask(anew=True)[1:]) and "lag" not in self.trouble
        )

    def problems(self) -> list[str]:
        """Return what stands in the way, in words."""
        return [*super().problems(), *dict.fromkeys(self.trouble.values())]

    def balance(self) -> Balance:
        """Recompute the balance of what came in by this folder; it does not hold while that cannot be done."""
        try:
            found = elsewhere(self.connection, self.main)
            if isinstance(self.corpus, ElasticCorpus):
                self.corpus.refresh()
            return audit(self.view, found)
        except TransientError as error:
            return Balance([], [f"暂时无法核算：{error}"])

    def close(self) -> None:
        """Stop, close every store and connection, and give the folder back."""
        self.stop()
        self._close_reader()
        self.forwarder.close()
        if self._lag is not None:
            self._lag.close()
        super().close()
