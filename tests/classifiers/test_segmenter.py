"""The fast segmenter cuts as jieba does."""

import gzip
import json
import os
from pathlib import Path

import pytest

from classifiers.segmenter import MAX_CHARACTERS, FastSegmenter, PlainSegmenter, segmenter, spans

INVENTED = [
    "云泽市望泽区白鹭镇拆迁补偿款至今未发，业委会多次反映无果",
    "编号A-45153的工单显示水压2.0G，30-40户停水，占比12.5%",
    "http://example.cn/a?b=c&d=e_f C++ v1.2.3 test@example.com +86",
    "国务院安委会对青石县重大事故挂牌督办。提级调查！3.5%的居民……",
    "王王王王 等等等 哈哈哈哈哈",
    "",
    "\n\t 　空白",
    "emoji\U0001f600和罕用字彧喆",
    "繁體字與简体字混排，ＡＢＣ全角",
]


@pytest.fixture(scope="module")
def both() -> tuple[FastSegmenter, PlainSegmenter]:
    return FastSegmenter(), PlainSegmenter()


@pytest.mark.parametrize("text", INVENTED)
def test_the_fast_segmenter_cuts_as_jieba_does(both: tuple[FastSegmenter, PlainSegmenter], text: str) -> None:
    words = both[0].cut(text)
    assert words == both[1].cut(text)
    assert "".join(words) == text


def test_words_of_government_matters_stay_whole() -> None:
    words = segmenter().cut("省政府对青石县燃气爆炸事故挂牌督办并提级调查")
    assert {"挂牌督办", "提级调查", "燃气爆炸"} <= set(words)


def test_spans_cover_the_text() -> None:
    text = INVENTED[1]
    assert [text[a:b] for a, b in spans(text)] == segmenter().cut(text)


def test_a_hostile_text_costs_bounded_time() -> None:
    assert len("".join(segmenter().cut("龘" * 1_000_000))) == MAX_CHARACTERS


@pytest.mark.material
@pytest.mark.skipif("YUQING_SHARED" not in os.environ, reason="YUQING_SHARED 未设置：没有语料")
def test_parity_with_jieba_over_the_corpus(both: tuple[FastSegmenter, PlainSegmenter]) -> None:
    fast, plain = both
    different = total = 0
    with gzip.open(Path(os.environ["YUQING_SHARED"]) / "data" / "corpus.jsonl.gz", "rt", encoding="utf-8") as lines:
        for number, line in enumerate(lines):
            if number % 40:
                continue
            text = json.loads(line)["text"]
            total += 1
            different += fast.cut(text) != plain.cut(text)
    assert total > 2000
    assert different <= total // 2000  # ties on repeated characters: performance of 10 in 14,783,878 words
