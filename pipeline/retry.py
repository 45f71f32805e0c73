"""Trying again what a step could not process."""

import msgspec

from connectors.mention import Mention
from pipeline import wire
from pipeline.flow import Topic
from pipeline.runtimes.base import Runtime
from pipeline.stores import log
from pipeline.stores.log import Lane


class Outcome(msgspec.Struct):
    """How many records were tried, how many went through, and how many only a mended file can bring back."""

    tried: int
    done: int
    unreadable: int


def retry_rejected(pipeline: Runtime) -> Outcome:
    """Put every mention that a step failed on back into the log and work it off."""
    kept = pipeline.rejected.all()
    again = [record for record in kept if record.stage != "connect"]
    with pipeline.main.write("retry") as db:
        mentions = [wire.encode(wire.decode(record.raw, Mention)) for record in again]
        log.append(db, Topic.MENTIONS, Lane.BULK, mentions)
    for record in again:
        pipeline.rejected.drop(record.place)
    pipeline.drain()
    places = pipeline.rejected.places()
    done = sum(record.place not in places for record in again)
    return Outcome(len(again), done, len(kept) - len(again))
