"""Search over 100,000 mentions: queries of one to eight characters cut from the texts, newest first."""

import random
import statistics
import time
from datetime import timedelta

from classifiers.assessment import Severity
from classifiers.models import quick
from connectors.mention import Channel, Mention, TimePrecision
from pipeline import clock
from pipeline.bench._mentions import folder, spread_before, texts_of
from pipeline.bench._rounds import Figure, Options
from pipeline.corpus.embedded import EmbeddedCorpus
from pipeline.corpus.query import Query
from pipeline.records import Assessed
from pipeline.steps.assess import text_of

TITLE = "检索（十万条）"
_MENTIONS, _QUERIES, _BATCH, _LONGEST = 100_000, 400, 512, 8


def measure(options: Options) -> list[Figure]:
    """Return the time of a page of hits in milliseconds: plain queries, with filters, and one character alone."""
    texts = texts_of(options.data, None)
    texts = (texts * (_MENTIONS // len(texts) + 1))[:_MENTIONS]
    now = clock.real()
    moment = spread_before(now, timedelta(days=5), _MENTIONS)
    reader = quick.load()
    with folder() as path:
        corpus = EmbeddedCorpus(path / "corpus.db")
        for start in range(0, _MENTIONS, _BATCH):
            mentions = [
                Mention(
                    id=f"bench:{number}",
                    revision=0,
                    channel=Channel(text["channel"]),
                    source="bench",
                    source_id=str(number),
                    text=text["text"],
                    published_at=moment(number),
                    time_precision=TimePrecision.SECOND,
                    collected_at=now,
                )
                for number, text in enumerate(texts[start : start + _BATCH], start)
            ]
            judged = reader.assess([text_of(mention) for mention in mentions])
            corpus.put([Assessed(mention, verdict) for mention, verdict in zip(mentions, judged, strict=True)])
        queries = _queries([text["text"] for text in texts])
        plain = _timed(corpus, [Query(words=words) for words in queries])
        floor = (Severity.MAJOR_EMERGENCY, Severity.SENSITIVE)
        filtered = _timed(corpus, [Query(words=words, severities=floor, place="市") for words in queries])
        single = _timed(corpus, [Query(words=words[0]) for words in queries])
        corpus.close()
    figures = []
    for name, times in (("一至八字", plain), ("一至八字并筛选", filtered), ("单字", single)):
        figures.append(Figure(f"{name} p50", statistics.median(times) * 1000, "毫秒"))
        figures.append(Figure(f"{name} p99", statistics.quantiles(times, n=100)[98] * 1000, "毫秒", ceiling=50))
    return figures


def _queries(texts: list[str]) -> list[str]:
    chooser = random.Random(61)
    found: list[str] = []
    while len(found) < _QUERIES:
        text, length = chooser.choice(texts), len(found) % _LONGEST + 1
        start = chooser.randrange(max(1, len(text) - length))
        words = text[start : start + length]
        if len(words) == length and all("\u4e00" <= character <= "\u9fff" for character in words):
            found.append(words)
    return found


def _timed(corpus: EmbeddedCorpus, queries: list[Query]) -> list[float]:
    times = []
    for query in queries:
        started = time.perf_counter()
        corpus.search(query)
        times.append(time.perf_counter() - started)
    return times
