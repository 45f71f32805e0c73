"""What a group does with a batch from the brokers, whatever drives it: done means with the brokers or in the store.

An engine never raises for a record: what cannot be read or processed goes to the rejected store and its topic, what may
succeed later is tried again until it does. Only the wish to stop ends a batch halfway, and then nothing of it is done.
"""

import gc
import threading
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC
from typing import TYPE_CHECKING, NamedTuple, Protocol, TypeVar

import msgspec
import structlog

from connectors.mention import Mention
from pipeline import durations, runner, wire
from pipeline.broker.publisher import Parcel, Publisher, envelopes, partition_of
from pipeline.errors import PermanentError, StoppedError, TransientError
from pipeline.flow import Group, Topic, stages_of
from pipeline.records import Assessed, Rejected
from pipeline.runtimes.base import ContextFactory
from pipeline.runtimes.deaths import Deaths
from pipeline.stores import fault
from pipeline.stores.kept import KeptStore, kept_of

if TYPE_CHECKING:
    from pipeline.corpus.elastic.indexer import Indexer

_T = TypeVar("_T", bound=msgspec.Struct)
_log = structlog.get_logger("yuqing.engine")
_PAUSE = 1.0


class Taken(NamedTuple):
    """One record of a topic as it was taken from the brokers."""

    topic: Topic
    partition: int
    offset: int
    value: bytes


class Engine(Protocol):
    """One group's work."""

    group: Group

    def work(self, batch: Sequence[Taken]) -> None:
        """Do a batch; when it returns, every record of it is done.

        Raises:
            StoppedError: asked to stop before that; nothing of the batch may be acknowledged.
        """

    def waits_for(self) -> str:
        """Return what it waits for while something outside does not answer; empty while all is well."""


class Base:
    """Reading envelopes, setting aside what is none, publishing until it is acknowledged."""

    def __init__(
        self,
        group: Group,
        context: ContextFactory,
        publisher: Publisher,
        rejected: KeptStore,
        stopping: threading.Event,
    ) -> None:
        self.group, self._context, self._publisher = group, context, publisher
        self._rejected, self._stopping = rejected, stopping
        self._trouble = ""

    def waits_for(self) -> str:
        """Return what it waits for; see ``Engine.waits_for``."""
        return self._trouble

    def _read(self, batch: Sequence[Taken], kind: type[_T], out: list[Parcel]) -> list[_T]:
        """Return the records in the envelopes; what is none is kept, and its rejection put to what goes out."""
        found: list[_T] = []
        for taken in batch:
            try:
                parts = wire.unpack(taken.value)
            except PermanentError:
                self._set_aside(taken, "", taken.value, out)
                continue
            for number, part in enumerate(parts):
                try:
                    found.append(wire.decode(part, kind))
                except PermanentError:
                    self._set_aside(taken, f"/{number}", part, out)
        return found

    def _set_aside(self, taken: Taken, place: str, value: bytes, out: list[Parcel]) -> None:
        rejected = Rejected(self.group.value, "bad_record", "", mention_id=_id_in(value))
        place = f"{taken.topic.value}/{taken.partition}/{taken.offset}{place}"
        _log.warning("record_rejected", stage=self.group.value, place=place)
        self._keep([(rejected, place, value)], out)

    def _keep(self, failed: Sequence[tuple[Rejected, str, bytes]], out: list[Parcel]) -> None:
        """Keep bytes that could not be processed, before anybody is told of them."""
        if not failed:
            return
        at = self._context().now.astimezone(UTC).isoformat()
        self._rejected.put([kept_of(rejected, place, at, value) for rejected, place, value in failed])
        parts = self._patiently(lambda: self._publisher.partitions(Topic.REJECTED))
        for rejected, place, _ in failed:
            partition = partition_of(rejected.mention_id or place, parts)
            out.append(Parcel(Topic.REJECTED, partition, wire.encode(rejected)))

    def _publish(self, out: Sequence[Parcel]) -> None:
        if out:
            fault.point(f"{self.group.value}.before_publish")
            self._patiently(lambda: self._publisher.publish(out))
            fault.point(f"{self.group.value}.after_publish")

    def _patiently(self, attempt: Callable[[], "_R"]) -> "_R":
        while True:
            try:
                result = attempt()
            except TransientError as error:
                if not self._trouble:
                    _log.warning("engine_waits", group=self.group.value, why=str(error))
                self._trouble = str(error)
                gc.collect()  # the client leaves the sockets of failed attempts to the collector
                if self._stopping.wait(_PAUSE):
                    raise StoppedError("停在半批：未完成的不作确认，重启后再做") from error
            else:
                self._trouble = ""
                return result


_R = TypeVar("_R")


class Stages(Base):
    """A group without state: its stages over the batch, their records to their topics."""

    def __init__(
        self, group: Group, context: ContextFactory, publisher: Publisher, rejected: KeptStore,
        stopping: threading.Event, deaths: Deaths | None = None,
    ) -> None:  # fmt: skip
        super().__init__(group, context, publisher, rejected, stopping)
        self._deaths = deaths

    def work(self, batch: Sequence[Taken]) -> None:
        """Do a batch; see ``Engine.work``."""
        out: list[Parcel] = []
        mentions = self._read(batch, Mention, out)
        with durations.timed(stages_of(self.group)[0].name):
            outcome = self._judge(mentions) if self._deaths is None else self._deaths.judged(mentions, self._judge)
        self._keep([(rejected, mention.id, wire.encode(mention)) for rejected, mention in outcome.failed], out)
        out += self.parcels(outcome)
        self._publish(out)

    def _judge(self, mentions: Sequence[Mention]) -> runner.Outcome:
        return runner.run(self.group, mentions, None, self._context())

    def parcels(self, outcome: runner.Outcome) -> Iterator[Parcel]:
        """Yield what goes out, the flagged first: an alert waits for nothing."""
        for flagged in outcome.of(Topic.FLAGGED):
            yield Parcel(Topic.FLAGGED, 0, wire.encode(flagged))
        judged = [(assessed.mention.id, wire.encode(assessed)) for assessed in outcome.of(Topic.ASSESSED)]
        if judged:
            parts = self._patiently(lambda: self._publisher.partitions(Topic.ASSESSED))
            yield from envelopes(Topic.ASSESSED, parts, judged)


class Index(Base):
    """The index group: judged mentions into the corpus."""

    def __init__(
        self,
        context: ContextFactory,
        publisher: Publisher,
        rejected: KeptStore,
        stopping: threading.Event,
        indexer: "Indexer",
    ) -> None:
        super().__init__(Group.INDEX, context, publisher, rejected, stopping)
        self._indexer = indexer

    def work(self, batch: Sequence[Taken]) -> None:
        """Do a batch; see ``Engine.work``."""
        out: list[Parcel] = []
        judged = self._read(batch, Assessed, out)
        if judged:
            with durations.timed("index"):
                failed = self._indexer.index(judged).failed
            fault.point("index.after_put")
            self._keep([(rejected, mention.id, wire.encode(mention)) for rejected, mention in failed], out)
        self._publish(out)

    def waits_for(self) -> str:
        """Return what the group waits for: the index, or the brokers."""
        return self._indexer.trouble or super().waits_for()


class _Identified(msgspec.Struct):
    id: str = ""
    mention: "_Identified | None" = None


def _id_in(value: bytes) -> str:
    """Return the mention's id in bytes that are no record of ours, empty where there is none to be found."""
    try:
        found = wire.decode(value, _Identified)
    except PermanentError:
        return ""
    return found.id if found.mention is None else found.mention.id
