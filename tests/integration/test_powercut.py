"""A power cut takes what was not synced, and nothing is lost; short form of ``tests.integration.powercut``."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.slow
@pytest.mark.parametrize("more", [[], ["--torn"]], ids=["dropped", "torn"])
def test_a_pipeline_on_a_disk_that_loses_unsynced_writes_ends_where_an_undisturbed_one_ends(more: list[str]) -> None:
    command = [sys.executable, "-m", "tests.integration.powercut", "--mentions", "600", "--cuts", "6", *more]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT, timeout=280)
    assert done.returncode == 0, done.stdout + done.stderr
    assert '"cuts_that_lost_something": 0' not in done.stdout
