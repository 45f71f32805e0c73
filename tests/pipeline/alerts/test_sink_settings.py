"""Channels are configured in the one file, checked at start, and never shown."""

from pathlib import Path

import pytest

from pipeline import config
from pipeline.errors import ConfigError


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "yuqing.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_every_wrong_channel_is_named_at_once(tmp_path: Path) -> None:
    path = written(tmp_path, '[sinks.duty]\ntype = "pager"\n[sinks.office]\ntype = "wecom"\n')
    with pytest.raises(ConfigError) as caught:
        config.load(path)
    assert "duty" in str(caught.value)
    assert "office" in str(caught.value)


def test_no_secret_of_a_channel_is_shown(tmp_path: Path) -> None:
    path = written(tmp_path, '[sinks.duty]\ntype = "wecom"\nurl = "https://robot.invalid/?key=s3cr3t"\n')
    settings = config.load(path)
    shown = "".join(line.model_dump_json() for line in config.lines(settings)) + repr(settings)
    assert "s3cr3t" not in shown
    assert settings.sinks["duty"].get_secret_value()["url"].endswith("s3cr3t")


def test_no_secret_of_a_channel_stands_in_a_fault(tmp_path: Path) -> None:
    path = written(tmp_path, '[sinks.duty]\ntype = "wecom"\nurl = "https://robot.invalid/?key=s3cr3t"\nport = 1\n')
    with pytest.raises(ConfigError) as caught:
        config.load(path)
    assert "s3cr3t" not in str(caught.value)
