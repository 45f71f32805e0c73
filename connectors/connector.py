"""The contract of a connector: recognise, count, read; every record gets a fate and nothing is raised for a bad one."""

from collections.abc import Callable, Iterator
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Protocol

import msgspec

from connectors.mention import Channel, Mention, RawRef


class RefusalReason(StrEnum):
    """Why a record became no mention; a closed set, used as a metric label."""

    EMPTY = "empty"  # no text, no title, no state
    REPEATED_HEADER = "repeated_header"
    NOT_A_RECORD = "not_a_record"  # advertisement card, summary row
    CONFLICT = "conflict"  # same id, different text, same file
    BAD_TIME = "bad_time"
    BAD_SHAPE = "bad_shape"  # cells that fit no column, wrong types
    BAD_ENCODING = "bad_encoding"
    TOO_LARGE = "too_large"
    CUT_OFF = "cut_off"  # the file ends in the middle of a record


class Refused(msgspec.Struct, frozen=True):
    """A record that became no mention: the reason, the same in Chinese words with what to do, and its bytes."""

    reason: RefusalReason
    detail: str
    raw_ref: RawRef
    raw: bytes


class Quarantined(msgspec.Struct, frozen=True):
    """A record that bears the mark of a state secret: it goes to the store for those cleared and nowhere else."""

    raw_ref: RawRef
    raw: bytes


Item = Mention | Refused | Quarantined


class Reading(msgspec.Struct, frozen=True):
    """What a reading needs to know that is not in the file.

    ``collected_at`` is the declared time of the crawl or else the file's own time, never now: relative times count
    from it. ``salt`` hashes authors. ``secret_marks`` are the deployment's own marks beside the built-in ones.
    ``after`` is the checkpoint: records up to and including that row were read before and are not yielded again.
    ``trace`` is shown each record as it was found (``connectors.reading.records.Record``) with what became of it.
    """

    collected_at: datetime
    salt: bytes
    timezone: str = "Asia/Shanghai"
    secret_marks: tuple[str, ...] = ()
    after: int = 0
    trace: Callable[[object, Item], None] | None = None


class Connector(Protocol):
    """Reads one family of exports.

    A module ``connectors/sources/<name>.py`` holds one as ``CONNECTOR``; the file name is ``name`` and the
    command-line word. Unit of parallelism: the file. Delivery: every record of the file is yielded once, in order.
    Resume: from ``Reading.after``, exact at every record boundary.
    """

    name: str
    channel: Channel
    title: str  # Chinese, for people
    known_by: str  # Chinese: by what such a file is known
    example: str  # the first lines of such a file, written by us, for `yuqing connect list`

    def recognise(self, path: Path, head: bytes) -> float:
        """Return how surely the file (its name and first 64 KiB) is of this format, from 0 to 1."""

    def count(self, path: Path) -> int:
        """Return the number of records in the file by a count that shares no code with ``read``."""

    def read(self, path: Path, reading: Reading) -> Iterator[Item]:
        """Yield one item for each record; never raises for a bad record, only ``ConnectorError`` for the whole file."""


class ConnectorError(Exception):
    """The file as a whole cannot be read; the text says in Chinese what to do next."""
