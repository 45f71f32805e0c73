"""What a connector made of a file, told so that a person can check it."""

import importlib
import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from connectors import catalogue
from connectors.connector import Reading, RefusalReason
from connectors.explaining import FIELDS, explain
from connectors.mention import Flag, Mention
from tests.connectors.fixtures import weibo_search
from tests.contracts.test_connectors import CONNECTORS, files_for

READING = Reading(collected_at=datetime(2026, 7, 2, 4, tzinfo=UTC), salt=b"salt")


def test_columns_refusals_and_times_are_told(tmp_path: Path) -> None:
    told = explain(weibo_search.write(tmp_path)[0], READING)
    fields = {field.field: field.columns for field in told.fields}
    assert (fields["text"], fields["time"]) == (("微博正文",), ("发布时间",))
    assert "微博视频url" in told.unused
    assert told.connector == "weibo_search"
    assert told.encoding == "utf-8"
    assert told.times[0].basis == "发布时间"
    assert {refusal.reason for refusal in told.refusals} >= {RefusalReason.EMPTY, RefusalReason.BAD_TIME}
    assert all(refusal.rows for refusal in told.refusals)
    assert told.flags[Flag.TRUNCATED] == 1


@pytest.mark.parametrize("name", sorted(CONNECTORS))
def test_every_record_of_every_format_is_accounted_for(name: str, tmp_path: Path) -> None:
    for path in files_for(name, tmp_path):
        told = explain(path, READING)
        refused = sum(refusal.count for refusal in told.refusals)
        assert told.mentions + refused + told.quarantined == told.offered
        assert told.known_by


def test_every_field_of_a_table_has_a_chinese_name() -> None:
    for name in CONNECTORS:
        aliases = getattr(importlib.import_module(f"connectors.sources.{name}"), "ALIASES", {})
        assert aliases.keys() <= FIELDS.keys(), name


def test_nothing_of_a_quarantined_record_and_no_person_is_told(tmp_path: Path) -> None:
    path = tmp_path / "秘密13900001234.jsonl"
    lines = [
        {"id": "m1", "channel": "forum", "text": "云雀计划部署 机密★10年", "published_at": "2026-07-01 08:05"},
        {"id": "m2", "channel": "forum", "text": "请回电13900001234", "published_at": "2026-07-01 08:05"},
    ]
    path.write_text("\n".join(json.dumps(line) for line in lines), encoding="utf-8")
    told = repr(explain(path, READING))
    assert "quarantined=1" in told
    assert "云雀" not in told
    assert "13900001234" not in told


@pytest.mark.parametrize("name", sorted(CONNECTORS))
def test_the_example_of_a_format_is_one(name: str, tmp_path: Path) -> None:
    """What ``connect list`` shows is recognised as its own format and read into a mention."""
    connector = CONNECTORS[name]
    path = tmp_path / "example"
    path.write_text(connector.example, encoding="utf-8")
    assert catalogue.recognise(path) is connector
    items = list(connector.read(path, READING))
    assert connector.count(path) == len(items)
    assert any(isinstance(item, Mention) for item in items) or name == "warc"  # an archive is no text


def yuqing(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "pipeline", *words], capture_output=True, text=True, check=False)


def test_the_command_explains_a_file_without_being_told_its_format(tmp_path: Path) -> None:
    path = weibo_search.write(tmp_path)[0]
    done = yuqing("connect", "--explain", str(path))
    assert done.returncode == 0, done.stderr
    for words in ("weibo_search", "凭什么", "正文 ← 微博正文", "没有用到的栏", "时间无法识别"):
        assert words in done.stdout
    assert '"id"' not in done.stdout
    listed = yuqing("connect", "list").stdout
    assert all(connector.example.splitlines()[0] in listed for connector in CONNECTORS.values())
    missing = yuqing("connect", "--explain", str(tmp_path / "没有.csv"))
    assert missing.returncode == 1
    assert "没有这个文件" in missing.stderr
