"""What is wrong is said in words, nothing is lost and nothing is half done."""

import os
import subprocess
import sys
from datetime import datetime
from pathlib import Path

import pytest

from connectors.connector import Reading, RefusalReason, Refused
from connectors.mention import Mention
from connectors.sources.mentions import CONNECTOR
from pipeline import config
from pipeline.errors import ConfigError, DataFolderBusyError
from pipeline.stores.folder import DataFolder

GOOD = '{"id":"weibo:1","channel":"weibo","text":"停水三天","published_at":"2026-06-16T08:00:00+08:00"}\n'


def read(path: Path) -> list[object]:
    reading = Reading(datetime.fromisoformat("2026-06-16T12:00:00+08:00"), b"salt")
    items: list[object] = list(CONNECTOR.read(path, reading))
    assert CONNECTOR.count(path) == len(items)
    return items


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        ('{"id":"weibo:2","text":"' + "长" * 18_000_000 + '"}\n', RefusalReason.TOO_LARGE),
        ('{"id":' + "[" * 100_000 + "]" * 100_000 + "}\n", RefusalReason.BAD_SHAPE),
        ('{"id":"weibo:2","channel":"weibo","text":"\\ud800","published_at":"2026-06-16"}\n', RefusalReason.BAD_SHAPE),
        ('{"id":"weibo:2","channel":"weibo","text":"停', RefusalReason.CUT_OFF),
        ('{"id":"weibo:2","channel":"weibo","text":"x","published_at":"某日"}\n', RefusalReason.BAD_TIME),
        ('{"id":"weibo:2","channel":"weibo","text":"","published_at":"2026-06-16"}\n', RefusalReason.EMPTY),
    ],
    ids=["50 MB line", "deep", "lone surrogate", "cut off", "bad time", "empty"],
)
def test_a_bad_line_is_refused_with_its_reason_and_the_rest_is_read(
    tmp_path: Path, bad: str, reason: RefusalReason
) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text(GOOD + bad, encoding="utf-8")
    first, second = read(path)
    assert isinstance(first, Mention)
    assert isinstance(second, Refused)
    assert second.reason is reason


def test_a_second_process_is_told_who_holds_the_folder(tmp_path: Path) -> None:
    held = DataFolder(tmp_path / "data")
    try:
        with pytest.raises(DataFolderBusyError, match=str(os.getpid())):
            DataFolder(tmp_path / "data")
    finally:
        held.close()


def test_every_fault_of_a_configuration_is_said_at_once_and_nothing_is_written(tmp_path: Path) -> None:
    file = tmp_path / "yuqing.toml"
    file.write_text('timezone = "Mars/Olympus"\ntypo = 1\n[alerts]\nfloor = "loud"\nmax_age_hours = -1\n')
    with pytest.raises(ConfigError) as told:
        config.load(file)
    for name in ("timezone", "typo", "alerts.floor", "alerts.max_age_hours"):
        assert name in str(told.value)
    export = tmp_path / "a.jsonl"
    export.write_text(GOOD, encoding="utf-8")
    command = [
        sys.executable,
        "-m",
        "pipeline",
        "ingest",
        "-c",
        str(file),
        "--data",
        str(tmp_path / "data"),
        str(export),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert not (tmp_path / "data").exists()
