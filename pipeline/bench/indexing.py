"""What the index costs its worker: the bodies of bulk requests, beside reading the same records from the wire."""

import time
from datetime import timedelta

from classifiers.models import quick
from connectors.mention import Channel, Mention
from pipeline import clock, wire
from pipeline.bench._mentions import spread_before, texts_of
from pipeline.bench._rounds import Figure, Options, interleaved, ratio, speed
from pipeline.corpus.elastic import bulk, layout
from pipeline.corpus.elastic.bulk import Write
from pipeline.records import Assessed
from pipeline.steps.assess import text_of

TITLE = "写入检索库（每条在索引进程中的处理器时间）"
_MENTIONS, _BATCH = 4096, 512


def measure(options: Options) -> list[Figure]:
    """Return documents a second of processor time: bulk bodies, and decoding from the wire and bodies together."""
    records = records_of(options)
    encoded = [wire.encode(record) for record in records]

    def bodies(_: int) -> int:
        for start in range(0, _MENTIONS, _BATCH):
            _body(records[start : start + _BATCH])
        return _MENTIONS

    def decoding(_: int) -> int:
        for data in encoded:
            wire.decode(data, Assessed)
        return _MENTIONS

    seconds = interleaved({"bodies": bodies, "decoding": decoding}, options.rounds, time.process_time)
    return [
        speed("批量写入体", seconds["bodies"]),
        ratio("批量写入体与解码同一记录之比", seconds["bodies"], seconds["decoding"]),
    ]


def _body(records: list[Assessed]) -> bytes:
    writes = [Write(d.id, d.home, d.version, d.source) for d in layout.documents(records)]
    return b"".join(write.lines() for request in bulk.bodies(writes) for write in request)


def records_of(options: Options) -> list[Assessed]:
    """Return judged mentions spread over the last two months."""
    texts = texts_of(options.data, _MENTIONS)
    now = clock.real()
    moment = spread_before(now, timedelta(days=60), _MENTIONS)
    mentions = [
        Mention(f"bench:{number}", Channel(text["channel"]), "bench", text["text"], moment(number), now)
        for number, text in enumerate(texts)
    ]
    verdicts = quick.load().assess([text_of(mention) for mention in mentions])
    return [Assessed(mention, verdict) for mention, verdict in zip(mentions, verdicts, strict=True)]
