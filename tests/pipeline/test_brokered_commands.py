"""The commands for brokers say in words what is missing, and the desk's settings reach the listener."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from pipeline.commands.main import app
from pipeline.config import Web
from pipeline.web.server import Listening, listening_of


@pytest.mark.parametrize(
    "command", [["topics", "create"], ["publish"], ["worker", "detect"], ["worker", "index"], ["serve"]]
)
def test_without_brokers_a_command_says_what_to_configure(
    command: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(app, command)
    assert result.exit_code == 2
    assert "[kafka]" in result.stderr
    assert "brokers" in result.stderr


def test_the_served_ledger_needs_an_index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("YUQING_SETTING_KAFKA__BROKERS", '["127.0.0.1:9"]')
    result = CliRunner().invoke(app, ["serve"])
    assert result.exit_code == 2
    assert "[elasticsearch]" in result.stderr


@pytest.mark.parametrize("command", [["run"], ["ingest", "."]])
def test_one_process_does_not_run_beside_brokers(
    command: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("YUQING_SETTING_KAFKA__BROKERS", '["127.0.0.1:9"]')
    result = CliRunner().invoke(app, command)
    assert result.exit_code == 2
    assert "yuqing publish" in result.stderr


def test_a_password_file_that_is_not_there_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("YUQING_SETTING_KAFKA__BROKERS", '["127.0.0.1:9"]')
    monkeypatch.setenv("YUQING_SETTING_KAFKA__PASSWORD_FILE", "secret")
    result = CliRunner().invoke(app, ["topics", "create"])
    assert result.exit_code == 2
    assert "kafka.password_file" in result.stderr


def test_the_settings_of_the_desk_reach_the_listener() -> None:
    web = Web(host="0.0.0.0", port=1, tls_cert=Path("c"), tls_key=Path("k"), behind_proxy=True, hosts=("desk.example",))
    assert listening_of(web) == Listening("0.0.0.0", 1, Path("c"), Path("k"), True, ("desk.example",))
