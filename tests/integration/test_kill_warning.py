"""A process killed around a clock's warning neither loses nor repeats it."""

import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = """
import json, sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from pipeline import config, service
from pipeline.records import Action, ActionKind
from pipeline.stores import fault
from tests.pipeline.keyword_reader import KeywordReader

folder, point, hours = Path(sys.argv[1]), sys.argv[2], [float(each) for each in sys.argv[3].split(",")]
settings = config.load(data=folder / "data", clock={"start": "2026-06-16T12:00:00+08:00", "standing": True})
with service.opened(settings, quick=KeywordReader()) as running:
    base = running.pipeline.context()
    export = folder / "a.jsonl"
    record = {"id": "weibo:1", "channel": "weibo", "text": "柳溪县上河乡道路塌方", "published_at": base.now.isoformat()}
    export.write_text(json.dumps(record, ensure_ascii=False) + chr(10), encoding="utf-8")
    running.feeder.feed(export)
    running.pipeline.drain()
    (row,) = running.desk.alerts()
    running.desk.act(Action(row.issue.id, ActionKind.ACKNOWLEDGE, "李", base.now, "k"))
    if point:
        fault.arm(point, 1)
    for hour in hours:
        running.pipeline.ledger.tick(replace(base, now=base.now + timedelta(hours=hour)))
    whole = running.desk.issue(row.issue.id)
    warned = [entry.detail["percent"] for entry in whole.history if entry.event == "clock_warning"]
    told = [alert.detail["percent"] for alert in whole.alerts if alert.reason == "clock_warning"]
    print(json.dumps([warned, told]))
"""


def life(folder: Path, point: str, hours: str) -> tuple[int, str]:
    """Let one process live; return how it ended and what it found."""
    command = [sys.executable, "-W", "error", "-c", SCRIPT, str(folder), point, hours]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=240)
    return done.returncode, done.stdout.strip()


@pytest.mark.parametrize("point", ["ledger.before_commit", "ledger.after_commit"])
def test_a_restart_around_a_warning_neither_loses_nor_repeats_it(tmp_path: Path, point: str) -> None:
    assert life(tmp_path, point, "25")[0] == -9
    assert life(tmp_path, "", "25.1,26") == (0, '[["50"], ["50"]]')
    assert life(tmp_path, point, "40")[0] == -9
    assert life(tmp_path, "", "41,49,50") == (0, '[["50", "80", "100"], ["50", "80", "100"]]')
