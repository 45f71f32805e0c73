"""``yuqing assess``: one answer a line, in order, whatever the line."""

import json
import subprocess
import sys
from typing import Any

import pytest


def assess(data: bytes, *arguments: str) -> tuple[int, list[dict[str, Any]], str]:
    done = subprocess.run(
        [sys.executable, "-m", "pipeline", "assess", *arguments],
        input=data,
        capture_output=True,
        timeout=120,
        check=False,
    )
    return done.returncode, [json.loads(line) for line in done.stdout.splitlines()], done.stderr.decode()


def test_every_line_gets_its_answer_in_order() -> None:
    lines = [
        {"id": "a", "text": "望泽区化工厂爆炸致3人死亡", "channel": "weibo", "engagement": {"reposts": 9}},
        {"id": 7, "text": "今天和朋友看电影", "title": None, "unknown": True},
        {"text": "公司拖欠工资三个月，反映多次无人管", "title": "欠薪"},
    ]
    code, answers, _ = assess("\n".join(json.dumps(line) for line in lines).encode())
    assert code == 0
    assert [answer.get("id") for answer in answers] == ["a", 7, None]
    assert answers[0]["flagged"] == ["emergency_response"]
    assert answers[0]["severity"] == "major_emergency"
    assert answers[1]["flagged"] == []
    assert answers[1]["severity"] is None
    assert {"categories", "rumour", "needs_review", "signals", "evidence", "basis", "reader", "model_version"} <= set(
        answers[1]
    )
    item = answers[0]["evidence"][0]
    assert lines[0]["text"][item["start"] : item["end"]] == item["term"]  # type: ignore[index]


@pytest.mark.parametrize(
    "bad",
    [b"{", b"[1]", b'{"text": 3}', b'{"id": "x"}', b"\xff\xfe", b"[" * 100_000, b'{"text": "a", "engagement": 3}'],
)
def test_a_malformed_line_gets_an_error_in_its_place_and_the_rest_is_judged(bad: bytes) -> None:
    code, answers, said = assess(b'{"id": 1, "text": "a"}\n' + bad + b'\n{"id": 3, "text": "b"}\n')
    assert code == 1
    assert answers[0]["id"] == 1
    assert answers[1]["line"] == 2
    assert "第 2 行" in answers[1]["error"]
    assert answers[2]["id"] == 3
    assert "1 行" in said


def test_a_missing_file_is_wrong_use() -> None:
    code, answers, said = assess(b"", "/nowhere/at/all.jsonl")
    assert (code, answers) == (2, [])
    assert "读不到" in said


def test_the_same_input_gives_equal_bytes() -> None:
    data = '{"text": "柳溪县暴雨致山体滑坡，2人失联，启动二级应急响应"}\n'.encode() * 300
    one, two = (
        subprocess.run([sys.executable, "-m", "pipeline", "assess"], input=data, capture_output=True, check=True).stdout
        for _ in range(2)
    )
    assert one == two
    assert len(set(one.splitlines())) == 1
