"""A mention that kills the process is set aside at its third death; those beside it are judged."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
LIFE = """
import os, sys
from datetime import UTC, datetime
from pathlib import Path
from connectors.mention import Channel, Mention
from pipeline.runner import Outcome
from pipeline.runtimes.deaths import Deaths

at = datetime(2026, 6, 16, tzinfo=UTC)
mentions = [Mention(f"weibo:{n}", Channel.WEIBO, "mentions", "x", at, at) for n in range(4)]

def judge(batch):
    if any(mention.id == "weibo:2" for mention in batch):
        os.abort()
    return Outcome({"judged": [mention.id for mention in batch]})

outcome = Deaths(Path(sys.argv[1]), "detect-1").judged(mentions, judge)
print(outcome.records["judged"], [(rejected.reason, mention.id) for rejected, mention in outcome.failed])
"""


def live(folder: Path) -> tuple[int, str]:
    """Let one process judge the batch; return how it ended and what it said."""
    done = subprocess.run(
        [sys.executable, "-c", LIFE, str(folder)], cwd=ROOT, capture_output=True, text=True, check=False
    )
    return done.returncode, done.stdout.strip()


def test_the_third_death_over_a_mention_sets_it_aside(tmp_path: Path) -> None:
    assert [live(tmp_path)[0] for _ in range(3)] == [-6, -6, -6]
    judged = "['weibo:0', 'weibo:1', 'weibo:3'] [('killed_the_process', 'weibo:2')]"
    assert live(tmp_path) == (0, judged)
    assert not (tmp_path / "detect-1.inhand").exists()
    assert (tmp_path / "detect-1.deaths").read_bytes() == b"{}"
