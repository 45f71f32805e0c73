"""Following at a hundred thousand live members: processor time a text, against bare reading and segmenting."""

import time
from datetime import UTC, datetime, timedelta

import orjson

from classifiers.segmenter import segmenter
from pipeline.bench._mentions import texts_of
from pipeline.bench._rounds import Figure, Options, interleaved
from pipeline.matters.follow import Follower
from pipeline.matters.terms import SEEN

TITLE = "事由归并（十万条在办信息）"
LIVE = 100_000
_A_ROUND = 200
_START = datetime(2026, 6, 1, tzinfo=UTC)
_APART = timedelta(seconds=5)  # a hundred thousand within six days


def measure(options: Options) -> list[Figure]:
    """Return the cost of placing and joining a text, absolute and as a multiple of the bare operation."""
    texts = [row["text"] for row in texts_of(options.data, None if options.data else LIVE)]
    lines = [orjson.dumps({"text": text}) for text in texts]
    follower, cut = Follower(), segmenter().cut
    began = time.process_time()
    for number in range(LIVE):
        _put_back(follower, number, texts[number % len(texts)])
    built = time.process_time() - began
    done = LIVE

    def ours(_: int) -> int:
        nonlocal done
        for number in range(done, done + _A_ROUND):
            at = _START + number * _APART
            follower.follow(str(number), orjson.loads(lines[number % len(lines)])["text"], at, at)
        done += _A_ROUND
        return _A_ROUND

    def bare(_: int) -> int:
        for number in range(done, done + _A_ROUND):
            cut(orjson.loads(lines[number % len(lines)])["text"][:SEEN])
        return _A_ROUND

    times = interleaved({"ours": ours, "bare": bare}, options.rounds, time.process_time)
    each, plain = (sorted(times[name])[len(times[name]) // 2] for name in ("ours", "bare"))
    ratios = sorted(our / its for our, its in zip(times["ours"], times["bare"], strict=True))
    return [
        Figure("归并一条", each * 1e6, "微秒", ceiling=100),
        Figure("只读入并分词", plain * 1e6, "微秒"),
        Figure("归并 ÷ 只读入并分词", ratios[len(ratios) // 2], "倍", ceiling=6),
        Figure("在办事由", follower.matters, "件"),
        Figure("重启后重建十万条", built, "秒", ceiling=10),
    ]


def _put_back(follower: Follower, number: int, text: str) -> None:
    """Put a member back as a restart does; which matter it is in costs the same, so copies of one text share theirs."""
    at = _START + number * _APART
    follower.join(f"y{text[:12]}", str(number), follower.terms(text), at, at)
