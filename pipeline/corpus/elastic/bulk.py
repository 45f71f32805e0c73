"""One bulk request and what its answer means, item by item.

An item is done, must go again, or will never be taken; the request as a whole likewise. What pauses and how long is
not decided here.
"""

from collections.abc import Iterator, Sequence
from enum import Enum
from typing import Any, NamedTuple

import msgspec

from pipeline.corpus.elastic.cluster import Answer

MAX_BODY = 5 * 1024 * 1024  # bytes of one request

_PARAMS = {"filter_path": "items.*.status,items.*.error.type,items.*.error.reason"}


class Pace(Enum):
    """When to go on after an answer."""

    AT_ONCE = "at_once"
    BACK_OFF = "back_off"
    SLOWLY = "slowly"  # a person must mend something first


class Write(NamedTuple):
    """One document to be written, with its version; only a lower or equal one in the index gives way."""

    id: str
    home: str  # the index it goes to
    version: int
    source: bytes

    def lines(self) -> bytes:
        """Return the two lines of a bulk body."""
        place = b'{"index":{"_index":"%s","_id":%s,"version":%d,"version_type":"external_gte"}}\n%s\n'
        return place % (self.home.encode(), msgspec.json.encode(self.id), self.version, self.source)


class Refusal(NamedTuple):
    """A document that the index will never take, and the kind of error; its text may quote the document."""

    write: Write
    why: str


class Verdict(NamedTuple):
    """What became of the writes of one request."""

    superseded: list[Write]  # the index holds a higher version
    again: list[list[Write]]  # requests to be sent, in order
    refused: list[Refusal]
    pace: Pace
    why: str


REQUEST: dict[str, Any] = {"method": "POST", "path": "/_bulk", "params": _PARAMS}


def bodies(writes: Sequence[Write]) -> Iterator[list[Write]]:
    """Yield the writes as requests of at most ``MAX_BODY`` bytes; a larger document is sent alone."""
    part: list[Write] = []
    size = 0
    for write in writes:
        weight = len(write.source) + len(write.id) + 120
        if part and size + weight > MAX_BODY:
            yield part
            part, size = [], 0
        part.append(write)
        size += weight
    if part:
        yield part


def judge(writes: list[Write], answer: Answer) -> Verdict:
    """Say what an answer means for the writes of its request."""
    if answer.status < 300:
        return _items(writes, answer)
    if answer.status in (400, 413):  # one of them spoils it, or they are too many
        if len(writes) == 1:
            return Verdict([], [], [Refusal(writes[0], f"{answer.status} {answer.error_type}")], Pace.AT_ONCE, "")
        half = len(writes) // 2
        return Verdict([], [writes[:half], writes[half:]], [], Pace.AT_ONCE, "")
    pace = Pace.BACK_OFF if answer.status == 429 or answer.status >= 500 else Pace.SLOWLY
    return Verdict([], [writes], [], pace, f"{answer.status} {answer.reason}")


def _items(writes: list[Write], answer: Answer) -> Verdict:
    items = answer.body.get("items", []) if isinstance(answer.body, dict) else []
    if len(items) != len(writes):
        return Verdict([], [writes], [], Pace.BACK_OFF, f"{len(items)} answers to {len(writes)} documents")
    superseded: list[Write] = []
    again: list[Write] = []
    refused: list[Refusal] = []
    pace, why = Pace.AT_ONCE, ""
    for write, item in zip(writes, items, strict=True):
        said = item["index"]
        status, error = said["status"], said.get("error", {})
        if status < 300:
            continue
        kind = error.get("type", "")
        reason = f"{status} {kind}: {error.get('reason', '')}"
        if status == 409:
            superseded.append(write)
        elif status in (401, 403):
            again.append(write)
            pace, why = Pace.SLOWLY, reason
        elif status == 429 or status >= 500 or kind == "index_not_found_exception":
            again.append(write)
            if pace is Pace.AT_ONCE:
                pace, why = Pace.BACK_OFF, reason
        else:
            refused.append(Refusal(write, f"{status} {kind}"))
    return Verdict(superseded, [again] if again else [], refused, pace, why)
