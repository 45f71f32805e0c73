"""A change of the domain dictionary, tried before it is made: which texts would be cut otherwise, and what it breaks.

One line in the wrong form (「云南 2」 gives 云南 a frequency so low that it falls apart) changes the words of many
texts; such a change is refused.
"""

from collections.abc import Iterable
from itertools import accumulate, pairwise

import msgspec

from classifiers.segmenter import Entry, domain_words, segmenter, with_words


class DictionaryError(Exception):
    """The file is no dictionary; the text names every fault, one a line, in Chinese."""


class Trial(msgspec.Struct, frozen=True):
    """What a change does: texts cut otherwise, and each known word that falls apart → how, and in how many texts."""

    texts: int
    changed: int
    split: dict[str, tuple[str, int]]
    examples: tuple[tuple[str, str], ...]  # a passage as it is cut now and as it would be


def parse(source: str) -> tuple[Entry, ...]:
    """Return the entries of a file in jieba's form: a word a line, then perhaps its frequency and its part of speech.

    Raises:
        DictionaryError: a line is none.
    """
    entries: list[Entry] = []
    faults: list[str] = []
    for number, line in enumerate(source.lstrip("\ufeff").splitlines(), start=1):
        parts = line.split()
        if not parts or line.startswith("#"):
            continue
        if len(parts) > 3 or (len(parts) > 1 and not parts[1].isdecimal()):
            faults.append(f"第 {number} 行 {line.strip()}：应为「词」或「词 词频」，词中不能有空格")
            continue
        entries.append((parts[0], int(parts[1]) if len(parts) > 1 else None))
    if faults or not entries:
        raise DictionaryError("\n".join(faults or ["文件里没有词：每行一个词"]))
    return tuple(entries)


def tried(entries: tuple[Entry, ...], texts: Iterable[str], most_examples: int = 10) -> Trial:
    """Return what the entries would do to the texts and to the known words."""
    now, then = segmenter(), with_words(entries)
    split: dict[str, tuple[str, int]] = {}
    for word in dict.fromkeys((*domain_words(), *(word for word, _ in entries))):
        if len(pieces := then.cut(word)) > 1:
            split[word] = "/".join(pieces), 0
    total = changed = 0
    examples: list[tuple[str, str]] = []
    for text in texts:
        total += 1
        before, after = now.cut(text), then.cut(text)
        if before == after:
            continue
        changed += 1
        broken = _broken(before, after)
        for word, parts in broken.items():
            split[word] = parts, split.get(word, ("", 0))[1] + 1
        if len(examples) < most_examples:
            examples.append(_passage(before, after))
    return Trial(total, changed, split, tuple(examples))


def _broken(before: list[str], after: list[str]) -> dict[str, str]:
    """The words of ``before`` that ``after`` cuts through, and how."""
    cuts = set(accumulate(map(len, after)))
    broken: dict[str, str] = {}
    start = 0
    for word in before:
        inside = [place for place in range(1, len(word)) if start + place in cuts]
        if inside:
            edges = [0, *inside, len(word)]
            broken[word] = "/".join(word[a:b] for a, b in pairwise(edges))
        start += len(word)
    return broken


def _passage(before: list[str], after: list[str]) -> tuple[str, str]:
    """The words around the first difference, cut both ways."""
    first = next(place for place, pair in enumerate(zip(before, after, strict=False)) if pair[0] != pair[1])
    part = slice(max(0, first - 2), first + 5)
    return "/".join(before[part]).replace("\n", " "), "/".join(after[part]).replace("\n", " ")
