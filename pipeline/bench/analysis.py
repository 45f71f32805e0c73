"""The quick reader's whole analysis against bare reading and segmenting, and against the naive way."""

import time

import orjson

from classifiers import baselines
from classifiers.classifier import Text
from classifiers.models import quick
from pipeline.bench._rounds import Figure, Options, interleaved, ratio, speed
from pipeline.bench._texts import posts

TITLE = "研判速度"
_BATCH = 512
_A_ROUND = 1024
_NAIVE_ROUND = 64  # the naive way is so slow that fewer texts say as much


def measure(options: Options) -> list[Figure]:
    """Return documents a second of processor time and ratios, on the same posts in one process."""
    lines = posts(options.data, _A_ROUND * 4)
    reader = quick.load()
    bare_cut, naive = baselines.bare(), baselines.naive([orjson.loads(line)["text"] for line in lines[:512]])

    def chunk(number: int, size: int) -> list[bytes]:
        start = number * size % (len(lines) - size + 1)
        return lines[start : start + size]

    def ours(number: int) -> int:
        texts = [orjson.loads(line) for line in chunk(number, _A_ROUND)]
        for start in range(0, len(texts), _BATCH):
            reader.assess([Text(text=t["text"], channel=t["channel"]) for t in texts[start : start + _BATCH]])
        return _A_ROUND

    def bare(number: int) -> int:
        for line in chunk(number, _A_ROUND):
            bare_cut(orjson.loads(line)["text"])
        return _A_ROUND

    def the_naive_way(number: int) -> int:
        for line in chunk(number, _NAIVE_ROUND):
            naive(orjson.loads(line)["text"])
        return _NAIVE_ROUND

    times = interleaved({"ours": ours, "bare": bare, "naive": the_naive_way}, options.rounds, time.process_time)
    return [
        speed("快读研判", times["ours"]),
        speed("只读入并分词", times["bare"]),
        speed("逐条 jieba + scikit-learn", times["naive"]),
        ratio("快读 ÷ 只读入并分词", times["ours"], times["bare"], floor=0.30),
        ratio("快读 ÷ 逐条 jieba + scikit-learn", times["ours"], times["naive"], floor=15),
    ]
