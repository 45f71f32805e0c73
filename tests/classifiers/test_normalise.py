"""One meaning, one code point; and every character knows where it stood."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifiers.classifier import Text
from classifiers.normalise import MAX_CHARACTERS, normalise, read


@pytest.mark.parametrize(
    ("given_text", "seen"),
    [
        ("拆 迁", "拆迁"),
        ("拆\u200b迁", "拆迁"),
        ("拆*迁、强·拆", "拆迁,强拆"),
        ("ＡＢＣ１２３！", "abc123!"),
        ("強制拆遷，補償", "强制拆迁,补偿"),
        ("救命\U0001f62d\u2764\ufe0f啊", "救命啊"),
        ("【通知】“停课”…", '[通知]"停课".'),
        ("2.5%", "2.5%"),
        ("\ud800x\x00", "x"),
    ],
)
def test_what_hides_a_word_is_not_read(given_text: str, seen: str) -> None:
    assert normalise(given_text) == seen


@given(st.text(max_size=60))
def test_reading_twice_changes_nothing(text: str) -> None:
    assert normalise(normalise(text)) == normalise(text)


@given(st.lists(st.tuples(st.text(max_size=12), st.text(max_size=30)), min_size=1, max_size=5))
def test_every_character_read_stands_where_it_says(pairs: list[tuple[str, str]]) -> None:
    texts = [Text(text=text, title=title) for title, text in pairs]
    batch = read(texts)
    for place, text in enumerate(texts):
        whole = text.text
        if batch.title_lengths[place]:
            whole = f"{text.title}\n{text.text}"
        seen = batch.text(place)
        origins = batch.origins[batch.starts[place] : batch.starts[place + 1] - 1].tolist()
        assert origins == sorted(set(origins))
        assert len(origins) == len(seen)
        for character, origin in zip(seen, origins, strict=True):
            assert normalise(whole[origin]) in {character, ""} or character == "\n"


def test_a_title_that_the_text_repeats_is_read_once() -> None:
    assert read([Text(text="望泽区停水通知", title="望泽区停水")]).text(0) == "望泽区停水通知"
    assert read([Text(text="详见附件", title="停水通知")]).text(0) == "停水通知\n详见附件"


def test_a_hostile_text_is_read_to_its_limit() -> None:
    assert len(normalise("啊" * 1_000_000)) == MAX_CHARACTERS
