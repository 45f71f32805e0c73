"""The careful reader beside its contract: long texts, highlights, the blend on disk, and the product without it."""

import json
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from classifiers import blend as blending
from classifiers.assessment import Category
from classifiers.blend import Blend, BlendError, Said
from classifiers.classifier import Text
from classifiers.encoder import combined
from classifiers.features import CHANNELS
from classifiers.highlights import MAX_SHARE, highlights
from classifiers.models import careful
from classifiers.pieces import MOST_WINDOWS, OVERLAP, WINDOW, batches, padded
from classifiers.readers import unavailable

ROOT = Path(__file__).parents[2]
NO_WEIGHTS = unavailable()

GRAVE = "云泽市青石县一家化工厂今天凌晨发生爆炸，已致3人死亡、12人受伤，省应急管理厅派工作组赶赴现场。"
CALM = "感谢社区的同志一年来的辛勤工作，大家心里都是暖的，新的一年祝各位身体健康、工作顺利。"


def some_blend() -> Blend:
    rng = np.random.default_rng(1)
    return Blend(
        careful=rng.random(7),
        quick=rng.random(7),
        channel=rng.random((len(CHANNELS), 7)),
        shift=rng.random(7),
        thresholds=np.full(7, 0.4),
        tiers=rng.random(7),
        base=0.2,
        cuts=np.array([0.5, 1.5, 2.5]),
        band=0.3,
        version="careful-test",
    )


def test_a_blend_comes_back_from_the_disk_as_it_was(tmp_path: Path) -> None:
    made = some_blend()
    blending.save(made, tmp_path / "careful.npz", {"figures": {}}, np.array([3, 1], np.uint64))
    again = blending.load(tmp_path / "careful.npz")
    for name in Blend.__struct_fields__:
        assert np.array_equal(getattr(made, name), getattr(again, name))
    (tmp_path / "broken.npz").write_bytes(b"PK")
    for name in ("broken.npz", "absent.npz"):
        with pytest.raises(BlendError, match="恢复随程序发布的文件"):
            blending.load(tmp_path / name)


def test_an_unknown_channel_shifts_nothing_and_a_known_one_does() -> None:
    blend = some_blend()
    said = Said(np.zeros((2, 12)), np.zeros((2, 8)), ("", CHANNELS[0]))
    nowhere, somewhere = blend.log_odds(said) - blend.log_odds(Said(said.encoder[:1], said.quick[:1], ("",)))
    assert np.allclose(nowhere, 0)
    assert np.allclose(somewhere, blend.channel[0])


def test_what_one_window_says_counts_for_the_whole_text() -> None:
    windows = np.full((3, 12), -4.0, np.float32)
    windows[0, 2], windows[1, 3], windows[2, 11] = 1.0, 5.0, 6.0
    whole = combined(windows)
    assert whole[2] == 1.0
    assert 3.0 < whole[3] < 5.0  # a later window counts, if not as much as the first
    assert whole[9:].argmax() == 2


@settings(deadline=None)  # the first word loads the dictionary
@given(st.text(alphabet="甲乙丙丁戊己，。", max_size=120), st.integers(0, 1000))
def test_highlights_are_whole_words_within_their_share(text: str, seed: int) -> None:
    charge = np.random.default_rng(seed).normal(size=len(text))
    room = int(MAX_SHARE * len(text))
    found = highlights(text, charge, 1e9, room)
    assert all(0 <= start < end <= len(text) and weight > 0 for start, end, weight in found)
    assert all(left[1] < right[0] for left, right in pairwise(found))
    assert sum(end - start for start, end, _ in found) <= room


@given(st.lists(st.integers(1, 30), min_size=1, max_size=50), st.integers(1, 8))
def test_batches_hold_every_row_once_and_padding_is_masked(lengths: list[int], size: int) -> None:
    parts = batches(lengths, size)
    assert sorted(int(place) for part in parts for place in part) == list(range(len(lengths)))
    ids, mask = padded([[7] * length for length in lengths])
    assert mask.sum() == (ids == 7).sum() == sum(lengths)


def test_without_onnxruntime_texts_are_judged_by_the_quick_reader_and_it_is_said() -> None:
    script = (
        "import importlib.util as u, sys\n"
        "real = u.find_spec\n"
        "u.find_spec = lambda name, *rest: None if name == 'onnxruntime' else real(name, *rest)\n"
        "from pipeline.commands.main import main\n"
        "sys.argv = ['yuqing', 'assess']\n"
        "main()\n"
    )
    line = json.dumps({"text": GRAVE, "channel": "weibo"})
    done = subprocess.run(
        [sys.executable, "-c", script], input=line, cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert json.loads(done.stdout)["reader"] == "quick"
    assert "没有安装 onnxruntime，一律以快读为准" in done.stderr


@pytest.fixture(scope="module")
def reader() -> careful.CarefulReader:
    if NO_WEIGHTS:
        pytest.skip(NO_WEIGHTS)
    return careful.load()


def test_what_stands_at_the_end_of_a_long_letter_is_read(reader: careful.CarefulReader) -> None:
    letter = CALM * 60 + GRAVE
    calm, grave = reader.assess([Text(text=CALM * 60, channel="website"), Text(text=letter, channel="website")])
    assert Category.EMERGENCY_RESPONSE not in calm.flagged
    assert Category.EMERGENCY_RESPONSE in grave.flagged


def test_a_text_of_any_length_is_read_in_bounded_parts(reader: careful.CarefulReader) -> None:
    (reading,) = reader.encoder.read([GRAVE * 400])
    assert len(reading.windows) <= MOST_WINDOWS
    assert all(len(window.ids) <= WINDOW for window in reading.windows)
    (short,) = reader.encoder.read([GRAVE * 8])
    first, second, *_ = short.windows
    assert first.ids[1:-1][-OVERLAP:] == second.ids[1:-1][:OVERLAP]
    spans = [place for window in short.windows for place in window.places if place != (0, 0)]
    assert max(end for _, end in spans) == len(GRAVE * 8)


def test_files_fit_the_size_that_may_be_shipped() -> None:
    folder = blending.shipped(blending.FILE).parent
    size = sum(file.stat().st_size for file in folder.iterdir() if file.name.startswith("careful"))
    assert size <= 35_000_000
