"""Kill -9 at any instant loses nothing and alerts nothing twice; short form of ``tests.integration.kill``."""

import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = """
import sys
from pathlib import Path
from tests.integration import kill
folder = Path(sys.argv[1])
sources = kill.generate(folder, {mentions})
alone = kill.run(folder / "alone", sources, kill.Plan())
other = kill.run(folder / "other", sources, kill.Plan({plan}))
print(other.kills, other.named, len({{row["issue_id"] for row in alone.state["feed"]}}))
for each in [*alone.faults, *other.faults, *kill.differences(alone.state, other.state)]:
    print(each)
"""


def harness(folder: Path, mentions: int, plan: str) -> tuple[list[int], list[str]]:
    """Run the harness in a process of its own, which may fork; return its kills and what it found."""
    script = SCRIPT.format(mentions=mentions, plan=plan)
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", script, str(folder)],
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )
    assert done.returncode == 0, done.stderr
    first, *rest = done.stdout.splitlines()
    return [int(number) for number in first.split()], rest


@pytest.mark.slow
def test_a_pipeline_killed_again_and_again_ends_where_an_undisturbed_one_ends(tmp_path: Path) -> None:
    kills, found = harness(tmp_path, 3000, "kills=12, seed=3, seconds_a_life=0.2, pause=0.01")
    assert found == []
    assert kills[:2] == [12, 6]
    assert kills[2] > 50, "so few alerts would prove nothing about alerts"


def test_the_harness_finds_a_planted_loss(tmp_path: Path) -> None:
    _, found = harness(tmp_path, 600, "sabotage=kill.drop_one_mention")
    assert any(line.startswith("balance") for line in found)
    assert any(line.startswith("corpus") for line in found)


def test_the_harness_finds_a_planted_double(tmp_path: Path) -> None:
    _, found = harness(tmp_path, 600, "sabotage=kill.commit_one_short")
    assert any(line.startswith("log_assessed") for line in found)
