"""What ``yuqing ingest`` of all the texts takes: memory at its highest, time, and whether the balance holds."""

import os
import subprocess
import sys
import time
from datetime import timedelta

import orjson

from pipeline import clock
from pipeline.bench._mentions import folder, lines_of, spread_before, texts_of
from pipeline.bench._rounds import Figure, Options
from pipeline.errors import YuqingError

TITLE = "全部文本一次读入的内存"
_MEBIBYTE = 1024 * 1024


def measure(options: Options) -> list[Figure]:
    """Return the largest resident memory of the process in MiB, mentions a second, and the difference of the balance.

    Raises:
        YuqingError: the command failed.
    """
    texts = texts_of(options.data, None)
    with folder() as path:
        export = path / "all.jsonl"
        export.write_bytes(b"\n".join(lines_of(texts, spread_before(clock.real(), timedelta(days=5), len(texts)))))
        command = [sys.executable, "-m", "pipeline", "ingest", "--json", "--format", "mentions"]
        started = time.perf_counter()
        with (path / "out.json").open("w+b") as out:
            process = subprocess.Popen([*command, "--data", str(path / "data"), str(export)], stdout=out)  # noqa: S603
            _, status, used = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
            seconds = time.perf_counter() - started
            out.seek(0)
            answer = out.read()
        if process.returncode != 0:
            raise YuqingError(f"yuqing ingest 以 {process.returncode} 结束：{answer[:500].decode(errors='replace')}")
        balance = orjson.loads(answer)
    offered = sum(file["offered"] for file in balance["files"])
    return [
        Figure("条数", offered, "条", floor=len(texts)),
        Figure("最大常驻内存", used.ru_maxrss * 1024 / _MEBIBYTE, "MiB", ceiling=1024),
        Figure("速度", offered / seconds, "条/秒"),
        Figure("账目差额", len(balance["faults"]), "处", ceiling=0),
    ]
