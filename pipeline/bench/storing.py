"""The whole embedded pipeline, from a file of mentions to ledger and corpus, against bare reading and segmenting."""

import time
from datetime import timedelta

import orjson

from classifiers import baselines
from pipeline import clock
from pipeline.bench._mentions import fed, lines_of, opened, spread_before, texts_of
from pipeline.bench._rounds import Figure, Options, interleaved, ratio, speed

TITLE = "全程入库（读入、研判、归并、台账、检索）"
_A_ROUND = 1024  # less than what the pipeline may have in flight, so that one thread does all of it


def measure(options: Options) -> list[Figure]:
    """Return mentions a second of processor time and the ratio, on the same texts in one process."""
    texts = texts_of(options.data, _A_ROUND * (options.rounds + 1))
    lines = lines_of(texts, spread_before(clock.real(), timedelta(hours=12), len(texts)))
    cut = baselines.bare()
    done = iter(range(0, len(lines), _A_ROUND))
    with opened() as running:

        def ours(_number: int) -> int:
            start = next(done)  # a text is stored once: every round takes the next
            chunk = lines[start : start + _A_ROUND]
            fed(running, chunk, f"{start}.jsonl")
            return len(chunk)

        def bare(number: int) -> int:
            start = number * _A_ROUND
            for line in lines[start : start + _A_ROUND]:
                cut(orjson.loads(line)["text"])
            return _A_ROUND

        times = interleaved({"ours": ours, "bare": bare}, options.rounds, time.process_time)
    return [
        speed("全程（处理器时间）", times["ours"]),
        speed("只读入并分词（处理器时间）", times["bare"]),
        ratio("全程 ÷ 只读入并分词", times["ours"], times["bare"], floor=0.08),
    ]
