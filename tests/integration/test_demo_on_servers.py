"""The demonstration on real servers tells the same as the one without: alerts as they come, summary and balance."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
QUICK_ALONE = os.environ | {"YUQING_SETTING_CAREFUL__ENABLED": "false"}


def told(*arguments: str) -> list[str]:
    """Return what the demonstration prints, but for the addresses of servers.

    Without the careful reader, which rereads for some seconds and gets as far as the machine is fast.
    """
    command = [sys.executable, "-m", "pipeline", "demo", "--once", *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=800, env=QUICK_ALONE)
    assert done.returncode == 0, done.stdout[-1000:] + done.stderr[-1000:]
    return [line for line in done.stdout.splitlines() if not line.startswith(("Kafka ", "Elasticsearch "))]


@pytest.mark.servers
@pytest.mark.slow
@pytest.mark.timeout(900)
def test_the_demonstration_tells_the_same_with_servers_and_without(servers: Any) -> None:
    alone, on_servers = told(), told("--servers", str(servers.folder))
    assert len(alone) > 50
    assert on_servers == alone
