"""Splits part no copies, figures equal their definitions."""

import json
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score, cohen_kappa_score, f1_score

from classifiers.assessment import Rumour, Severity
from classifiers.training import metrics
from classifiers.training.duplicates import groups
from classifiers.training.folds import folds, forward, split_groups
from classifiers.training.labelled import CATEGORIES, LabelError, Labelled, load, truth
from classifiers.training.thresholds import best_f1, quantile_cuts

LONG = "云泽市望泽区白鹭镇一家化肥厂昨天夜里冒出黄烟，附近居民闻到刺鼻气味，环保部门已经赶到现场查看"


def row(text: str, *, time: datetime | None = None, kind: str = "weibo") -> Labelled:
    return Labelled(text=text, categories=(), severity=None, time=time, source_kind=kind)


def test_a_reposted_text_shares_the_group_of_its_original() -> None:
    texts = [LONG, "青石县公交三路今天改道，请大家提前出门", f"转发微博：{LONG}！！", LONG[:-3], "柳溪县公布中考分数线"]
    group = groups(texts)
    assert group[0] == group[2] == group[3] == 0
    assert len({int(group[0]), int(group[1]), int(group[4])}) == 3


def test_texts_without_letters_are_no_copies_of_each_other_unless_equal_to_nothing() -> None:
    assert len(set(groups(["", "？？？", "你好吗朋友们"]).tolist())) >= 2


def test_no_fold_parts_a_group_and_each_row_is_tested_once() -> None:
    group = np.array([0, 0, 2, 3, 3, 3, 6, 7, 8, 9])
    tested = []
    for train, test in folds(group, 3):
        assert not set(group[train]) & set(group[test])
        tested += test.tolist()
    assert sorted(tested) == list(range(10))


def test_the_matters_of_one_month_stay_on_one_side() -> None:
    rows = [
        row(f"第{i}件事情说的是完全不同的东西{i * 7919}", time=datetime(2025, 1 + i % 2, 3, tzinfo=UTC))
        for i in range(10)
    ]
    group = split_groups(rows, by="month")
    assert len(set(group[::2].tolist())) == len(set(group[1::2].tolist())) == 1
    assert group[0] != group[1]


def test_a_forward_split_trains_on_no_copy_of_a_later_text() -> None:
    rows = [
        row(LONG, time=datetime(2025, 1, 1, tzinfo=UTC)),
        row(LONG + "。", time=datetime(2025, 9, 1, tzinfo=UTC)),
        row("没有日期的另一条消息，内容和前面的毫不相干"),
    ]
    train, test = forward(rows, split_groups(rows), date(2025, 6, 1))
    assert train.tolist() == [2]
    assert test.tolist() == [1]


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 6)), min_size=2, max_size=60))
def test_f1_and_average_precision_equal_scikit_learn(cases: list[tuple[bool, int]]) -> None:
    true = np.array([t for t, _ in cases])
    score = np.array([s / 6 for _, s in cases])
    judged = score > 0.5
    ours = metrics.f1(true, judged)
    assert (ours or 0.0) == pytest.approx(f1_score(true, judged, zero_division=0.0))
    if true.any():
        assert metrics.average_precision(true, score) == pytest.approx(average_precision_score(true, score))


def test_quadratic_kappa_equals_scikit_learn() -> None:
    rng = np.random.default_rng(1)
    left, right = rng.integers(0, 4, 200), rng.integers(0, 4, 200)
    expected = cohen_kappa_score(left, right, weights="quadratic")
    assert metrics.quadratic_kappa(left, right, 4) == pytest.approx(expected)


def test_an_unflagged_top_tier_text_is_a_miss_and_counts_as_the_lowest_tier() -> None:
    labels = [
        Labelled(text="a", categories=(CATEGORIES[3],), severity=Severity.MAJOR_EMERGENCY),
        Labelled(text="b", categories=(CATEGORIES[3],), severity=Severity.MAJOR_EMERGENCY),
        Labelled(text="c", categories=(CATEGORIES[1],), severity=Severity.GENERAL, rumour=Rumour.CLAIM),
    ]
    true = truth(labels)
    flags = np.zeros((3, 5), bool)
    flags[0, 3] = flags[2, 1] = True
    judged = metrics.Verdicts(flags.astype(float), flags, np.array([2, -1, 0]), np.array([0, 0, 1]))
    result = metrics.figures(true, judged)
    assert result.top_tier_recall == 0.5
    assert result.severity_kappa == pytest.approx(metrics.quadratic_kappa(np.array([3, 3, 0]), np.array([2, 0, 0]), 4))
    assert result.claim_f1 == 1.0
    assert result.refuted_f1 is None
    assert result.flagged == 3


def test_calibration_error_is_nought_for_true_frequencies_and_large_for_boasts() -> None:
    true = np.arange(100) % 4 == 0
    assert metrics.calibration_error(true, np.full(100, 0.25)) == pytest.approx(0.0)
    assert metrics.calibration_error(true, np.full(100, 0.99)) > 0.7


def test_the_threshold_lies_between_the_classes() -> None:
    true = np.array([False] * 90 + [True] * 10)
    cut = best_f1(true, np.where(true, 0.9, 0.1))
    assert 0.1 <= cut <= 0.9


def test_cuts_give_the_scores_the_shares_of_the_levels() -> None:
    level = np.array([0] * 50 + [1] * 30 + [2] * 15 + [3] * 5)
    score = np.linspace(0, 1, 100)
    cuts = quantile_cuts(score, level, 4)
    assert np.bincount(np.searchsorted(cuts, score, side="right")).tolist() == [50, 30, 15, 5]


def test_a_wrong_line_is_named(tmp_path: Path) -> None:
    good: dict[str, object] = {"text": "a", "categories": [], "severity": None}
    file = tmp_path / "labels.jsonl"
    file.write_text(json.dumps(good) + "\n\n" + '{"text": 3}\n', encoding="utf-8")
    with pytest.raises(LabelError, match="第 3 行"):
        load(file)
    file.write_text(json.dumps(good | {"categories": ["vital_interests"]}) + "\n", encoding="utf-8")
    with pytest.raises(LabelError, match="第 1 行"):
        load(file)
    file.write_text("\n", encoding="utf-8")
    with pytest.raises(LabelError, match="没有一条"):
        load(file)
    with pytest.raises(LabelError, match="--data"):
        load(tmp_path / "nowhere.jsonl")


def test_labels_become_arrays(tmp_path: Path) -> None:
    file = tmp_path / "labels.jsonl"
    line = {
        "text": "a",
        "categories": ["vital_interests"],
        "severity": "sensitive",
        "rumour": "refuted",
        "source_kind": "news",
    }
    file.write_text(json.dumps(line) + "\n", encoding="utf-8")
    rows = load(file)
    assert rows[0].inlet == "newspaper"
    true = truth(rows)
    assert true.flags.tolist() == [[False, True, False, False, False]]
    assert true.severity.tolist() == [2]
    assert true.rumour.tolist() == [2]
