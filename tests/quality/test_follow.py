"""Following matters, measured on months that were not used for tuning, against the single pass of the same run."""

import os
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import orjson
import pytest

from classifiers.segmenter import segmenter
from pipeline.bench._texts import posts
from pipeline.matters.fitting import fit
from pipeline.matters.follow import Follower
from pipeline.matters.measure import agreement, followed, read_labelled, single_pass

SPLIT = datetime(2025, 7, 1, tzinfo=UTC)
SHARED = os.environ.get("YUQING_SHARED")
BASELINE_THRESHOLDS = (0.12, 0.13, 0.14, 0.15)


@pytest.mark.material
@pytest.mark.slow
@pytest.mark.skipif(SHARED is None, reason="需要按事由标注的文本：设置 YUQING_SHARED")
def test_following_removes_forty_percent_of_the_single_pass_error_on_later_months() -> None:
    texts = read_labelled(Path(SHARED or "") / "data" / "events.jsonl")
    early = [text for text in texts if text.at < SPLIT]
    best = max(BASELINE_THRESHOLDS, key=lambda cut: agreement(early, single_pass(early, cut), lambda _: True).f1)
    base = agreement(texts, single_pass(texts, best), lambda text: text.at >= SPLIT)
    ours = agreement(texts, followed(texts, fit(early)), lambda text: text.at >= SPLIT)
    print("single pass", best, base)
    print("followed", ours)
    assert 1 - ours.f1 <= 0.6 * (1 - base.f1)
    assert 1 - ours.own_f1 <= 0.6 * (1 - base.own_f1)
    assert 2 * ours.thrown <= base.thrown


@pytest.mark.slow
def test_placing_among_many_costs_a_bounded_multiple_of_cutting_the_text() -> None:
    """A bound that a slow machine keeps; ``yuqing bench follow`` measures at a hundred thousand."""
    texts = [str(orjson.loads(line)["text"]) for line in posts(None, 12_000)]
    follower, start, cut = Follower(), datetime(2026, 6, 1, tzinfo=UTC), segmenter().cut
    for number, text in enumerate(texts[:10_000]):
        at = start + timedelta(seconds=number)
        follower.join(f"y{number}", str(number), follower.terms(text), at, at)
    ratios = []
    for first in range(10_000, 12_000, 100):
        began = time.process_time()
        for number in range(first, first + 100):
            at = start + timedelta(seconds=number)
            follower.follow(str(number), texts[number], at, at)
        ours = time.process_time() - began
        began = time.process_time()
        for text in texts[first : first + 100]:
            cut(text)
        ratios.append(ours / (time.process_time() - began))
    print(f"{sorted(ratios)[len(ratios) // 2]:.1f} times cutting, {follower.matters} matters live")
    assert sorted(ratios)[len(ratios) // 2] < 60
