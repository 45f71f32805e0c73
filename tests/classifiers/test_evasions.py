"""What is written around a filter is read as what is meant; everything else stays as it is."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from classifiers import cues
from classifiers.classifier import Text
from classifiers.evasions import _lines
from classifiers.models import quick
from classifiers.normalise import normalise, read
from classifiers.segmenter import domain_words

WORDS = [line.split() for line in _lines("pinyin.txt")]
READER = quick.load()


@pytest.mark.parametrize(
    ("given_text", "seen"),
    [
        ("村里chai迁", "村里拆迁"),
        ("强拆qian", "强拆迁"),
        ("ｃｈａｉ 迁", "拆迁"),
        ("zheng府不管", "政府不管"),
        ("ZhengFu不管", "政府不管"),
        ("zf和城菅", "政府和城管"),
        ("拆.迁、拆．迁", "拆迁,拆迁"),
        ("pizza店和xchai迁", "pizza店和xchai迁"),
        ("见chai先生", "见chai先生"),
        ("wechai迁chai", "wechai迁chai"),
        ("zfb到账", "zfb到账"),
    ],
)
def test_what_is_meant_is_read(given_text: str, seen: str) -> None:
    assert normalise(given_text) == seen


def test_every_word_of_the_domain_can_be_read_from_pinyin() -> None:
    known = {word for word, *_ in WORDS}
    words = {*domain_words(), *(word for _, group in cues.groups().values() for word in group)}
    missing = {w for w in words if 2 <= len(w) <= 4 and all("\u4e00" <= c <= "\u9fff" for c in w)} - known
    assert not missing
    assert all(len(word) == len(syllables) for word, *syllables in WORDS)


def test_a_word_in_pinyin_is_evidence_as_it_was_written() -> None:
    batch = read([Text(text="反映chai迁补偿")])
    assert batch.text(0) == "反映拆迁补偿"
    assert batch.origins[:-1].tolist() == [0, 1, 2, 6, 7, 8]
    assert read([Text(text="拆qian了")]).origins[:-1].tolist() == [0, 4, 5]


@settings(deadline=None)
@given(
    st.lists(st.sampled_from([*(w for w, *_ in WORDS[::37]), *(s for _, *ss in WORDS[::41] for s in ss), "a", "，"]))
)
def test_reading_evasions_twice_changes_nothing(parts: list[str]) -> None:
    once = normalise("".join(parts))
    assert normalise(once) == once
    assert len(read([Text(text="".join(parts))]).origins) == len(once) + 1


@settings(deadline=None, max_examples=40)
@given(st.sampled_from(WORDS), st.integers(0, 3), st.sampled_from(["", " ", "\u200b", ".", "*", "\U0001f600"]))
def test_any_disguise_of_any_word_is_judged_as_the_word(word: list[str], place: int, sign: str) -> None:
    plain, *syllables = word
    place %= len(plain)
    disguised = plain[:place] + syllables[place].upper() + plain[place + 1 :]
    texts = [Text(text=f"望泽区居民反映：{form}，问题一直没有解决") for form in (plain, disguised, sign.join(plain))]
    odds = READER.log_odds(texts)
    alike = normalise(disguised) == normalise(plain)  # two words may read alike; then either is a fair guess
    assert (odds[2] == odds[0]).all()
    assert not alike or np.array_equal(odds[1], odds[0])
