"""What a Faust agent commits when one event is never acknowledged; ``python -m tests.integration.commits`` for tests.

Arguments: broker, topic, group, ``belted`` or ``plain``, and the offset that is never acknowledged.
"""

import asyncio
import os
import sys
from typing import Any

import faust

from pipeline.runtimes.belt import BeltedTransport


async def main() -> None:
    """Take the records of the topic for some seconds, acknowledging all but one of them."""
    broker, topic, group, transport, left_out = sys.argv[1:]
    app = faust.App(
        group,
        broker=f"kafka://{broker}",
        store="memory://",
        web_enabled=False,
        topic_disable_leader=True,
        topic_allow_declare=False,
        consumer_auto_offset_reset="earliest",
        broker_commit_interval=0.1,
        broker_session_timeout=6.0,
        autodiscover=False,
        worker_redirect_stdouts=False,
        stream_wait_empty=False,
    )
    if transport == "belted":
        app.transport = BeltedTransport(app.conf.broker_consumer, app)
    source = app.topic(topic, key_type=bytes, value_type=bytes, key_serializer="raw", value_serializer="raw")
    seen = asyncio.Event()

    async def agent(stream: Any) -> None:
        async for events in stream.noack_take(100, within=0.2):
            for event in events:
                if event.message.offset != int(left_out):
                    await stream.ack(event)
            seen.set()

    app.agent(source, name="agent", concurrency=1)(agent)
    app.finalize()
    await app.start()
    await asyncio.wait_for(seen.wait(), 60)
    await asyncio.sleep(1.5)
    os._exit(0)


if __name__ == "__main__":
    asyncio.run(main())
