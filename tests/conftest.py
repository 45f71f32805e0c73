"""Fixtures for tests of every part: real servers, started once a session beside whatever runs here."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

_SCRIPT = Path(__file__).parents[1] / "deploy/native/servers.py"


class Addresses(NamedTuple):
    """Where the servers of this session answer, and the folder they run in."""

    kafka: str
    elasticsearch: str
    folder: Path


@pytest.fixture(scope="session")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Addresses]:
    """A real Kafka and a real Elasticsearch on free ports; what is missing skips the test, under CI it fails.

    YUQING_SERVERS names the folder of servers that run already, for trying one test again and again.
    """
    if given := os.environ.get("YUQING_SERVERS"):
        notes = json.loads((Path(given) / "servers.json").read_text(encoding="utf-8"))
        yield Addresses(notes["kafka"]["address"], notes["elasticsearch"]["address"], Path(given))
        return
    folder = tmp_path_factory.mktemp("servers")
    ports = ("--kafka-port", "0", "--elasticsearch-port", "0")
    started = subprocess.run(
        [sys.executable, _SCRIPT, "start", "--folder", folder, *ports], capture_output=True, text=True, check=False
    )
    if started.returncode:
        if os.environ.get("CI"):
            pytest.fail(started.stderr)
        pytest.skip(started.stderr)
    notes = json.loads((folder / "servers.json").read_text(encoding="utf-8"))
    yield Addresses(notes["kafka"]["address"], notes["elasticsearch"]["address"], folder)
    subprocess.run([sys.executable, _SCRIPT, "stop", "--folder", folder], capture_output=True, check=True)
