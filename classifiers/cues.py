"""Words and figures that carry meaning whatever stands around them: groups of cues, who acts on whom, casualties."""

import re
from collections.abc import Sequence
from functools import cache
from importlib import resources
from itertools import chain

import msgspec
import numpy as np
from numpy.typing import NDArray

from classifiers.automaton import Automaton
from classifiers.normalise import Batch

NEAR = 15  # characters between two cues that speak of one another
_CHINESE = {"一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9}
_NUMBER = r"(\d{1,4}|[一二两三四五六七八九十]{1,3})"
_DEAD = r"死|遇难|身亡|丧生|罹难|溺亡|没了"
_HURT = r"受?[重轻]?伤"
_MISSING = r"失联|失踪|被埋|被困|下落不明"
_CASUALTIES = re.compile(
    rf"{_NUMBER}(?:余|多)?(?:名|人|位|个|户)[\u4e00-\u9fff]{{0,5}}?(?:({_DEAD})|({_HURT})|({_MISSING}))"
    rf"|[致成已]{_NUMBER}(?:余|多)?人?(?:({_DEAD})|({_HURT})|({_MISSING}))"
    rf"|(?<!\d){_NUMBER}(?:人|名|例)?(死)(?:亡)?{_NUMBER}?(伤)?"
)


class Hits(msgspec.Struct, frozen=True):
    """Cues found in a batch, in order of place: text, group, first character and end, as offsets into the codes."""

    text: NDArray[np.int64]
    group: NDArray[np.int64]
    start: NDArray[np.int64]
    end: NDArray[np.int64]


class Casualties(msgspec.Struct, frozen=True):
    """Numbers a text gives of dead, hurt and missing; the largest of each."""

    dead: int = 0
    hurt: int = 0
    missing: int = 0


@cache
def groups() -> dict[str, tuple[str, tuple[str, ...]]]:
    """Return name → (Chinese name, words) of every group, in the order of the file."""
    table: dict[str, tuple[str, tuple[str, ...]]] = {}
    for line in _lines("cues.txt"):
        head, _, words = line.partition(":")
        name, title = head.split()
        table[name] = (title, tuple(words.split()))
    return table


@cache
def names() -> tuple[str, ...]:
    """Return the names of the groups, in order."""
    return tuple(groups())


@cache
def pairs() -> tuple[tuple[int, int], ...]:
    """Return the pairs of groups that mean more together than alone."""
    place = {name: i for i, name in enumerate(names())}
    return tuple((place[a], place[b]) for a, b in (line.split() for line in _lines("pairs.txt")))


@cache
def _automaton() -> tuple[Automaton, NDArray[np.int64], NDArray[np.int64]]:
    """The automaton, and for each word its groups as a slice of one flat array."""
    of_word: dict[str, list[int]] = {}
    for number, (_, words) in enumerate(groups().values()):
        for word in words:
            if number not in (listed := of_word.setdefault(word, [])):
                listed.append(number)
    counts = np.array([len(numbers) for numbers in of_word.values()], np.int64)
    flat = np.array(list(chain.from_iterable(of_word.values())), np.int64)
    return Automaton(list(of_word)), np.concatenate(([0], np.cumsum(counts))), flat


def find(batch: Batch, joined: str) -> Hits:
    """Return the cues of every text; ``joined`` is ``batch.joined()``."""
    automaton, first, flat = _automaton()
    word, start, end = automaton.find(joined).T
    copies = first[word + 1] - first[word]
    row = np.repeat(np.arange(len(word)), copies)
    place = np.arange(len(row)) - np.repeat(np.cumsum(copies) - copies, copies)
    text = np.searchsorted(batch.starts, start, side="right") - 1
    return Hits(text[row], flat[first[word[row]] + place], start[row], end[row])


def casualties(text: str) -> Casualties:
    """Return the casualties that a normalised text names."""
    dead = hurt = missing = 0
    for match in _CASUALTIES.finditer(text):
        n1, d1, h1, m1, n2, d2, h2, m2, n3, d3, n4, h4 = match.groups()
        count = _number(n1 or n2 or n3)
        if d1 or d2 or d3:
            dead = max(dead, count)
        elif h1 or h2:
            hurt = max(hurt, count)
        elif m1 or m2:
            missing = max(missing, count)
        if h4 and n4:
            hurt = max(hurt, _number(n4))
    return Casualties(dead, hurt, missing)


def _number(digits: str) -> int:
    """The value of an Arabic or small Chinese numeral."""
    if digits.isdigit():
        return int(digits)
    tens, ten, units = digits.rpartition("十")
    if not ten:
        return _CHINESE.get(digits[-1:], 0)
    return 10 * _CHINESE.get(tens[-1:], 1) + _CHINESE.get(units, 0)


def _lines(file: str) -> Sequence[str]:
    text = resources.files("classifiers.data").joinpath(file).read_text("utf-8")
    return [line for line in text.splitlines() if line and not line.startswith("#")]
