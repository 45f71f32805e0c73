"""Chinese words, with jieba's meaning at rjieba's speed; the only module that knows either.

rjieba's cut differs from jieba's in one thing: it keeps runs such as ``A-45153`` that jieba takes apart after its
hidden Markov model. The same rule is applied here, and a test holds both to equal words.
"""

import logging
import re
import warnings
from collections.abc import Iterator, Sequence
from functools import cache
from importlib import resources
from typing import Protocol

MAX_CHARACTERS = 20_000
_SIGN = re.compile(r"[+#&._%-]")
_SIGN_IN_RUN = re.compile(r"[+#&._%-][a-zA-Z0-9+#&._%-]|[a-zA-Z0-9][+#&._%-]")
_LATIN_RUN = re.compile(r"[a-zA-Z0-9+#&._%\-]{2,}\Z")
_PIECE = re.compile(r"([a-zA-Z0-9]+(?:\.\d+)?%?)")  # jieba.re_skip_default of the stage after the model


Entry = tuple[str, int | None]
"""A word of a dictionary and its frequency; None for one that just keeps the word whole."""


class Segmenter(Protocol):
    """Cuts a text into words that, joined, give the text."""

    def cut(self, text: str) -> list[str]:
        """Return the words of at most ``MAX_CHARACTERS`` characters."""


class FastSegmenter:
    """rjieba with jieba's treatment of Latin runs."""

    def __init__(self, more: Sequence[Entry] = ()) -> None:
        import rjieba  # noqa: PLC0415 - its wheel may be missing

        self._jieba = rjieba.Jieba()
        for word, frequency in (*((word, None) for word in domain_words()), *more):
            self._jieba.add_word(word, frequency, None)

    def cut(self, text: str) -> list[str]:
        """Return the words of at most ``MAX_CHARACTERS`` characters."""
        text = text[:MAX_CHARACTERS]
        words: list[str] = self._jieba.cut(text)
        if _SIGN_IN_RUN.search(text) is None:  # a sign alone is a word of its own: nothing to take apart
            return words
        result: list[str] = []
        for word in words:
            if word.isascii() and _SIGN.search(word) and _LATIN_RUN.match(word) and not self._jieba.has_word(word):
                result += filter(None, _PIECE.split(word))
            else:
                result.append(word)
        return result


class PlainSegmenter:
    """jieba itself, where no rjieba wheel exists: the same words, twenty times as slow."""

    def __init__(self, more: Sequence[Entry] = ()) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # escapes in its patterns that newer Pythons warn of
            import jieba  # noqa: PLC0415 - loads for a second, and only where rjieba is missing

        jieba.setLogLevel(logging.WARNING)
        self._jieba = jieba.Tokenizer()
        for word, frequency in (*((word, None) for word in domain_words()), *more):
            self._jieba.add_word(word, frequency)

    def cut(self, text: str) -> list[str]:
        """Return the words of at most ``MAX_CHARACTERS`` characters."""
        return list(self._jieba.cut(text[:MAX_CHARACTERS]))


@cache
def segmenter() -> Segmenter:
    """Return the fast segmenter, or jieba where its wheel is missing."""
    return with_words(())


def with_words(more: Sequence[Entry]) -> Segmenter:
    """Return the segmenter that would cut with more words in the domain dictionary."""
    try:
        return FastSegmenter(more)
    except ImportError:
        return PlainSegmenter(more)


@cache
def domain_words() -> tuple[str, ...]:
    """Return the words of the one domain dictionary."""
    lines = resources.files("classifiers.data").joinpath("words.txt").read_text("utf-8").splitlines()
    return tuple(line for line in lines if line and not line.startswith("#"))


def spans(text: str) -> Iterator[tuple[int, int]]:
    """Yield where each word of the text begins and ends."""
    start = 0
    for word in segmenter().cut(text):
        yield start, start + len(word)
        start += len(word)
