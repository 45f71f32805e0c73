"""Reading a topic at offsets of the caller's own, and how far each group is behind."""

import contextlib
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from kafka import KafkaConsumer, TopicPartition
from kafka.admin import OffsetSpec
from kafka.errors import KafkaError, OffsetOutOfRangeError

from pipeline.broker.connection import Connection
from pipeline.broker.topics import admin_of
from pipeline.errors import TransientError
from pipeline.flow import Group, Topic


class Record(NamedTuple):
    """One record as the brokers hold it."""

    partition: int
    offset: int
    key: bytes | None
    value: bytes


class Extent(NamedTuple):
    """The offsets of a partition: its oldest record's, and the next one's to come."""

    first: int
    end: int


class ExpiredError(Exception):
    """The offset asked for lies before the oldest record: what lay between is lost by retention."""


class Reader:
    """Reads one topic from given offsets on; commits nothing."""

    def __init__(self, connection: Connection, topic: Topic) -> None:
        self._name = connection.topic(topic)
        try:
            self._consumer = KafkaConsumer(
                **connection.options(),
                group_id=None,
                enable_auto_commit=False,
                auto_offset_reset="none",
                max_partition_fetch_bytes=4 << 20,
                fetch_max_wait_ms=100,
            )
        except KafkaError as error:
            raise TransientError(f"连不上 Kafka：{error}") from error

    def extents(self) -> dict[int, Extent]:
        """Return the offsets of every partition.

        Raises:
            TransientError: the brokers do not answer or do not know the topic.
        """
        try:
            partitions = self._consumer.partitions_for_topic(self._name)
            if not partitions:
                raise TransientError(f"Kafka 上没有主题 {self._name}：请先执行 yuqing topics create")
            places = [TopicPartition(self._name, number) for number in sorted(partitions)]
            first, end = self._consumer.beginning_offsets(places), self._consumer.end_offsets(places)
        except KafkaError as error:
            raise TransientError(f"Kafka 没有答复：{error}") from error
        return {place.partition: Extent(first[place], end[place]) for place in places}

    def start(self, offsets: Mapping[int, int]) -> None:
        """Begin at the given offset of each partition."""
        places = {TopicPartition(self._name, number): offset for number, offset in offsets.items()}
        self._consumer.assign(list(places))
        for place, offset in places.items():
            self._consumer.seek(place, offset)

    def poll(self, seconds: float, limit: int) -> list[Record]:
        """Return what comes within some seconds, at most ``limit`` records, in order within a partition.

        Raises:
            TransientError: the brokers do not answer.
            ExpiredError: an offset lies before the oldest record.
        """
        try:
            found = self._consumer.poll(timeout_ms=int(seconds * 1000), max_records=limit)
        except OffsetOutOfRangeError as error:
            raise ExpiredError(str(error)) from error
        except KafkaError as error:
            raise TransientError(f"Kafka 没有答复：{error}") from error
        return [
            Record(place.partition, record.offset, record.key, record.value)
            for place, records in found.items()
            for record in records
        ]

    def between(self, offsets: Mapping[int, int]) -> Iterator[Record]:
        """Yield everything from the given offsets (a partition not named: its first) up to what is there now."""
        ends = {}
        starts = {}
        for number, extent in self.extents().items():
            start = max(offsets.get(number, extent.first), extent.first)
            if start < extent.end:
                starts[number], ends[number] = start, extent.end
        self.start(starts)
        while ends:
            for record in self.poll(1.0, 1000):
                if record.partition in ends:
                    yield record
                    if record.offset + 1 >= ends[record.partition]:
                        del ends[record.partition]

    def close(self) -> None:
        """Close the connection."""
        with contextlib.suppress(KafkaError):
            self._consumer.close(timeout_ms=1000)


class Lag:
    """How far the groups are behind, asked of the brokers each time."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._admin = admin_of(connection)

    def committed(self, group: Group) -> dict[tuple[str, int], int]:
        """Return the offset that a group has committed, by name of the topic and partition.

        Raises:
            TransientError: the brokers do not answer.
        """
        name = self._connection.group(group)
        try:
            found = self._admin.list_group_offsets({name: None})[name]
        except KafkaError as error:
            raise TransientError(f"Kafka 没有答复：{error}") from error
        return {(place.topic, place.partition): each.offset for place, each in found.items()}

    def ends(self, topic: Topic, partitions: int) -> list[int]:
        """Return the offset of the next record to come, for each partition.

        Raises:
            TransientError: the brokers do not answer.
        """
        name = self._connection.topic(topic)
        places = [TopicPartition(name, number) for number in range(partitions)]
        try:
            found = self._admin.list_partition_offsets(dict.fromkeys(places, OffsetSpec.LATEST))
        except KafkaError as error:
            raise TransientError(f"Kafka 没有答复：{error}") from error
        return [found[place].offset for place in places]

    def behind(self, group: Group, topic: Topic, partitions: int) -> int:
        """Return how many records of a topic a group has still to do."""
        ends = self.ends(topic, partitions)
        done = self.committed(group)
        name = self._connection.topic(topic)
        return sum(max(0, end - done.get((name, number), 0)) for number, end in enumerate(ends))

    def close(self) -> None:
        """Close the connection."""
        with contextlib.suppress(KafkaError):
            self._admin.close()
