"""The deployment's watch words: groups of words beside the model, in the syntax people know from TrendRadar.

Groups are parted by blank lines; ``#`` begins a remark. In a group a plain line is a word of which one is enough,
``+word`` must stand in the text, ``!word`` must not, ``/pattern/`` is a regular expression (by RE2, which cannot hang),
``[name]`` on the first line names the group and ``word => name`` a single word. The words of ``[GLOBAL_FILTER]`` keep
a text out of every group. Texts and words are compared as readers see them: disguises change nothing.
"""

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import msgspec
import numpy as np
import re2

from classifiers.automaton import Automaton
from classifiers.classifier import Text
from classifiers.normalise import normalise, read

_FILTER, _GROUPS = "GLOBAL_FILTER", "WORD_GROUPS"
_SECTION = re.compile(r"\[([^\[\]]+)\]\Z")
_PATTERN = re.compile(r"/(.+)/[a-z]*\Z")
_LIMIT = re.compile(r"@\d+\Z")
_MOST_MEMORY = 8 << 20  # bytes a pattern may use


class WatchWordsError(Exception):
    """The words cannot be used; the text names every fault, one a line, in Chinese."""


class Term(msgspec.Struct, frozen=True):
    """A word, or a pattern, as it was written and as texts are compared with it; ``name`` is shown where given."""

    written: str
    compared: str
    pattern: bool = False
    name: str = ""


class Group(msgspec.Struct, frozen=True):
    """Texts with one of ``any`` (if there are any), all of ``must`` and none of ``barred`` belong to it."""

    name: str
    any: tuple[Term, ...] = ()
    must: tuple[Term, ...] = ()
    barred: tuple[Term, ...] = ()


class WatchList(msgspec.Struct, frozen=True):
    """Groups, and the words that keep a text out of all of them."""

    groups: tuple[Group, ...]
    barred: tuple[Term, ...] = ()


class Hit(NamedTuple):
    """A word of a group in a text: offsets into the text as given; both 0 where it stands in the title alone."""

    name: str
    term: str
    start: int
    end: int


def parse(source: str) -> WatchList:
    """Return the groups of a file.

    Raises:
        WatchWordsError: something is wrong with it.
    """
    faults: list[str] = []
    groups: list[Group] = []
    barred: list[Term] = []
    filtering = False
    for block in _blocks(source):
        lines = list(block)
        section = _SECTION.match(lines[0][1])
        if section and section[1] in {_FILTER, _GROUPS}:
            filtering = section[1] == _FILTER
            lines = lines[1:]
        if not lines:
            continue
        if filtering:
            barred += [term for at, line in lines if (term := _term(line, at, faults))]
            continue
        group = _group(lines, faults)
        if not group.any and not group.must:
            faults.append(f"第 {lines[0][0]} 行起的一组没有可匹配的词：至少要有一个普通词、+必须词或 /正则/")
        groups.append(group)
    if not groups and not faults:
        faults.append("没有任何词组：每组一行一词，组与组之间空一行")
    if faults:
        raise WatchWordsError("\n".join(faults))
    return WatchList(tuple(groups), tuple(barred))


def _blocks(source: str) -> Iterable[list[tuple[int, str]]]:
    """The numbered lines of each group, without remarks."""
    block: list[tuple[int, str]] = []
    for number, raw in enumerate(source.lstrip("\ufeff").splitlines(), start=1):
        line = raw.strip()
        if line.startswith("#"):
            continue
        if line:
            block.append((number, line))
        elif block:
            yield block
            block = []
    if block:
        yield block


def _group(lines: Sequence[tuple[int, str]], faults: list[str]) -> Group:
    name = ""
    if section := _SECTION.match(lines[0][1]):
        name, lines = section[1].strip(), lines[1:]
    kinds: dict[str, list[Term]] = {"": [], "+": [], "!": []}
    for number, line in lines:
        if _LIMIT.match(line):
            faults.append(f"第 {number} 行 {line}：本系统不限条数，请删去这一行")
            continue
        kind = line[0] if line[0] in "+!" else ""
        if term := _term(line[len(kind) :].strip(), number, faults):
            kinds[kind].append(term)
    first = next((term.name or term.written for kind in ("", "+") for term in kinds[kind]), "")
    return Group(name or first, tuple(kinds[""]), tuple(kinds["+"]), tuple(kinds["!"]))


def _term(line: str, number: int, faults: list[str]) -> Term | None:
    written, _, name = (part.strip() for part in line.partition("=>"))
    if pattern := _PATTERN.match(written):
        try:
            re2.compile(pattern[1], _options())
        except re2.error as error:
            faults.append(f"第 {number} 行的正则 {written} 不能用：{_said(error)}。不支持前后查找与反向引用")
            return None
        return Term(written, pattern[1], pattern=True, name=name)
    if compared := normalise(written):
        return Term(written, compared, name=name)
    faults.append(f"第 {number} 行没有可匹配的字")
    return None


def _said(error: BaseException) -> str:
    said = error.args[0] if error.args else ""
    return said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)


def _options() -> "re2.Options":
    options = re2.Options()
    options.case_sensitive = False
    options.max_mem = _MOST_MEMORY
    options.log_errors = False
    return options


class Watch:
    """Finds the groups of a list in batches of texts: one pass for all words, RE2 only where a group has a pattern."""

    def __init__(self, words: WatchList) -> None:
        self.words = words
        terms = [*words.barred, *(t for group in words.groups for t in (*group.any, *group.must, *group.barred))]
        plain = sorted({term.compared for term in terms if not term.pattern})
        self._plain = plain
        self._automaton = Automaton(plain, overlapping=True) if plain else None
        self._patterns = {t.compared: re2.compile(t.compared, _options()) for t in terms if t.pattern}

    def hits(self, texts: Sequence[Text]) -> list[tuple[Hit, ...]]:
        """Return the hits of each text, in the order of the groups and of place."""
        batch = read(texts)
        joined = batch.joined()
        spans: list[dict[str, list[tuple[int, int]]]] = [{} for _ in texts]
        if self._automaton is not None:
            word, start, end = self._automaton.find(joined).T
            row = np.searchsorted(batch.starts, start, side="right") - 1
            for which, i, a, b in zip(word.tolist(), row.tolist(), start.tolist(), end.tolist(), strict=True):
                spans[i].setdefault(self._plain[which], []).append((a, b))
        for i, found in enumerate(spans):
            if self._patterns:
                base, stop = int(batch.starts[i]), int(batch.starts[i + 1]) - 1
                for source, pattern in self._patterns.items():
                    matches = [(base + m.start(), base + m.end()) for m in pattern.finditer(joined[base:stop])]
                    if matches := [span for span in matches if span[0] < span[1]]:
                        found[source] = matches
        origins = batch.origins
        return [
            tuple(
                _as_given(text, batch.title_lengths[i], name, int(origins[a]), int(origins[b - 1]) + 1)
                for name, a, b in _belonging(self.words, spans[i])
            )
            for i, text in enumerate(texts)
        ]


def _belonging(words: WatchList, found: dict[str, list[tuple[int, int]]]) -> Iterable[tuple[str, int, int]]:
    """Name and place of what brings a text into its groups."""
    if not found or any(term.compared in found for term in words.barred):
        return
    for group in words.groups:
        if any(term.compared in found for term in group.barred):
            continue
        if not all(term.compared in found for term in group.must):
            continue
        some = [term for term in group.any if term.compared in found]
        if group.any and not some:
            continue
        for term in (*some, *group.must):
            name = f"{group.name}·{term.name}" if term.name and term.name != group.name else group.name
            for start, end in found[term.compared]:
                yield name, start, end


def _as_given(text: Text, title: int, name: str, start: int, end: int) -> Hit:
    if start < title:
        return Hit(name, text.title[start:end], 0, 0)
    return Hit(name, text.text[start - title : end - title], start - title, end - title)
