"""The careful reader: texts a second on one core, the share of a stream that it re-reads, memory of each reader."""

import subprocess
import sys
import time
from collections.abc import Callable

import orjson

from classifiers.classifier import Reader, Text
from classifiers.models import quick
from classifiers.readers import unavailable
from pipeline.bench._rounds import Figure, Options, interleaved, speed
from pipeline.bench._texts import posts
from pipeline.errors import YuqingError

TITLE = "精读速度、复核比例与内存"
_LENGTHS = (85, 500)
_BATCHES = (1, 32)
_STREAM = 2048
_PROBE = """
import sys
from importlib import import_module
from classifiers.classifier import Text
reader = import_module(f"classifiers.models.{sys.argv[1]}").load()
reader.assess([Text(text="望泽区白鹭镇自来水发黄，已经三天没有恢复正常。" * 400)])
lines = open("/proc/self/status").read().splitlines()
print(next(line.split()[1] for line in lines if line.startswith("VmHWM:")))
"""


def measure(options: Options) -> list[Figure]:
    """Return texts a second by processor time at batch 1 and 32, the share re-read, and MiB of memory of each reader.

    Raises:
        YuqingError: there is no careful reader here.
    """
    if reason := unavailable():
        raise YuqingError(reason)
    from classifiers.models import careful  # noqa: PLC0415 - cannot be imported everywhere

    lines = [orjson.loads(line)["text"] for line in posts(options.data, _STREAM)]
    reader = careful.load()
    whole = "".join(lines)
    ways = {}
    for length in _LENGTHS:
        for batch in _BATCHES:
            texts = [Text(text=whole[at * length : (at + 1) * length], channel="weibo") for at in range(32)]
            # The same 32 texts, handed over one by one or all at once.
            ways[f"{length} 字，每批 {batch} 条"] = _way(reader, texts, batch)
    times = interleaved(ways, min(options.rounds, 5), time.process_time)
    figures = [speed(f"精读 {name}", seconds) for name, seconds in times.items()]
    judged = quick.load().assess([Text(text=text, channel="weibo") for text in lines])
    share = sum(verdict.wants_rereading for verdict in judged) / len(judged)
    figures.append(Figure("自然来稿中复核的比例", 100 * share, "%"))
    memory = {name: _memory(name) for name in ("quick", "careful")}
    figures.append(Figure("快读进程常驻内存", memory["quick"], "MiB"))
    figures.append(Figure("快读与精读进程常驻内存", memory["careful"], "MiB"))
    return figures


def _way(reader: Reader, texts: list[Text], batch: int) -> Callable[[int], int]:
    def read(_number: int) -> int:
        for start in range(0, len(texts), batch):
            reader.assess(texts[start : start + batch])
        return len(texts)

    return read


def _memory(name: str) -> float:
    """Return the largest resident memory, in MiB, of a process that reads 9,000 characters by one reader.

    The process tells its own: what the system says of a child counts the parent that it was forked from.
    """
    done = subprocess.run([sys.executable, "-c", _PROBE, name], capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        raise YuqingError(f"测量内存的进程以 {done.returncode} 结束：{done.stderr[-300:]}")
    return int(done.stdout) / 1024
