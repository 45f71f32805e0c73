"""Finding what stands between two marks in time that grows with the text alone, however often a mark is left open."""

import re
from collections.abc import Iterator


def between(text: str, start: re.Pattern[str], end: re.Pattern[str]) -> str | None:
    """Return what follows the first ``start`` up to the next ``end``, None where either is missing."""
    return next(spans(text, start, end), None)


def spans(text: str, start: re.Pattern[str], end: re.Pattern[str]) -> Iterator[str]:
    """Yield what stands between each ``start`` and the next ``end`` after it."""
    at = 0
    while (opened := start.search(text, at)) is not None:
        closed = end.search(text, opened.end())
        if closed is None:
            return
        yield text[opened.end() : closed.start()]
        at = closed.end()


_COMMENT = re.compile(r"<!--|<!\[CDATA\[")
_ENDS = {"<!--": "-->", "<![CDATA[": "]]>"}


def masked(text: str) -> str:
    """Return the text with comments and CDATA sections blanked out, so that no tag inside one counts."""
    parts: list[str] = []
    at = 0
    while (opened := _COMMENT.search(text, at)) is not None:
        end = _ENDS[opened[0]]
        closed = text.find(end, opened.end())
        if closed < 0:
            break
        parts.append(text[at : opened.start()])
        parts.append(" " * (closed + len(end) - opened.start()))
        at = closed + len(end)
    parts.append(text[at:])
    return "".join(parts)
