"""Cutting: pairs of Chinese characters, words of letters and digits; folding keeps every offset."""

from hypothesis import example, given
from hypothesis import strategies as st

from pipeline.corpus.cutting import cut, fold, marks, terms

TEXTS = st.text(st.one_of(st.sampled_from("停水三天后後干幹A1ａ９，。 \n😀𠮷々カ한"), st.characters()), max_size=60)


def test_chinese_becomes_overlapping_pairs_and_the_last_character_letters_and_digits_words() -> None:
    assert cut([("停水三天，A股2024年",)]) == ["停水 水三 三天 天 a 股 2024 年"]


def test_traditional_full_width_and_capital_forms_fold_to_one() -> None:
    assert fold("雲澤市後勤ＧＤＰ２０") == "云泽市后勤gdp20"


@given(TEXTS)
def test_folding_keeps_the_length_and_is_done_once(text: str) -> None:
    folded = fold(text)
    assert len(folded) == len(text)
    assert fold(folded) == folded


@given(st.lists(st.tuples(TEXTS, TEXTS), max_size=6))
@example([("\ue001停\ue000", "水\ue001"), ("", "")])
def test_a_batch_is_cut_as_each_text_alone(texts: list[tuple[str, str]]) -> None:
    assert cut(texts) == [cut([fields])[0] for fields in texts]


@given(st.text("停水三天后a1，", min_size=1, max_size=40), st.text("停水三天后", min_size=1, max_size=8))
def test_the_tokens_of_a_query_stand_side_by_side_exactly_where_the_words_stand(text: str, query: str) -> None:
    (term,) = terms(query)
    sought = " " + " ".join(term.tokens) + ("" if term.prefix else " ")
    assert (sought in f" {cut([(text,)])[0]} ") == (query in text) == bool(marks(text, [term]))


def test_no_phrase_runs_from_one_field_into_the_next() -> None:
    assert cut([("停", "水")]) == ["停 \ue000 水"]


def test_a_query_of_several_parts_wants_each_of_them() -> None:
    assert [term.tokens for term in terms(" 停水　望泽区 停水 ，。")] == [("停水",), ("望泽", "泽区")]


def test_only_a_single_character_at_the_end_is_a_prefix() -> None:
    assert [term.prefix for term in terms("停 停水 A股 股a 12")] == [True, False, True, False, False]


def test_marks_cover_the_characters_of_the_original_text() -> None:
    text = "雲澤市GDP后面的ＧＤＰ，gdps"
    assert [text[start:end] for start, end in marks(text, terms("云泽 gdp"))] == ["雲澤", "GDP", "ＧＤＰ"]


def test_marks_that_touch_are_one() -> None:
    assert marks("停水停水三天", terms("停水 三天")) == [(0, 6)]
