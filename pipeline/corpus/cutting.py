"""How texts and queries are cut for the index, the same for every store.

A run of Chinese characters becomes its overlapping pairs and then its last single character; letters and digits are
words. A phrase of pairs then finds exactly what a plain substring search finds, and a single character is a prefix.
Before cutting, characters are folded one for one (traditional to simplified, full width to half, capitals to small), so
that offsets into the folded text are offsets into the text itself.
"""

import hashlib
import re
import unicodedata
from collections.abc import Sequence
from functools import cache, lru_cache
from itertools import pairwise

import msgspec
import numpy as np
from numpy.typing import NDArray
from opencc import OpenCC

BOUNDARY = "\ue000"  # stands between fields, so that no phrase runs from one into the next
_BETWEEN_TEXTS = "\ue001"
LONGEST_WORD = 200  # characters; a longer word is indexed by its hash, for stores limit the length of a token

_SEPARATOR, _PAIRED, _LETTER, _DIGIT = range(4)
_TABLE_SIZE = 0x20000  # the two planes that hold letters; above them lie rare Chinese characters
_PAIRED_RANGES = (
    (0x3005, 0x3007),  # 々 〆 〇
    (0x3040, 0x30FF),  # kana
    (0x3100, 0x312F),  # bopomofo
    (0x3400, 0x4DBF),
    (0x4E00, 0x9FFF),
    (0xAC00, 0xD7AF),  # hangul
    (0xF900, 0xFAFF),
)
_RARE = (0x20000, 0x3FFFF)
_LONG = re.compile(rf"[^ {BOUNDARY}{_BETWEEN_TEXTS}]{{{LONGEST_WORD + 1},}}")


class Term(msgspec.Struct, frozen=True):
    """One blank-separated part of a query: its tokens stand side by side; the last is a prefix if ``prefix``."""

    tokens: tuple[str, ...]
    prefix: bool
    runs: tuple[str, ...]  # the folded runs it was cut from, for marking it in a text


def fold(text: str) -> str:
    """Return the text folded character for character; its length is unchanged."""
    return _text(_tables()[0], _codes(text))


def cut(fields: Sequence[Sequence[str]]) -> list[str]:
    """Return for each text, given as its fields, the tokens to index, blank-separated."""
    if not fields:
        return []
    joined = _BETWEEN_TEXTS.join(BOUNDARY.join(_unmarked(part) for part in parts if part) for parts in fields)
    folds, kinds = _tables()
    codes = _codes(joined)
    kind = _kinds(kinds, codes)
    codes = _folded(folds, codes)
    paired = kind == _PAIRED
    ends = np.empty(len(kind), bool)  # the last character of its run
    ends[:-1] = kind[1:] != kind[:-1]
    ends[-1:] = True
    # Each character takes up to three places: itself, its right neighbour when both are Chinese, and a blank.
    places = np.zeros((len(codes), 3), np.uint32)
    places[:, 0] = np.where(kind != _SEPARATOR, codes, 0)
    places[:-1, 1] = np.where(paired[:-1] & ~ends[:-1], codes[1:], 0)
    places[:, 2] = np.where(paired | (ends & (kind != _SEPARATOR)), ord(" "), 0)
    for mark in (ord(BOUNDARY), ord(_BETWEEN_TEXTS)):
        places[codes == mark] = (mark, ord(" "), 0)
    flat = places.ravel()
    out = flat[flat != 0].tobytes().decode("utf-32-le")
    if np.diff(np.flatnonzero(ends), prepend=-1).max(initial=0) > LONGEST_WORD:
        out = _LONG.sub(lambda found: _hashed(found[0]), out)
    return [text.strip() for text in out.split(_BETWEEN_TEXTS)]


@lru_cache(maxsize=256)
def terms(words: str) -> tuple[Term, ...]:
    """Return the terms of a query; all must be found. Parts without a letter, digit or character ask for nothing."""
    found: dict[Term, None] = {}
    for part in fold(words).split():
        term = _term(part)
        if term.tokens:
            found[term] = None
    return tuple(found)


def marks(text: str, sought: Sequence[Term]) -> list[tuple[int, int]]:
    """Return the places of the terms in the text as (start, end) in characters, in order and without overlap."""
    folded = fold(text)
    spans = sorted(match.span() for term in sought for match in _pattern(term).finditer(folded))
    merged: list[tuple[int, int]] = []
    for start, end in spans:
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _unmarked(part: str) -> str:
    return part.replace(BOUNDARY, " ").replace(_BETWEEN_TEXTS, " ")


def _hashed(word: str) -> str:
    return hashlib.blake2b(word.encode(), digest_size=16).hexdigest()


def _term(part: str) -> Term:
    codes = _codes(part)
    kind = _kinds(_tables()[1], codes)
    starts = [0, *(np.flatnonzero(kind[1:] != kind[:-1]) + 1).tolist(), len(part)]
    runs = [(int(kind[start]), part[start:end]) for start, end in pairwise(starts) if kind[start] != _SEPARATOR]
    tokens: list[str] = []
    for number, (sort, run) in enumerate(runs, 1):
        if sort != _PAIRED:
            tokens.append(_hashed(run) if len(run) > LONGEST_WORD else run)
            continue
        tokens += (first + second for first, second in pairwise(run))
        if number < len(runs) or len(run) == 1:
            tokens.append(run[-1])
    prefix = bool(runs) and runs[-1][0] == _PAIRED and len(runs[-1][1]) == 1
    return Term(tuple(tokens), prefix, tuple(run for _, run in runs))


@lru_cache(maxsize=256)
def _pattern(term: Term) -> re.Pattern[str]:
    """Find a term's runs one after another with nothing but separators between; words only as whole words."""
    pieces = []
    for run in term.runs:
        piece = re.escape(run)
        if run.isdecimal():
            piece = rf"(?<!\d){piece}(?!\d)"
        elif run.isascii():
            piece = rf"(?<![a-z]){piece}(?![a-z])"
        pieces.append(piece)
    return re.compile(r"[\W_]*".join(pieces))


def _codes(text: str) -> NDArray[np.uint32]:
    return np.frombuffer(text.encode("utf-32-le", "replace"), np.uint32)


def _text(folds: NDArray[np.uint32], codes: NDArray[np.uint32]) -> str:
    return _folded(folds, codes).tobytes().decode("utf-32-le")


def _folded(folds: NDArray[np.uint32], codes: NDArray[np.uint32]) -> NDArray[np.uint32]:
    return np.where(codes < _TABLE_SIZE, folds[np.minimum(codes, _TABLE_SIZE - 1)], codes)


def _kinds(kinds: NDArray[np.uint8], codes: NDArray[np.uint32]) -> NDArray[np.uint8]:
    kind = kinds[np.minimum(codes, _TABLE_SIZE - 1)]
    kind[(codes >= _RARE[0]) & (codes <= _RARE[1])] = _PAIRED
    return kind


@cache
def _tables() -> tuple[NDArray[np.uint32], NDArray[np.uint8]]:
    """Return for each code point of the first two planes what it folds to, and of which kind it is."""
    folds = np.arange(_TABLE_SIZE, dtype=np.uint32)
    kinds = np.zeros(_TABLE_SIZE, np.uint8)
    words = [code for code in range(_TABLE_SIZE) if chr(code).isalnum()]
    plain = [_plain(chr(code)) for code in words]
    simplified = OpenCC("t2s").convert("\n".join(plain)).split("\n")
    for code, character in zip(words, simplified, strict=True):
        folds[code] = ord(character)
        kinds[code] = _DIGIT if character.isdecimal() else _LETTER
    for first, last in _PAIRED_RANGES:
        kinds[first : last + 1] = _PAIRED
    folded_to = folds[words]
    kinds[words] = np.where(folded_to < _TABLE_SIZE, kinds[np.minimum(folded_to, _TABLE_SIZE - 1)], _PAIRED)
    return folds, kinds


def _plain(character: str) -> str:
    """Return one character's compatible small form, or itself where that is not one character."""
    folded = unicodedata.normalize("NFKC", character).lower()
    return folded if len(folded) == 1 and folded.isalnum() else character
