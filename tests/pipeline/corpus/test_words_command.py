"""``yuqing words``: a change is tried on the stored corpus before it is saved; one that breaks words is refused."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from classifiers.assessment import Category, Severity
from pipeline.commands.main import app
from pipeline.corpus.embedded import EmbeddedCorpus
from pipeline.stores.folder import DataFolder


@pytest.fixture
def data(tmp_path: Path, judged: Any) -> Path:
    folder = DataFolder(tmp_path / "data")
    corpus = EmbeddedCorpus(folder.corpus)
    flagged = {"flagged": (Category.VITAL_INTERESTS,), "severity": Severity.GENERAL}
    corpus.put(
        [
            judged("望泽区停水三天没人管", id="weibo:1", **flagged),
            judged("停水通知：明早检修", id="weibo:2"),
            judged("今天去云南旅游", id="weibo:3"),
            judged("停电了", id="weibo:4"),
        ]
    )
    corpus.close()
    folder.close()
    return folder.path


def words(data: Path, command: str, content: str, *arguments: str) -> Result:
    file = data.parent / "words.txt"
    file.write_text(content, encoding="utf-8")
    given = [] if command == "check" else ["--data", str(data), *arguments]
    return CliRunner().invoke(app, ["words", command, str(file), *given])


def test_a_preview_says_what_would_be_hit_and_what_would_change(data: Path) -> None:
    old = data.parent / "old.txt"
    old.write_text("停电\n", encoding="utf-8")
    config = data.parent / "yuqing.toml"
    config.write_text(f'[watch_words]\nfile = "{old}"\n', encoding="utf-8")
    result = words(data, "preview", "[供水]\n停水\n\n+泄洪\n", "-c", str(config))
    assert result.exit_code == 0
    assert "供水：命中 2 条" in result.output
    assert "[停水] 望泽区停水三天没人管" in result.output
    assert "泄洪：命中 0 条" in result.output
    assert "已入库 4 条" in result.output
    assert "新命中 2 条（其中 1 条原不属重点回应情形" in result.output
    assert "不再命中 1 条" in result.output
    numbers = json.loads(words(data, "preview", "停水\n", "--json").output)
    assert numbers == {"texts": 4, "groups": {"停水": 2}, "added": 2, "dropped": 0, "listed": 1}


def test_a_file_with_faults_is_refused_in_words(data: Path) -> None:
    for command in ("check", "preview"):
        result = words(data, command, "停水\n/(/\n")
        assert result.exit_code == 2
        assert "第 2 行" in result.output
    assert "供水：任一 停水；必须 望泽区；排除 演习" in words(data, "check", "[供水]\n停水\n+望泽区\n!演习").output


def test_a_dictionary_change_that_splits_known_words_is_refused(data: Path) -> None:
    result = words(data, "dictionary", "云南 2\n")
    assert result.exit_code == 1
    assert "云南 → 云/南" in result.output
    result = words(data, "dictionary", "水三天 99999\n")
    assert result.exit_code == 1
    assert "停水 → 停/水（1 条）" in result.output
    assert "停水/三天" in result.output
    result = words(data, "dictionary", "明早检修\n")
    assert result.exit_code == 0
    assert "1 条的分词会变" in result.output
    assert words(data, "dictionary", "停 水 通 知\n").exit_code == 2
