"""A deployment on the session's real servers: its configuration, its processes, and what stands on the brokers."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from pipeline import config
from pipeline.broker import topics
from pipeline.broker.connection import Connection
from pipeline.broker.reader import Lag, Reader, Record
from pipeline.flow import Group, Topic

ROOT = Path(__file__).parents[2]
CLOCK = {"start": "2026-06-16T12:00:00+08:00", "standing": True}


class Deployment:
    """Topics of their own on shared brokers; every process has a folder and a configuration of its own."""

    def __init__(self, servers: Any, folder: Path, partitions: int = 12, **kafka: Any) -> None:
        self.folder = folder
        self.given: dict[str, Any] = {
            "kafka": {
                "brokers": [servers.kafka],
                "prefix": f"t{uuid.uuid4().hex[:8]}.",
                "partitions": partitions,
                "commit_seconds": 0.2,
                "session_seconds": 6,
                **kafka,
            },
            "elasticsearch": {"url": servers.elasticsearch},
            "web": {"port": 0},
            "clock": CLOCK,
        }
        self.partitions = partitions
        self.connection = Connection(self.settings("x").kafka)
        self.processes: list[subprocess.Popen[bytes]] = []

    def create(self) -> None:
        """Make the topics."""
        assert topics.create(self.connection).differences == []

    def settings(self, name: str) -> config.Settings:
        """Return the configuration of a process."""
        return config.load(None, data=self.folder / name, **self.given)

    def file(self, name: str) -> Path:
        """Write the configuration of a process and return its file."""
        path = self.folder / f"{name}.toml"
        lines = [f"data = {json.dumps(str(self.folder / name))}"]
        for section, values in self.given.items():
            lines += [f"[{section}]", *(f"{key} = {json.dumps(value)}" for key, value in values.items())]
        path.write_text("\n".join(lines), encoding="utf-8")
        return path

    def start(self, group: Group, name: str, *more: str) -> subprocess.Popen[bytes]:
        """Start a member of a group; what it says goes to ``NAME.log``."""
        command = [sys.executable, "-m", "tests.integration.member", str(self.file(name)), group.value, name, *more]
        with (self.folder / f"{name}.log").open("ab") as out:
            process = subprocess.Popen(
                command, cwd=ROOT, stdout=out, stderr=subprocess.STDOUT, env=os.environ | {"PYTHONPATH": str(ROOT)}
            )
        self.processes.append(process)
        return process

    def stop(self) -> None:
        """End every process that still runs."""
        for process in self.processes:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
        for process in self.processes:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(20)
            if process.poll() is None:
                process.kill()
                process.wait()
        self.processes.clear()

    def records(self, topic: Topic) -> list[Record]:
        """Return every record of a topic."""
        reader = Reader(self.connection, topic)
        found = sorted(reader.between({}))
        reader.close()
        return found

    def until(self, done: Callable[[], bool], seconds: float = 90) -> None:
        """Wait for something; fail with what the processes said."""
        end = time.monotonic() + seconds
        while not done():
            if time.monotonic() > end:
                said = "\n".join(
                    f"== {path.name}\n{path.read_text(encoding='utf-8')[-1500:]}"
                    for path in sorted(self.folder.glob("*.log"))
                )
                raise AssertionError(f"not within {seconds} s\n{said}")
            time.sleep(0.1)

    def idle(self, group: Group, topic: Topic) -> bool:
        """Say whether a group has done everything of a topic."""
        lag = Lag(self.connection)
        try:
            return lag.behind(group, topic, self.partitions) == 0
        finally:
            lag.close()


@contextlib.contextmanager
def deployed(servers: Any, folder: Path, partitions: int = 12, **kafka: Any) -> Iterator[Deployment]:
    """Make a deployment with its topics, and end its processes afterwards."""
    deployment = Deployment(servers, folder, partitions, **kafka)
    deployment.create()
    try:
        yield deployment
    finally:
        deployment.stop()
