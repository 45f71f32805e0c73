"""The terms of a text: its words and, found only where it is compared, places, quoted names, kinds."""

import gzip
import math
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from operator import mul
from typing import NamedTuple

from classifiers.segmenter import segmenter
from pipeline.places.gazetteer import gazetteer

SEEN = 400  # characters of a text that decide
UNIT = 4096  # weights are whole numbers: sums are exact and do not depend on the order of the members
_HEAD = 40
_HEAD_WEIGHT = 1.5  # a title or first sentence says what the matter is
_UNKNOWN_COUNT = 0.5
_LETTERS = re.compile(r"[^一-龥A-Za-z0-9]+")
_TIME = re.compile(r"[\d.:：]+[年月日时分]*")
_WHEN = re.compile(  # times and shifts are in texts on anything
    "[今昨明前后当次近凌清早上中下傍晚半夜深连整一二两三四五六七八九十几数多]+个?(?:天|日|晨|早|午|晚|夜|班|小时|点|钟|分钟|时|年|月|周|星期|晚上|早上|中午|下午)"
)
_SENTENCE = re.compile(r"[\n。！？!?]")
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
_WHOLE = tuple(range(2 * UNIT))  # one object for each weight: a hundred thousand texts share them


class Background(NamedTuple):
    """What words are worth: inverse document frequencies (natural logarithm) in a fixed set of texts.

    The set ends in April 2024: whatever is measured on later texts knows only the past.
    """

    words: dict[str, float]
    rarest: float  # of what the set does not hold


@cache
def background() -> Background:
    """Return the background that ships with the product."""
    packed = resources.files("pipeline.matters.data").joinpath("background.tsv.gz").read_bytes()
    first, *lines = gzip.decompress(packed).decode().splitlines()
    total = int(first)
    known = {}
    for line in lines:
        word, count = line.split("\t")
        if _WHEN.fullmatch(word):
            continue
        known[sys.intern(word)] = math.log((1 + total) / (_UNKNOWN_COUNT + int(count)))
    return Background(known, math.log((1 + total) / _UNKNOWN_COUNT))


def rarity(word: str) -> float:
    """Return a word's inverse document frequency in the background, natural logarithm."""
    known, rarest = background()
    return known.get(word, rarest)


def words(text: str) -> Iterator[str]:
    """Yield the words of two characters or more that are not mere numbers or times."""
    for word in segmenter().cut(text):
        if len(word) > 1 and _says_something(word):
            yield word


def _says_something(word: str) -> bool:
    return not (word.isspace() or _TIME.fullmatch(word) or _LETTERS.fullmatch(word) or _WHEN.fullmatch(word))


def head_of(text: str) -> str:
    """Return the first line or sentence."""
    return _SENTENCE.split(text.lstrip(), 1)[0][:_HEAD]


def prepared(text: str) -> str:
    """Return of a text (title and body joined by a line feed) what decides, without the wording of work orders."""
    return _PHRASES.sub("，", text[:SEEN]).lstrip()


@dataclass(frozen=True, slots=True)
class Details:
    """What else two texts on one matter have in common."""

    provinces: frozenset[str]
    cities: frozenset[str]
    counties: frozenset[str]
    quoted: frozenset[str]
    kinds: frozenset[str]
    spots: frozenset[str]  # roads, estates, villages, schools: the last two characters of the name and its kind


class Terms:
    """What of a prepared text decides which matter it joins.

    ``words`` is a vector of length ``UNIT`` in whole numbers, ``rarities`` the inverse document frequencies.
    """

    __slots__ = ("_details", "rarities", "text", "words")

    def __init__(self, text: str) -> None:
        self.text = text
        self.rarities = _rarities(text)
        self.words = _unit(self.rarities, head_of(text))
        self._details: Details | None = None

    @property
    def has_details(self) -> bool:
        """Whether the details were looked at already."""
        return self._details is not None

    @property
    def details(self) -> Details:
        """What is looked at only where the words say that the text may belong."""
        if self._details is None:
            self._details = _details(self.text)
        return self._details


def _rarities(text: str) -> dict[str, float]:
    known, rarest = background()
    found: dict[str, float] = {}
    for word in set(segmenter().cut(text)):
        if word in known:
            found[word] = known[word]
        elif len(word) > 1 and _says_something(word):
            found[sys.intern(word)] = rarest
    return found


def _unit(rarities: dict[str, float], opening: str) -> dict[str, int]:
    """Return the unit vector of the words, those of the text's opening a little heavier."""
    values = [value * _HEAD_WEIGHT if word in opening else value for word, value in rarities.items()]
    factor = UNIT / (math.sqrt(math.fsum(map(mul, values, values))) or 1.0)
    return {word: _WHOLE[int(value * factor + 0.5)] for word, value in zip(rarities, values, strict=True)}


def _details(text: str) -> Details:
    codes = gazetteer().codes(text)
    numbered = [code for code in codes if code.isdigit()]
    return Details(
        provinces=frozenset([code for code in codes if len(code) == 2 or not code.isdigit()]),
        cities=frozenset([code[:4] for code in numbered if len(code) >= 4]),
        counties=frozenset([code for code in numbered if len(code) >= 6]),
        quoted=frozenset(_QUOTED.findall(text)),
        kinds=kinds_of(text),
        spots=frozenset(_SPOT.findall(text)),
    )


def kinds_of(text: str) -> frozenset[str]:
    """Return the kinds of event that a text names."""
    return frozenset([_KIND_OF[cue] for cue in _CUE.findall(text)])
