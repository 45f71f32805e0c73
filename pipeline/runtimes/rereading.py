"""The careful group: what is to be read again waits in a table on the disk; a thread reads the most urgent first."""

import threading
from collections.abc import Sequence

import structlog

from pipeline import durations, runner, wire
from pipeline.broker.publisher import Parcel, Publisher
from pipeline.errors import StoppedError
from pipeline.flow import Group
from pipeline.records import Assessed
from pipeline.runtimes.base import ContextFactory
from pipeline.runtimes.engine import Stages, Taken
from pipeline.steps.reread import urgency
from pipeline.stores import fault
from pipeline.stores.kept import KeptStore
from pipeline.stores.queue import Queue

_log = structlog.get_logger("yuqing.rereading")
_AT_ONCE = 16
_IDLE = 0.05


class Careful(Stages):
    """Takes verdicts into the queue, which is all that is to be acknowledged, and rereads them in its own time."""

    def __init__(
        self, context: ContextFactory, publisher: Publisher, rejected: KeptStore, stopping: threading.Event,
        queue: Queue,
    ) -> None:  # fmt: skip
        super().__init__(Group.CAREFUL, context, publisher, rejected, stopping)
        self._queue = queue
        self._publishing = threading.Lock()
        self.failure: BaseException | None = None
        threading.Thread(target=self._loop, name="reread", daemon=True).start()

    def work(self, batch: Sequence[Taken]) -> None:
        """Do a batch; see ``Engine.work``."""
        if self.failure is not None:
            raise self.failure
        out: list[Parcel] = []
        judged = self._read(batch, Assessed, out)
        self._queue.put(
            (assessed.mention.id, assessed.version, urgency(assessed), wire.encode(assessed))
            for assessed in judged
            if assessed.assessment.wants_rereading
        )
        fault.point("careful.after_put")
        with self._publishing:
            self._publish(out)

    def _loop(self) -> None:
        try:
            while not self._stopping.is_set():
                if not self.reread():
                    self._stopping.wait(_IDLE)
        except StoppedError:
            return
        except BaseException as error:  # noqa: BLE001 (the next batch raises it, and the driver ends the process)
            _log.error("rereading_failed", error=type(error).__name__)
            self.failure = error

    def reread(self) -> bool:
        """Read the most urgent again and publish what came of it; say whether there was any."""
        taken = self._queue.take(_AT_ONCE)
        if not taken:
            return False
        out: list[Parcel] = []
        with durations.timed("reread"):
            records = [wire.decode(value, Assessed) for _, _, value in taken]
            outcome = runner.run(self.group, records, None, self._context())
        with self._publishing:
            self._keep([(rejected, mention.id, wire.encode(mention)) for rejected, mention in outcome.failed], out)
            out += self.parcels(outcome)
            self._publish(out)
        self._queue.drop((mention_id, version) for mention_id, version, _ in taken)
        return True
