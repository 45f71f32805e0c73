"""What Faust and its client lack: a commit that steps over no gap, a pause before asking a dead broker again."""

import asyncio
from typing import Any

from aiokafka.client import AIOKafkaClient
from faust.transport.drivers import aiokafka as driver
from faust.types import TP


class BeltedConsumer(driver.Consumer):
    """Commits from the first record delivered on, without a gap.

    Faust 0.15.3 commits over one unacknowledged record at the committed position, and over any number of them at the
    start of a partition that has no commit yet (upstream issue 606). Here the next commit may only begin where the last
    ended, or at the first record that was delivered since the partition was assigned.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._next: dict[TP, int] = {}
        super().__init__(*args, **kwargs)

    def _to_message(self, tp: TP, record: Any) -> Any:
        if record.offset < self._next.get(tp, record.offset + 1):
            self._next[tp] = record.offset
        return super()._to_message(tp, record)

    def _new_offset(self, tp: TP) -> int | None:
        acked = self._acked[tp]
        if not self._gap[tp] and acked and min(acked) > self._next.get(tp, 0):
            return None
        offset: int | None = super()._new_offset(tp)
        if offset is not None:
            self._next[tp] = offset
        return offset

    async def on_partitions_revoked(self, revoked: set[TP]) -> None:
        """Forget what was delivered of partitions that go to others."""
        for tp in revoked:
            self._next.pop(tp, None)
        await super().on_partitions_revoked(revoked)


class BeltedTransport(driver.Transport):
    """Faust's transport with our consumer."""

    Consumer = BeltedConsumer


def pause_between_failed_metadata_updates() -> None:
    """Let aiokafka wait before it asks again: while a broker is down, 0.14 takes half a core and 100,000 log lines."""
    update = AIOKafkaClient._metadata_update  # noqa: SLF001 (there is no public place to put a pause)
    if getattr(update, "pauses", False):
        return

    async def patient(self: AIOKafkaClient, *args: Any, **kwargs: Any) -> bool:
        done: bool = await update(self, *args, **kwargs)
        if not done:
            await asyncio.sleep(self._retry_backoff)
        return done

    patient.pauses = True  # type: ignore[attr-defined]
    AIOKafkaClient._metadata_update = patient  # noqa: SLF001
