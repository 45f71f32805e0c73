"""Publishing: what returns without an error is with the brokers, every copy acknowledged."""

import contextlib
import zlib
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import NamedTuple

import structlog
from kafka import KafkaProducer
from kafka.errors import KafkaError

from pipeline import wire
from pipeline.broker.connection import Connection
from pipeline.errors import TransientError
from pipeline.flow import Topic

_log = structlog.get_logger("yuqing.publisher")

ENVELOPE = 64  # records of mentions, and of judged mentions, that travel as one
MOST_BYTES = 1 << 20  # of an envelope, unless one record alone is larger
LARGEST = 3 << 20  # what a broker takes of one record (``message.max.bytes``), with room for its frame
_PATIENCE = 10.0  # seconds until a batch that was not acknowledged is tried again


class Parcel(NamedTuple):
    """One record for the brokers."""

    topic: Topic
    partition: int
    value: bytes
    key: bytes | None = None


def partition_of(mention_id: str, partitions: int) -> int:
    """Return where the records of a mention go; always the same, so that its revisions keep their order."""
    return zlib.crc32(mention_id.encode("utf-8", "surrogatepass")) % partitions


def envelopes(topic: Topic, partitions: int, records: Iterable[tuple[str, bytes]]) -> Iterator[Parcel]:
    """Yield the records, each with its mention's id, in envelopes: order is kept within a partition."""
    parted: dict[int, list[bytes]] = {}
    for mention_id, value in records:
        parted.setdefault(partition_of(mention_id, partitions), []).append(value)
    for partition, values in sorted(parted.items()):
        for part in _filled(values):
            yield Parcel(topic, partition, wire.pack(part), b"%d" % partition)


def _filled(values: Sequence[bytes]) -> Iterator[list[bytes]]:
    left = iter(values)
    for first in left:
        part, size = [first], len(first)
        for value in islice(left, ENVELOPE - 1):
            if size + len(value) > MOST_BYTES:
                yield part
                part, size = [], 0
            part.append(value)
            size += len(value)
        yield part


class Publisher:
    """An idempotent producer that is made anew after a failure; any thread may use it, one at a time."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._producer: KafkaProducer | None = None
        self._partitions: dict[Topic, int] = {}

    def partitions(self, topic: Topic) -> int:
        """Return how many partitions a topic has.

        Raises:
            TransientError: the brokers do not answer, or do not know the topic.
        """
        if topic not in self._partitions:
            name = self._connection.topic(topic)
            try:
                found = self._open().partitions_for(name)
            except KafkaError as error:
                self._drop()
                raise TransientError(f"Kafka 没有答复：{error}") from error
            if not found:
                raise TransientError(f"Kafka 上没有主题 {name}：请先执行 yuqing topics create")
            self._partitions[topic] = len(found)
        return self._partitions[topic]

    def publish(self, parcels: Sequence[Parcel]) -> None:
        """Send records and return once all are acknowledged by every copy in sync.

        Raises:
            TransientError: not all were; those that were may come twice when they are sent again.
        """
        try:
            producer = self._open()
            sent = [
                producer.send(self._connection.topic(each.topic), each.value, each.key, partition=each.partition)
                for each in parcels
            ]
            producer.flush(_PATIENCE)
            for future in sent:
                future.get(0)
        except (KafkaError, AssertionError) as error:  # the client asserts that a partition exists
            self._drop()
            raise TransientError(f"Kafka 未确认收到：{error}") from error

    def _open(self) -> KafkaProducer:
        if self._producer is None:
            try:
                self._producer = KafkaProducer(
                    **self._connection.options(),
                    acks="all",
                    enable_idempotence=True,
                    batch_size=256 * 1024,
                    linger_ms=0,
                    max_request_size=LARGEST + (1 << 20),
                    max_block_ms=int(_PATIENCE * 1000),
                    delivery_timeout_ms=int(_PATIENCE * 1000),
                    request_timeout_ms=int(_PATIENCE * 500),
                )
            except KafkaError as error:
                raise TransientError(f"连不上 Kafka：{error}") from error
        return self._producer

    def _drop(self) -> None:
        """Let go of a producer that failed: what it still holds is sent again by the next."""
        producer, self._producer = self._producer, None
        self._partitions.clear()
        if producer is not None:
            _log.warning("producer_renewed")
            with contextlib.suppress(KafkaError):  # it complains of what it still holds
                producer.close(timeout=0)

    def close(self) -> None:
        """Close the connection."""
        producer, self._producer = self._producer, None
        if producer is not None:
            with contextlib.suppress(KafkaError):
                producer.close(timeout=1)
