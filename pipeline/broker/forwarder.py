"""From a folder's own log to the brokers: the log is the spool, and forgets a record once the brokers have it."""

from collections.abc import Callable, Sequence

import msgspec

from connectors.mention import Mention
from pipeline import wire
from pipeline.broker.publisher import LARGEST, Parcel, Publisher, envelopes, partition_of
from pipeline.flow import Topic
from pipeline.records import Rejected
from pipeline.stores import fault, log
from pipeline.stores.database import Database
from pipeline.stores.log import Lane

READER = "publish"
_BATCH = 1024


class _Identified(msgspec.Struct):
    id: str = ""
    mention_id: str = ""


class Forwarder:
    """Publishes what the log holds behind its own offset, which moves only when every copy has it.

    ``reject`` takes a mention that is too large for any broker.
    """

    def __init__(self, main: Database, publisher: Publisher, reject: Callable[[Rejected, Mention], None]) -> None:
        self._main, self._publisher, self._reject = main, publisher, reject

    def step(self) -> bool:
        """Publish the next batch of each topic, live before bulk; say whether there was any.

        Raises:
            TransientError: the brokers did not take all of it; it stays in the log.
        """
        return any(
            [
                self._forward(Topic.MENTIONS, Lane.LIVE) or self._forward(Topic.MENTIONS, Lane.BULK),
                self._forward(Topic.REJECTED, Lane.LIVE),
                self._forward(Topic.LEDGER, Lane.LIVE),
            ]
        )

    def waiting(self) -> int:
        """Return how many records the brokers have not yet got."""
        topics = (Topic.MENTIONS, Topic.REJECTED, Topic.LEDGER)
        return sum(log.behind(self._main.read, READER, topic) for topic in topics)

    def close(self) -> None:
        """Close the connection to the brokers."""
        self._publisher.close()

    def _forward(self, topic: Topic, lane: Lane) -> bool:
        after = log.committed(self._main.read, READER, topic, lane)
        batch = log.read(self._main.read, topic, lane, after, _BATCH)
        if not batch:
            return False
        self._publisher.publish(self._parcels(topic, batch))
        fault.point("publish.after_ack")
        with self._main.write("publish") as db:
            log.commit(db, READER, topic, lane, batch[-1][0])
            if topic is not Topic.LEDGER:  # the desk shows texts from its own log of decisions
                log.trim(db, topic, lane, batch[-1][0])
        return True

    def _parcels(self, topic: Topic, batch: Sequence[tuple[int, bytes]]) -> list[Parcel]:
        if topic is Topic.LEDGER:
            # The key is the position: whoever reads the topic to the end takes each position once.
            return [Parcel(topic, 0, value, b"%d" % position) for position, value in batch]
        parts = self._publisher.partitions(topic)
        named = [(wire.decode(value, _Identified), value) for _, value in batch]
        if topic is Topic.REJECTED:
            return [Parcel(topic, partition_of(found.mention_id, parts), value) for found, value in named]
        fitting = [(found.id, value) for found, value in named if len(value) <= LARGEST or self._too_large(value)]
        return list(envelopes(topic, parts, fitting))

    def _too_large(self, value: bytes) -> bool:
        mention = wire.decode(value, Mention)
        self._reject(Rejected("publish", "too_large", "", mention.raw_ref, mention.id), mention)
        return False
