"""From pushing a mention to its alert on the page's stream, at 200 a second, quiet and under a bulk reading."""

import statistics
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

from pipeline import clock
from pipeline.bench._mentions import folder, lines_of, spread_before, texts_of
from pipeline.bench._page import product, watched
from pipeline.bench._rounds import Figure, Options

TITLE = "从推送到页面出现提醒（每秒 200 条）"
_SECONDS_A_ROUND = 4
_BULK = 100_000


def measure(options: Options) -> list[Figure]:
    """Return p50 and p99 in milliseconds, alone and while 100,000 mentions are being read in.

    Raises:
        YuqingError: the service did not come up.
    """
    seconds = options.rounds * _SECONDS_A_ROUND
    ordinary = [text["text"] for text in texts_of(options.data, 5_000)]
    bulk_texts = texts_of(options.data, _BULK)
    figures: list[Figure] = []
    for name, bulk in (("平时", False), ("同时读入十万条", True)):
        with folder() as path, product(path, "run") as client:
            reading = _bulk(path, bulk_texts) if bulk else None
            seen = watched(client, ordinary, seconds)
            if reading is not None:
                figures.append(Figure("读入是否持续到测完", float(reading.poll() is None), "", floor=1))
                reading.kill()
                reading.wait()
        times = seen.milliseconds()
        figures += [
            Figure(f"{name}：应提醒", len(seen.pushed), "条"),
            Figure(f"{name}：已提醒", len(times), "条"),
            Figure(f"{name} p50", statistics.median(times), "毫秒", ceiling=None if bulk else 100),
            Figure(f"{name} p99", statistics.quantiles(times, n=100)[98], "毫秒", ceiling=500),
        ]
    return figures


def _bulk(path: Path, texts: list[dict[str, str]]) -> subprocess.Popen[bytes]:
    export = path / "bulk.jsonl"
    export.write_bytes(b"\n".join(lines_of(texts, spread_before(clock.real(), timedelta(days=2), len(texts)), "bulk")))
    command = [sys.executable, "-m", "pipeline", "ingest", "--json", "--format", "mentions"]
    reading = subprocess.Popen([*command, "--data", str(path / "data"), str(export)], stdout=subprocess.DEVNULL)  # noqa: S603
    time.sleep(3)  # until the reading is under way
    return reading
