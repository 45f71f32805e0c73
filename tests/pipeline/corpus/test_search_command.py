"""``yuqing search``: Chinese for people, JSON lines for programs, also while another process holds the folder."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from classifiers.assessment import Category, Severity
from connectors.mention import Channel
from pipeline.commands.main import app
from pipeline.corpus.embedded import EmbeddedCorpus
from pipeline.records import Assessed
from pipeline.stores.folder import DataFolder


@pytest.fixture
def data(tmp_path: Path, invented: list[Assessed], judged: Any) -> Path:
    folder = DataFolder(tmp_path / "data")
    corpus = EmbeddedCorpus(folder.corpus)
    corpus.put(invented)
    corpus.put(
        [
            judged(
                "前言" * 40 + "望泽区供水管爆裂，供水中断", id="weibo:pipe", title="供水管", region="云泽市",
                flagged=(Category.VITAL_INTERESTS,), severity=Severity.SENSITIVE,
            ),
            judged("供水管已修好", id="hotline:2", channel=Channel.HOTLINE),
        ]
    )  # fmt: skip
    corpus.close()
    folder.close()
    return folder.path


def search(data: Path, *arguments: str) -> Result:
    return CliRunner().invoke(app, ["search", "--data", str(data), *arguments])


def test_people_read_where_when_how_judged_and_the_words_marked(data: Path) -> None:
    assert search(data, "供水", "--severity", "sensitive").output.splitlines() == [
        "2026-11-20 08:00  微博  云泽市  【复杂敏感事件】  公众切身利益  weibo:pipe",
        "    【供水】管",
        f"    ……言{'前言' * 8}望泽区【供水】管爆裂，【供水】中断",
        "共 1 条",
    ]


def test_a_program_gets_every_hit_as_json_lines(data: Path, invented: list[Assessed]) -> None:
    lines = [json.loads(line) for line in search(data, "停", "--json").output.splitlines()]
    expected = {a.mention.id for a in invented if "停" in a.mention.title + a.mention.text}
    assert {line["id"] for line in lines} == expected
    assert len(lines) == len(expected) > 500
    assert all(
        "停" in line[mark["field"]][mark["start"] : mark["end"]] for line in lines for mark in line["highlights"]
    )
    assert len(search(data, "停", "--json", "--limit", "3").output.splitlines()) == 3


@pytest.mark.parametrize(
    ("arguments", "found"),
    [
        (["供水"], {"weibo:pipe", "hotline:2"}),
        (["供水", "--channel", "hotline", "--channel", "forum"], {"hotline:2"}),
        (["供水", "--category", "vital_interests"], {"weibo:pipe"}),
        (["供水", "--since", "2026-11-21"], set()),
        (["供水", "--since", "2026-11-20", "--until", "2026-11-20"], {"weibo:pipe", "hotline:2"}),
        (["供水", "--until", "2026-11-20T08:00+08:00"], set()),
        (["供水", "--place", "望泽区"], {"weibo:pipe"}),
        (["供水管 修好"], {"hotline:2"}),
        (["，。"], set()),
    ],
)
def test_filters_are_options(data: Path, arguments: list[str], found: set[str]) -> None:
    result = search(data, *arguments, "--json")
    assert result.exit_code == 0
    assert {json.loads(line)["id"] for line in result.output.splitlines()} == found


def test_the_corpus_can_be_searched_while_another_holds_the_folder(data: Path) -> None:
    folder = DataFolder(data, takes_requests=True)
    assert "共 2 条" in search(data, "供水管").output
    folder.close()


def test_every_fault_of_the_question_is_said_at_once(data: Path) -> None:
    result = search(data, "供水", "--since", "昨天", "--until", "2026-13-01")
    assert result.exit_code == 2
    assert "--since '昨天' 不是时间" in result.output
    assert "--until '2026-13-01' 不是时间" in result.output
    assert "时段是空的" in search(data, "供水", "--since", "2026-11-21", "--until", "2026-11-20").output


def test_an_empty_folder_says_what_to_do(tmp_path: Path) -> None:
    result = search(tmp_path / "none", "供水")
    assert result.exit_code == 1
    assert "yuqing ingest" in result.output
