"""Trying again what a step could not process."""

import msgspec

from connectors.mention import Mention
from pipeline import wire
from pipeline.errors import PermanentError
from pipeline.flow import Topic
from pipeline.runtimes.base import Runtime
from pipeline.stores import log
from pipeline.stores.kept import Kept
from pipeline.stores.log import Lane


class Outcome(msgspec.Struct):
    """How many records were tried, how many went through, and how many only a mended file can bring back."""

    tried: int
    done: int
    unreadable: int


def retry_rejected(pipeline: Runtime) -> Outcome:
    """Put every mention that a step failed on back into the log and work it off."""
    kept = pipeline.rejected.all()
    again = [(record, mention) for record in kept if (mention := _mention_in(record)) is not None]
    with pipeline.main.write("retry") as db:
        log.append(db, Topic.MENTIONS, Lane.BULK, [wire.encode(mention) for _, mention in again])
    for record, _ in again:
        pipeline.rejected.drop(record.place)
    pipeline.drain()
    places = pipeline.rejected.places()
    done = sum(record.place not in places for record, _ in again)
    return Outcome(len(again), done, len(kept) - len(again))


def _mention_in(record: Kept) -> Mention | None:
    """Return the mention that a step failed on; what was never read as one has none."""
    if record.stage == "connect":
        return None
    try:
        return wire.decode(record.raw, Mention)
    except PermanentError:
        return None
