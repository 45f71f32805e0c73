"""Watch words: the syntax people know, safe patterns, and hits that lie in the text as given."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from classifiers.classifier import Text
from classifiers.watchwords import Watch, WatchWordsError, parse

FILE = """# 本县关注词
[GLOBAL_FILTER]
广告

[WORD_GROUPS]
[供水]
停水
水压 => 水压不足
+望泽区
!演习

化工厂
/爆(炸|燃)/ => 爆炸类

+白鹭镇
+拆迁
"""


def hits(text: str, title: str = "") -> list[tuple[str, str]]:
    return [(hit.name, hit.term) for hit in Watch(parse(FILE)).hits([Text(text=text, title=title)])[0]]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("望泽区今天停水", [("供水", "停水"), ("供水", "望泽区")]),
        ("望泽区水压太低", [("供水·水压不足", "水压"), ("供水", "望泽区")]),
        ("青石县今天停水", []),
        ("望泽区停水演习", []),
        ("望泽区停水（广告）", []),
        ("化工厂爆燃", [("化工厂", "化工厂"), ("化工厂·爆炸类", "爆燃")]),
        ("白鹭镇的拆 迁", [("白鹭镇", "白鹭镇"), ("白鹭镇", "拆 迁")]),
        ("白鹭鎮chai迁", [("白鹭镇", "白鹭鎮"), ("白鹭镇", "chai迁")]),
        ("白鹭镇的路", []),
        ("", []),
    ],
)
def test_groups_take_in_what_their_words_say(text: str, found: list[tuple[str, str]]) -> None:
    assert hits(text) == found


def test_hits_say_where_they_stand_in_the_text_as_given() -> None:
    text = Text(text="昨天，望泽区　停 水", title="化工厂附近")
    found = Watch(parse(FILE)).hits([text, Text(text="无关"), text])
    assert found[0] == found[2] != found[1]
    assert [text.text[hit.start : hit.end] for hit in found[0] if hit.end] == ["停 水", "望泽区"]
    assert [hit for hit in found[0] if not hit.end] == [("化工厂", "化工厂", 0, 0)]


def test_every_fault_is_said_with_its_line() -> None:
    with pytest.raises(WatchWordsError) as error:
        parse("停水\n/(?=x)/\n\n!只排除\n\n停电\n@20\n\n+\n")
    said = str(error.value)
    assert "第 2 行" in said
    assert "第 4 行起的一组" in said
    assert "第 7 行 @20" in said
    assert "第 9 行没有可匹配的字" in said
    with pytest.raises(WatchWordsError, match="没有任何词组"):
        parse("# 只有说明\n")


def test_a_hostile_pattern_costs_bounded_time() -> None:
    watch = Watch(parse("/(a+)+$/\n/(望|泽)*区{1,100}/"))
    started = time.process_time()
    watch.hits([Text(text="a" * 20_000 + "b"), Text(text="望泽" * 10_000)])
    assert time.process_time() - started < 2


@settings(deadline=None)
@given(st.lists(st.text("停水电+!/[]#@望=> \n", max_size=12), max_size=6), st.text("停水电望。 ", max_size=30))
def test_any_file_is_parsed_or_refused_and_hits_lie_in_the_text(lines: list[str], text: str) -> None:
    try:
        watch = Watch(parse("\n".join(lines)))
    except WatchWordsError:
        return
    for hit in watch.hits([Text(text=text)])[0]:
        assert text[hit.start : hit.end] == hit.term != ""
