"""``make servers``: real servers from one command, started once, stopped once, and words for what is missing."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest
from kafka import KafkaAdminClient

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / "deploy/native/servers.py"


def script(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, SCRIPT, *arguments], capture_output=True, text=True, env=os.environ | environment, check=False
    )


@pytest.mark.servers
def test_both_servers_answer_as_what_they_are(servers: Any) -> None:
    admin = KafkaAdminClient(bootstrap_servers=servers.kafka)
    assert admin.describe_cluster()["cluster_id"] == "MkU3OEVBNTcwNTJENDM2Qg"
    admin.close()
    assert httpx.get(servers.elasticsearch).json()["version"]["number"].startswith(("8.19.", "9."))


@pytest.mark.servers
def test_a_second_start_leaves_running_servers_alone(servers: Any) -> None:
    notes = (servers.folder / "servers.json").read_text()
    started = script("start", "--folder", str(servers.folder))
    assert started.returncode == 0
    assert started.stdout.count("运行中") == 2
    assert (servers.folder / "servers.json").read_text() == notes


@pytest.mark.servers
def test_a_killed_server_comes_back_at_its_address_with_its_data(servers: Any) -> None:
    httpx.put(f"{servers.elasticsearch}/kept").raise_for_status()
    os.kill(json.loads((servers.folder / "servers.json").read_text())["elasticsearch"]["pid"], signal.SIGKILL)
    assert script("start", "--folder", str(servers.folder), "--only", "elasticsearch").returncode == 0
    assert httpx.get(f"{servers.elasticsearch}/kept").status_code == 200
    httpx.delete(f"{servers.elasticsearch}/kept").raise_for_status()


def test_a_missing_tool_is_named_with_how_to_get_it(tmp_path: Path) -> None:
    started = script("start", "--folder", str(tmp_path), PATH="")
    assert started.returncode == 2
    assert "apt-get install maven" in started.stderr


def test_stopping_what_does_not_run_is_no_error(tmp_path: Path) -> None:
    assert script("stop", "--folder", str(tmp_path)).returncode == 0
