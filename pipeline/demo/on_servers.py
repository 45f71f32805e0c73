"""The demonstration on real servers: topics and an index of its own day, workers as processes, the desk in this one."""

import json
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import typer

from pipeline import config
from pipeline.clock import Clock
from pipeline.errors import ConfigError, StoreError
from pipeline.flow import Group
from pipeline.service import Service

_PATIENCE = 180.0  # seconds; a busy machine takes long to load a reader
_WORKERS = (Group.DETECT, Group.INDEX)


@contextmanager
def opened(servers: Path, folder: Path, clock: Clock) -> Iterator[Service]:
    """Run the whole deployment over the servers of a folder; the desk is started, the workers have their partitions.

    Raises:
        ConfigError: there are no servers.
        StoreError: a worker did not start.
    """
    from pipeline import brokered  # noqa: PLC0415 (the demonstration without servers starts faster without)
    from pipeline.broker import topics  # noqa: PLC0415
    from pipeline.broker.connection import Connection  # noqa: PLC0415
    from pipeline.corpus.elastic import creation  # noqa: PLC0415
    from pipeline.corpus.opening import cluster_of  # noqa: PLC0415

    file = _configured(servers, folder)
    settings = config.load(file)
    made = topics.create(Connection(settings.kafka))
    cluster = cluster_of(settings)
    creation.create(cluster)
    cluster.close()
    typer.echo(f"Kafka {settings.kafka.brokers[0]}：已建立主题 {'、'.join(made.created)}")
    typer.echo(f"Elasticsearch {settings.elasticsearch.url}")
    workers = [
        subprocess.Popen(  # noqa: S603 (our own program)
            [sys.executable, "-m", "pipeline", "worker", group.value, "-c", str(file)],
            stderr=(folder / f"{group.value}.log").open("wb"),
        )
        for group in _WORKERS
    ]
    try:
        with brokered.opened(settings, leads=True, now=clock) as running:
            running.pipeline.start()
            _await(workers, folder)
            yield running
    finally:
        for worker in workers:
            worker.terminate()
        for worker in workers:
            worker.wait()


def _configured(servers: Path, folder: Path) -> Path:
    """Write the configuration of the demonstration with the addresses of the servers; the prefix is its own."""
    try:
        notes = json.loads((servers / "servers.json").read_text(encoding="utf-8"))
        kafka, elasticsearch = notes["kafka"]["address"], notes["elasticsearch"]["address"]
    except (OSError, ValueError, KeyError) as error:
        raise ConfigError(f"{servers} 中没有正在运行的服务器：请用 make demo-kafka，或先执行 make servers") from error
    own = (Path(__file__).parent / "yuqing.toml").read_text(encoding="utf-8")
    file = folder / "demo.toml"
    lines = [
        f"data = {json.dumps(str(folder / 'data'))}",
        own,
        "[kafka]",
        f"brokers = {json.dumps([kafka])}",
        f'prefix = "demo-{uuid.uuid4().hex[:8]}."',
        "commit_seconds = 0.05",
        "[elasticsearch]",
        f"url = {json.dumps(elasticsearch)}",
    ]
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return file


def _await(workers: list[subprocess.Popen[bytes]], folder: Path) -> None:
    """Wait until every worker says that it works."""
    end = time.monotonic() + _PATIENCE
    for worker, group in zip(workers, _WORKERS, strict=True):
        log = folder / f"{group.value}.log"
        while b"worker_started" not in log.read_bytes():
            if worker.poll() is not None or time.monotonic() > end:
                raise StoreError(f"{group.value} 进程没有起来：\n{log.read_text(encoding='utf-8')[-1500:]}")
            time.sleep(0.1)
