"""The doctor says what is missing and what to do about it."""

import json
import socket
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline import config, service
from pipeline.doctor import examination, folder, machine
from pipeline.doctor.finding import Finding, Verdict
from pipeline.stores.folder import holder
from tests.pipeline.keyword_reader import KeywordReader


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data folder with all its stores, which nobody holds."""
    folder = tmp_path / "data"
    with service.opened(config.load(data=folder), quick=KeywordReader()):
        pass
    return folder


def findings(data: Path, text: str = "", port: int = 0) -> list[Finding]:
    file = data.parent / "yuqing.toml"
    file.write_text(f"[web]\nport = {port}\n{text}", encoding="utf-8")
    return [*folder.examine(data), *machine.examine(config.load(file, data=data), holder(data))]


def wrong(data: Path, text: str = "", port: int = 0) -> list[Finding]:
    return [finding for finding in findings(data, text, port) if finding.verdict is Verdict.FAIL]


def test_a_whole_folder_passes_and_every_note_says_what_to_do(data: Path) -> None:
    file = data.parent / "yuqing.toml"
    file.write_text("[web]\nport = 0\n", encoding="utf-8")
    found = list(examination.examine(file, data))
    assert [finding for finding in found if finding.verdict is Verdict.FAIL] == []
    assert all(finding.advice for finding in found if finding.verdict is not Verdict.WELL)
    titles = {finding.title for finding in found}
    assert {"数据文件 yuqing.db", "数据文件 corpus.db", "分词", "快读模型", "时钟", "磁盘空间"} <= titles


def test_a_damaged_store_is_found_by_name(data: Path) -> None:
    file = data / "rejected.db"
    whole = file.read_bytes()
    file.write_bytes(whole[:4096] + b"\xff" * 4096 + whole[8192:])
    (fault,) = wrong(data)
    assert fault.title == "数据文件 rejected.db"
    assert "yuqing restore" in fault.advice


def test_a_store_of_a_newer_version_is_told_apart_from_a_damaged_one(data: Path) -> None:
    with sqlite3.connect(data / "yuqing.db") as db:
        db.execute("PRAGMA user_version = 99")
    db.close()
    (fault,) = wrong(data)
    assert "更新的版本" in fault.found
    assert "升级" in fault.advice


def test_what_others_can_read_is_named(data: Path, tmp_path: Path) -> None:
    (data / "salt").chmod(0o644)
    salt = tmp_path / "my-salt"
    salt.write_bytes(b"0" * 32)
    salt.chmod(0o640)
    loose, secret = wrong(data, f'[input]\nsalt_file = "{salt}"\n')
    assert "salt" in loose.found
    assert f"chmod 600 {salt}" in secret.advice


def test_a_secret_that_cannot_be_read_is_named(data: Path) -> None:
    (fault,) = wrong(data, '[input]\nsalt_file = "/nowhere/salt"\n')
    assert "input.salt_file" in fault.found


def test_a_port_in_use_is_found(data: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        (fault,) = wrong(data, port=other.getsockname()[1])
    assert fault.check == "port"


def test_a_wrong_configuration_is_one_finding_among_the_others(data: Path) -> None:
    file = data.parent / "yuqing.toml"
    file.write_text('typo = 1\n[alerts]\nfloor = "loud"\n', encoding="utf-8")
    (fault,) = [finding for finding in examination.examine(file, data) if finding.check == "config"]
    assert "typo" in fault.found
    assert "alerts.floor" in fault.found


def test_the_holder_of_the_folder_is_named(data: Path) -> None:
    with service.opened(config.load(data=data), quick=KeywordReader()):
        (held,) = [finding for finding in findings(data) if finding.check == "data_folder"]
    assert "正在使用" in held.found


def test_the_command_ends_with_1_where_something_fails_and_speaks_json(data: Path) -> None:
    command = [sys.executable, "-m", "pipeline", "doctor", "--data", str(data), "--json"]
    environment = {"YUQING_SETTING_WEB__PORT": "0", "PATH": "/usr/bin"}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 0, done.stdout
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert {line["verdict"] for line in lines} <= {"pass", "note"}
    data.chmod(0o755)
    done = subprocess.run(command[:-1], capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 1
    assert f"不通过\t数据目录：他人可以进入：{data.name}" in done.stdout
