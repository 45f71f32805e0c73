"""Link farms injected into pages of others: found as runs of short phrases, never by a single word.

A report on gambling sites may name them; a run of phrases without one sentence, at the edge of a text or several in
a row, is no report.
"""

import re
from importlib.resources import files
from typing import Final

import ahocorasick_rs


def _read_words() -> tuple[list[str], list[str]]:
    lists: dict[str, list[str]] = {}
    current: list[str] = []
    for line in (files("connectors.reading") / "injection.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith("#"):
            current = lists.setdefault(line.removeprefix("# ").partition(":")[0], [])
        else:
            current.extend(line.split())
    return lists["strong"], lists["weak"]


_STRONG, _WEAK = _read_words()
_strong = re.compile("|".join(sorted(map(re.escape, _STRONG), key=len, reverse=True)), re.IGNORECASE)
_word = re.compile("|".join(sorted(map(re.escape, [*_STRONG, *_WEAK]), key=len, reverse=True)), re.IGNORECASE)
_finder = ahocorasick_rs.AhoCorasick([*_STRONG, *(word.upper() for word in _STRONG if word != word.upper())])
_phrase = re.compile(r"[^\s,，|｜;；/·•_]+")
_sentence = re.compile(r"[。！？!?：:“”「」《》]")
_stop = re.compile(r"[。！？]")

_LONGEST: Final = 30  # characters of an injected phrase
_EDGE_RUN: Final = 3  # phrases that make a run in the first or last lines
_INNER_RUN: Final = 5  # and in the midst of a text
_EDGE: Final = 3  # lines at either end
_SHARE: Final = 0.5  # of a phrase's characters that the words of the farms make up
_REST: Final = 10  # a text of which less would remain is itself the advertisement, not its victim


def may_be_injected(text: str) -> bool:
    """Return whether a text holds any word of the link farms at all; cheap."""
    return bool(_finder.find_matches_as_indexes(text))


def strip_injections(text: str) -> tuple[str, bool]:
    """Return the text without injected runs, and whether there were any."""
    if not may_be_injected(text):
        return text, False
    lines = text.split("\n")
    filled = [at for at, line in enumerate(lines) if line.strip()]
    edges = {*filled[:_EDGE], *filled[-_EDGE:]}
    kept: list[str] = []
    for at, line in enumerate(lines):
        rest = _strip_line(line, _EDGE_RUN if at in edges and not _stop.search(line) else _INNER_RUN)
        if rest or not line:
            kept.append(rest)
    result = re.sub(r"\n{3,}", "\n\n", "\n".join(kept)).strip()
    if result == text or sum(map(str.isalnum, result)) < _REST:
        return text, False
    return result, True


def _strip_line(line: str, shortest: int) -> str:
    if not _strong.search(line):
        return line
    phrases = list(_phrase.finditer(line))
    cuts: list[tuple[int, int]] = []
    at = 0
    while at < len(phrases):
        end, strong = at, 0
        while end < len(phrases) and (kind := _kind(phrases[end][0])):
            strong += kind == "strong"
            end += 1
        if end - at >= shortest and strong >= max(2, (end - at) // 3):
            cuts.append((phrases[at].start(), phrases[end - 1].end()))
        at = max(end, at + 1)
    for begin, end in reversed(cuts):
        line = f"{line[:begin].rstrip(' ,，、|｜')} {line[end:].lstrip(' ,，、|｜')}"
    return line.strip() if cuts else line


def _kind(phrase: str) -> str:
    if len(phrase) > _LONGEST or _sentence.search(phrase):
        return ""
    words = _word.findall(phrase)
    if sum(map(len, words)) < _SHARE * len(phrase):
        return ""
    return "strong" if _strong.search(phrase) else "weak"
