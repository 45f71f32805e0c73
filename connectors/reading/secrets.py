"""Marks of a state secret in their official forms (GB/T 9704 7.2.2, 保密法): only those cleared may see such a record.

The everyday word 秘密 is no mark; the level with its star, the level named as such, or the level alone on a line is.
"""

import re
import unicodedata
from collections.abc import Iterable

_LEVEL = r"(?:绝\s*密|絕\s*密|机\s*密|機\s*密|秘\s*密)"
_STARRED = re.compile(rf"{_LEVEL}\s*(?:★|☆|⭐|\*\s*(?:\d|长|[一二三四五六七八九十]))")
_NAMED = re.compile(
    rf"(?:密\s*级|密\s*級|秘密等级|涉密等级|保密级别|定密)\s*[:：为是\]】]?\s*[\[【(（\"“「]?\s*{_LEVEL}"
)
_ALONE = re.compile(rf"\s*{_LEVEL}(?:\s*[,，、]?\s*(?:特急|加急|特提|平急|\d+\s*年|长期))?\s*")
_HEAD_LINES = 6  # a document bears its mark above its title
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff\x00-\x08\x0b-\x1f\ufe00-\ufe0f]")


def is_secret(text: str, marks: Iterable[str] = ()) -> bool:
    """Say whether the text bears a mark, or one of the deployment's own ``marks``; invisible characters hide none."""
    words = tuple(mark for mark in marks if mark)
    if not words and "密" not in text:
        return False
    plain = _INVISIBLE.sub("", unicodedata.normalize("NFKC", text))
    if any(word in plain for word in words):
        return True
    return any(form.search(plain) for form in (_STARRED, _NAMED)) or _heads(plain)


def _heads(plain: str) -> bool:
    head = plain.split("\n", _HEAD_LINES)[:_HEAD_LINES]
    return len(head) > 1 and any(_ALONE.fullmatch(line) for line in head)
