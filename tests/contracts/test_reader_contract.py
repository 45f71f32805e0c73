"""What every classifier keeps: the same answer twice, scores in [0, 1], evidence that lies in the text."""

import importlib
import pkgutil

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import classifiers.models
from classifiers.assessment import Basis, Category
from classifiers.classifier import Reader, Text
from classifiers.encoder import EncoderError

NAMES = sorted(module.name for module in pkgutil.iter_modules(classifiers.models.__path__))

TEXTS = [
    Text(
        text="云泽市青石县一家化工厂今天凌晨发生爆炸，已致3人死亡、12人受伤，省应急管理厅派工作组赶赴现场",
        channel="weibo",
    ),
    Text(text="我是白鹭镇居民，公司拖欠工资三个月，多次向劳动局反映无人管，请领导解决", title="拖欠农民工工资"),
    Text(text="【网传明年取消中考】云泽市教育局：不实信息，已报警处理", title="", channel="wechat"),
    Text(text="柳溪县一幼儿园教师用针扎多名幼儿，家长报警", title="柳溪县一幼儿园教师用针扎多名幼儿，家长报警"),
    Text(text=""),
    Text(text="\u200b \U0001f600\ud800\x00"),
    Text(text="", title="望泽区发生火灾"),
    Text(text="望泽区　拆 迁　補償款遲遲不發，ＡＢＣ公司拖 欠 工 資" * 3, reposts=500, reads=100_000),
]


@pytest.fixture(scope="module", params=NAMES)
def reader(request: pytest.FixtureRequest) -> Reader:
    try:
        loaded: Reader = importlib.import_module(f"classifiers.models.{request.param}").load()
    except EncoderError as missing:
        pytest.skip(str(missing))
    return loaded


def test_the_same_texts_get_the_same_answers_however_they_are_batched(reader: Reader) -> None:
    together = reader.assess(TEXTS)
    assert together == reader.assess(TEXTS)
    assert together == [reader.assess([text])[0] for text in TEXTS]
    assert reader.assess([]) == []


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.builds(Text, text=st.text(max_size=80), title=st.text(max_size=20)), max_size=4))
def test_any_text_at_all_gets_a_whole_answer(reader: Reader, texts: list[Text]) -> None:
    for text, answer in zip(texts, reader.assess(texts), strict=True):
        assert set(answer.categories) == set(Category)
        assert all(0.0 <= score <= 1.0 for score in answer.categories.values())
        assert (answer.severity is None) == (not answer.flagged)
        assert all(0.0 <= getattr(answer.signals, name) <= 1.0 for name in answer.signals.__struct_fields__)
        for item in answer.evidence:
            given_text = text.title if item.source == "title" else text.text
            assert given_text[item.start : item.end] == item.term != ""


def test_what_is_grave_is_flagged_with_words_that_stand_in_the_text(reader: Reader) -> None:
    for text, answer in zip(TEXTS[:4], reader.assess(TEXTS)[:4], strict=True):
        assert answer.flagged
        assert answer.evidence
        for item in answer.evidence:
            assert (text.title if item.source == "title" else text.text)[item.start : item.end] == item.term
        assert {item.category for item in answer.evidence} <= {*answer.flagged, None}


def test_a_superiors_request_is_a_fact_only_by_the_directive_inlet(reader: Reader) -> None:
    words = "请望泽区于三日内核实回应白鹭镇供水问题"
    directed = reader.assess([Text(text=words, channel="directive", directed=True)])[0]
    assert directed.basis == {Category.SUPERIOR_REQUEST: Basis.DIRECTIVE}
    assert Category.SUPERIOR_REQUEST in directed.flagged
    seen = reader.assess([Text(text="国务院安委会对云泽市青石县爆炸事故查处挂牌督办，省政府成立提级调查组")])[0]
    assert Basis.DIRECTIVE not in seen.basis.values()


def test_more_engagement_or_media_never_lowers_the_tier(reader: Reader) -> None:
    for text in TEXTS[:4]:
        ladder = [
            Text(text=text.text, title=text.title, channel=text.channel, reposts=n, comments=n, likes=n, reads=n * 50)
            for n in (0, 10, 1_000, 50_000, 5_000_000)
        ]
        ranks = [-1 if a.severity is None else a.severity.rank for a in reader.assess(ladder)]
        assert ranks == sorted(ranks)
