"""The terms of a text: words, pairs of characters, places, quoted names, counts, kinds of event."""

import gzip
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

from classifiers.segmenter import segmenter
from pipeline.places.gazetteer import gazetteer

SEEN = 400  # characters of a text that decide
UNIT = 4096  # weights are whole numbers: sums are exact and do not depend on the order of the members
_HEAD = 40
_HEAD_WEIGHT = 1.5  # a title or first sentence says what the matter is
_UNKNOWN_COUNT = 0.5
_LETTERS = re.compile(r"[^一-龥A-Za-z0-9]+")
_TIME = re.compile(r"[\d.:：]+[年月日时分]*")
_SENTENCE = re.compile(r"[\n。！？!?]")
_COUNT = re.compile(r"(?:\d+(?:[.·]\d+)?万?)(?:人|名|岁|元|级|米|公里|辆|起|度|吨|%)|\d+·\d+|\d+号")
_QUOTED = re.compile(r"[“\"《#@]([^”\"》#@，。：！？ \n]{2,14})")
_PHRASES = re.compile(  # how work orders and hotline notes are worded: nothing of the matter
    "(?:市民|群众|居民|网友|来电人|您好)[，,：:]?(?:再次|多次|第.{1,2}次)?(?:来电)?(?:反映|咨询|询问|求助|投诉|建议|称|催办)?[：:，,]?"
    "|[，,。](?:要求|请求|希望|恳请|请)(?:尽快|有关部门|相关部门|领导|立即)*(?:处理|解决|核实|回电|回复|答复|查处|整改|帮助|办理)?"
)
_SPOT = re.compile(
    "[一-龥]{2}(?:(?<![公铁道马线一网思出套])路|街|巷|小区|花园|家园|苑|村|社区|大厦|小学|中学|幼儿园|医院|车站|工地|市场)"
)
_KINDS: Mapping[str, tuple[str, ...]] = {
    "fire": ("火灾", "起火", "着火", "失火", "大火", "纵火", "火势"),
    "quake": ("地震", "震感", "余震", "震中"),
    "flood": ("洪水", "山洪", "决堤", "决口", "溃口", "内涝", "暴雨", "洪涝", "积水", "泄洪", "强降雨", "汛情"),
    "typhoon": ("台风",),
    "collapse": ("坍塌", "垮塌", "倒塌", "塌陷", "塌方"),
    "slide": ("滑坡", "泥石流"),
    "blast": ("爆炸", "爆燃"),
    "aircraft": ("坠机", "空难", "客机", "飞机"),
    "traffic": ("车祸", "相撞", "追尾", "撞"),
    "violence": ("砍", "捅", "行凶", "持刀", "刺伤", "杀人", "杀害"),
    "assault": ("性侵", "猥亵", "性骚扰", "强奸"),
    "poisoning": ("食物中毒", "中毒", "诺如"),
    "food": ("食品", "食堂", "预制菜", "外卖"),
    "hospital": ("医院", "医生", "医保"),
    "school": ("学校", "校方", "学生", "老师", "教师"),
    "animal": ("狗", "猫", "犬"),
    "weather": ("高温", "寒潮", "暴雪", "降温", "沙尘", "大风", "降雪"),
    "beating": ("打人", "殴打", "霸凌", "欺凌"),
}
_KIND_OF = {cue: kind for kind, cues in _KINDS.items() for cue in cues}
_CUE = re.compile("|".join(sorted(_KIND_OF, key=len, reverse=True)))


@cache
def _background() -> tuple[int, dict[str, float], dict[str, float]]:
    """Return the number of background texts and the weight of each word and pair that they hold.

    The background ends in April 2024: whatever is measured on later texts knows only the past.
    """
    packed = resources.files("pipeline.matters.data").joinpath("background.tsv.gz").read_bytes()
    first, *lines = gzip.decompress(packed).decode().splitlines()
    total = int(first)
    tables: tuple[dict[str, float], dict[str, float]] = ({}, {})
    for line in lines:
        kind, term, count = line.split("\t")
        tables[kind == "p"][term] = math.log((1 + total) / (_UNKNOWN_COUNT + int(count)))
    return total, *tables


def rarity(word: str) -> float:
    """Return a word's inverse document frequency in the background, natural logarithm."""
    total, known, _ = _background()
    found = known.get(word)
    return math.log((1 + total) / _UNKNOWN_COUNT) if found is None else found


def words(text: str) -> Iterator[str]:
    """Yield the words of two characters or more that are not mere numbers or times."""
    for word in segmenter().cut(text):
        if len(word) > 1 and not word.isspace() and not _TIME.fullmatch(word) and not _LETTERS.fullmatch(word):
            yield word


def pairs(text: str) -> set[str]:
    """Return all pairs of neighbouring characters, without signs."""
    plain = _LETTERS.sub("", text)
    return {plain[start : start + 2] for start in range(len(plain) - 1)}


def head_of(text: str) -> str:
    """Return the first line or sentence."""
    return _SENTENCE.split(text.lstrip(), 1)[0][:_HEAD]


@dataclass(frozen=True, slots=True)
class Terms:
    """What of a text decides which matter it joins; weights are whole numbers, the vectors have length ``UNIT``."""

    words: dict[str, int]
    pairs: dict[str, int]
    rarities: dict[str, float]
    provinces: frozenset[str]
    cities: frozenset[str]
    counties: frozenset[str]
    quoted: frozenset[str]
    counts: frozenset[str]
    kinds: frozenset[str]
    spots: frozenset[str]  # roads, estates, villages, schools: the last two characters of the name and its kind


def terms_of(text: str) -> Terms:
    """Return the terms of a text (title and body joined by a line feed)."""
    text = _PHRASES.sub("，", text[:SEEN])
    total, _, known_pairs = _background()
    head = frozenset(words(head_of(text)))
    rarities = {word: rarity(word) for word in sorted(set(words(text)))}
    rarest = math.log((1 + total) / _UNKNOWN_COUNT)
    codes = gazetteer().codes(text)
    return Terms(
        words=_unit({word: value * (_HEAD_WEIGHT if word in head else 1) for word, value in rarities.items()}),
        pairs=_unit({pair: known_pairs.get(pair, rarest) for pair in sorted(pairs(text))}),
        rarities=rarities,
        provinces=frozenset(code for code in codes if len(code) == 2 or not code.isdigit()),
        cities=frozenset(code[:4] for code in codes if code.isdigit() and len(code) >= 4),
        counties=frozenset(code for code in codes if code.isdigit() and len(code) >= 6),
        quoted=frozenset(_QUOTED.findall(text)),
        counts=frozenset(_COUNT.findall(text)),
        kinds=frozenset(_KIND_OF[cue] for cue in _CUE.findall(text)),
        spots=frozenset(_SPOT.findall(text)),
    )


def _unit(weights: dict[str, float]) -> dict[str, int]:
    length = math.sqrt(sum(value * value for value in weights.values())) or 1.0
    return {term: round(UNIT * value / length) for term, value in weights.items()}
