"""``yuqing train``, ``evaluate`` and ``bench`` on small invented material."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from pipeline.bench._rounds import Figure, interleaved, ratio
from pipeline.commands.bench import app as bench
from pipeline.commands.evaluate import app as evaluate
from pipeline.commands.train import app as train

RUNNER = CliRunner()


@pytest.fixture
def labels(tmp_path: Path) -> Path:
    kinds = [
        ("望泽区化工厂爆炸致{}人死亡", ["emergency_response"], "major_emergency", "none"),
        ("公司拖欠工资{}个月无人管", ["vital_interests"], "general", "none"),
        ("周末和朋友看了{}场电影", [], None, "none"),
        ("网传明年取消{}门考试 教育局：不实", ["policy_misreading"], "hot_issue", "refuted"),
    ]
    file = tmp_path / "labels.jsonl"
    lines = [
        {"text": text.format(n) + "甲乙丙丁戊己庚辛壬癸"[n % 10] * 3, "categories": c, "severity": s, "rumour": r}
        | {"time": f"2025-{n % 9 + 1:02d}-03T00:00:00", "source_kind": "weibo", "stratum": "random"}
        for n in range(30)
        for text, c, s, r in kinds
    ]
    file.write_text("\n".join(json.dumps(line) for line in lines), encoding="utf-8")
    return file


def test_a_model_worse_than_the_shipped_one_is_refused_or_a_good_one_written_with_its_card(
    labels: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    done = RUNNER.invoke(train, ["--data", str(labels), "--out", str(out)])
    assert "五类宏平均 F1" in done.output
    if done.exit_code == 0:
        assert (out / "quick.npz").exists()
        assert "训练数据" in (out / "quick.md").read_text(encoding="utf-8")
    else:
        assert "未写入" in done.output
        assert not out.exists()


def test_evaluate_tells_unseen_texts_apart(labels: Path) -> None:
    done = RUNNER.invoke(evaluate, ["--data", str(labels)])
    assert done.exit_code == 0
    assert "未训练过" in done.output
    assert "训练时分月留出" in done.output


def test_wrong_use_is_said(tmp_path: Path) -> None:
    missing = str(tmp_path / "nothing.jsonl")
    assert RUNNER.invoke(evaluate, ["--data", missing]).exit_code == 2
    assert RUNNER.invoke(train, ["--data", missing, "--out", str(tmp_path), "--reader", "nobody"]).exit_code == 2
    assert RUNNER.invoke(bench, ["nothing"]).exit_code == 2


def test_bench_prints_its_ratios_for_programs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("YUQING_SHARED", raising=False)
    done = RUNNER.invoke(bench, ["analysis", "--rounds", "1", "--json"])
    figures = {figure["name"]: figure["value"] for figure in json.loads(done.output)["analysis"]}
    assert figures["快读 ÷ 逐条 jieba + scikit-learn"] > 1


def test_a_ratio_is_the_median_of_the_rounds_and_a_floor_is_held_against_it() -> None:
    assert ratio("a", [1.0, 1.0, 1.0], [2.0, 3.0, 40.0], floor=4).value == 3.0
    assert not ratio("a", [1.0], [2.0], floor=4).met
    assert Figure("a", 1.0, "s", ceiling=2).met
    assert set(interleaved({"x": lambda number: 1, "y": lambda number: 2}, 3)) == {"x", "y"}
