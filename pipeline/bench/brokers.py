"""The flow on running servers: a mention's cost in each process, how many pass, how soon they alert."""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import orjson

from classifiers import baselines
from pipeline import brokered, clock, config
from pipeline.bench._mentions import lines_of, spread_before, texts_of
from pipeline.bench._page import product, watched
from pipeline.bench._rounds import Figure, Options
from pipeline.broker import topics
from pipeline.broker.connection import Connection
from pipeline.broker.reader import Lag
from pipeline.corpus.elastic import creation
from pipeline.corpus.opening import cluster_of
from pipeline.errors import YuqingError
from pipeline.flow import Group, Topic

TITLE = "Kafka 与 Elasticsearch 上的全程（地址取自配置：先 make servers）"
ON_SERVERS = True
_SHORT = (60, 140)  # characters: the posts that bare segmentation is measured on
_A_ROUND = 2_000  # mentions sent through for each round
_SECONDS_A_ROUND = 2
_PATIENCE = 600.0
_TICKS = os.sysconf("SC_CLK_TCK")


class _Deployment:
    """Topics of their own on the servers of the configuration, and worker processes."""

    def __init__(self, folder: Path) -> None:
        given = config.load()
        self.folder = folder
        self.more = (
            f'[kafka]\nbrokers = {json.dumps(given.kafka.brokers)}\nprefix = "bench-{uuid.uuid4().hex[:8]}."\n'
            f"[elasticsearch]\nurl = {json.dumps(given.elasticsearch.url)}\n"
        )
        self.file = folder / "bench.toml"
        self.file.write_text(f"data = {json.dumps(str(folder / 'data'))}\n{self.more}", encoding="utf-8")
        self.settings = config.load(self.file)
        self.connection = Connection(self.settings.kafka)
        topics.create(self.connection)
        cluster = cluster_of(self.settings)
        creation.create(cluster)
        cluster.close()

    @contextmanager
    def workers(self, *members: str) -> Iterator[dict[str, subprocess.Popen[bytes]]]:
        """Run workers, each named after its group, until the block ends; yields them once they work."""
        started: dict[str, subprocess.Popen[bytes]] = {}
        try:
            for name in members:
                command = [sys.executable, "-m", "pipeline", "worker", name.split("-")[0], "--name", name]
                started[name] = subprocess.Popen(  # noqa: S603 (our own program)
                    [*command, "-c", str(self.file)], stderr=(self.folder / name).open("wb")
                )
            _until(lambda: all(b"worker_started" in (self.folder / name).read_bytes() for name in members))
            yield started
        finally:
            for process in started.values():
                process.terminate()
            for process in started.values():
                process.wait()

    def behind(self, group: Group, topic: Topic) -> int:
        """Return how many records a group has still to do."""
        lag = Lag(self.connection)
        try:
            return lag.behind(group, topic, self.settings.kafka.partitions)
        finally:
            lag.close()


def measure(options: Options) -> list[Figure]:
    """Return processor time a mention against bare reading and segmenting, mentions a second, and delays.

    Raises:
        ConfigError: the configuration names no servers.
        YuqingError: the flow did not come to its end.
    """
    rows = [row for row in texts_of(options.data, None) if _SHORT[0] <= len(row["text"]) <= _SHORT[1]]
    count = options.rounds * _A_ROUND
    texts = [rows[number % len(rows)] for number in range(count)]
    figures: list[Figure] = []
    with tempfile.TemporaryDirectory(prefix="yuqing-bench-") as name:
        deployment = _Deployment(Path(name))
        bare = _bare([row["text"] for row in rows[:4096]])
        figures.append(Figure("只读入并分词，每条", bare * 1e6, "微秒"))
        figures += _costs(deployment, texts, bare)
        figures += _passing(deployment, texts, "detect-1", "index-1")
        figures += _passing(deployment, texts, "detect-1", "detect-2", "index-1")
        for a_second in (200, 2_000):
            figures += _delays(deployment, [row["text"] for row in rows], options.rounds * _SECONDS_A_ROUND, a_second)
    return figures


def _bare(texts: list[str]) -> float:
    """Return the processor seconds of reading and segmenting one text, the best of five."""
    cut = baselines.bare()
    lines = [orjson.dumps({"text": text}) for text in texts]
    best = float("inf")
    for _ in range(5):
        started = time.process_time()
        for line in lines:
            cut(orjson.loads(line)["text"])
        best = min(best, time.process_time() - started)
    return best / len(lines)


def _costs(deployment: _Deployment, texts: list[dict[str, str]], bare: float) -> Iterator[Figure]:
    """Yield what publisher and workers need for a mention; the workers' backlog waits before they start."""
    started = time.process_time()
    _publish(deployment, texts, "cost")
    yield Figure("发布，每条", (time.process_time() - started) / len(texts) * 1e6, "微秒")
    total = 0.0
    for group, topic in ((Group.DETECT, Topic.MENTIONS), (Group.INDEX, Topic.ASSESSED)):
        name = f"{group.value}-1"
        with deployment.workers(name) as processes:
            whole = deployment.behind(group, topic)
            _until(lambda: deployment.behind(group, topic) < 0.95 * whole)  # noqa: B023 (used in this turn)
            left, before = deployment.behind(group, topic), _processor(processes[name].pid)
            _until(lambda: deployment.behind(group, topic) == 0)  # noqa: B023
            spent = _processor(processes[name].pid) - before
        cost = spent / (left / whole * len(texts))
        total += cost
        yield Figure(f"{group.value} 进程，每条", cost * 1e6, "微秒")
    yield Figure("只读入并分词 ÷（初判 + 入检索库）", bare / total, "倍", floor=0.22)


def _passing(deployment: _Deployment, texts: list[dict[str, str]], *members: str) -> Iterator[Figure]:
    """Yield mentions a second from the first publication until the last is in the index, and each process's share."""
    with deployment.workers(*members) as processes:
        before = {name: _processor(process.pid) for name, process in processes.items()}
        started, own = time.monotonic(), time.process_time()
        _publish(deployment, texts, "-".join(members))
        _until(lambda: deployment.behind(Group.DETECT, Topic.MENTIONS) == 0)
        _until(lambda: deployment.behind(Group.INDEX, Topic.ASSESSED) == 0)
        seconds = time.monotonic() - started
        spent = {name: _processor(process.pid) - before[name] for name, process in processes.items()}
    spent["publish"] = time.process_time() - own
    shares = "，".join(f"{name} {used / sum(spent.values()):.0%}" for name, used in spent.items())
    yield Figure(f"发布至入检索库（{shares}）", len(texts) / seconds, "条/秒")


def _delays(deployment: _Deployment, texts: list[str], seconds: float, a_second: int) -> Iterator[Figure]:
    """Yield p50 and p99 from a push to the desk's inlet until the page's stream tells of the alert."""
    folder = deployment.folder / f"desk-{a_second}"
    folder.mkdir()
    with deployment.workers("detect-1", "index-1"), product(folder, "serve", deployment.more) as client:
        seen = watched(client, texts, seconds, a_second)
    times = seen.milliseconds()
    yield Figure(f"每秒 {a_second} 条：应提醒", len(seen.pushed), "条")
    yield Figure(f"每秒 {a_second} 条：已提醒", len(times), "条")
    if len(times) > 1:
        yield Figure(f"每秒 {a_second} 条 p50", statistics.median(times), "毫秒")
        yield Figure(f"每秒 {a_second} 条 p99", statistics.quantiles(times, n=100)[98], "毫秒")


def _publish(deployment: _Deployment, texts: list[dict[str, str]], prefix: str) -> None:
    export = deployment.folder / f"{prefix}.jsonl"
    moments = spread_before(clock.real(), timedelta(hours=6), len(texts))
    export.write_bytes(b"\n".join(lines_of(texts, moments, prefix)))
    with brokered.opened(deployment.settings, leads=False) as running:
        running.pipeline.start()
        report = running.feeder.feed(export, format_name="mentions")
        if report.problem or running.pipeline.undelivered(_PATIENCE):
            raise YuqingError(f"没有全部发出：{report.problem or running.pipeline.problems()}")


def _processor(pid: int) -> float:
    """Return the processor seconds that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def _until(done: Callable[[], bool]) -> None:
    end = time.monotonic() + _PATIENCE
    while not done():
        if time.monotonic() > end:
            raise YuqingError("等了十分钟仍未完成：请查看各进程的日志")
        time.sleep(0.1)
