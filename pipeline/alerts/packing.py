"""Cutting a message to what a channel takes, counted in bytes: Chinese text has three of them a character."""

from collections.abc import Callable, Sequence

import msgspec

# Words of the public must not become links, mentions or colours in a robot's markdown.
_MARKDOWN = str.maketrans({"[": "［", "]": "］", "<": "＜", ">": "＞", "*": "＊", "`": "｀"})


def shorten(text: str, limit: int) -> str:
    """Return ``text`` cut to at most ``limit`` bytes of UTF-8, never inside a character, with 「…」 where cut."""
    if len(text.encode()) <= limit:
        return text
    mark = "…"
    room = limit - len(mark.encode())
    return text.encode()[: max(room, 0)].decode(errors="ignore") + mark


def plain(text: str) -> int:
    """Return the bytes of a text and the line break after it as they are."""
    return len(text.encode()) + 1


def in_json(text: str, breaks: int = 1) -> int:
    """Return the bytes of a text inside JSON, with so many line breaks after it."""
    return len(msgspec.json.encode(text)) - 2 + 2 * breaks


def pack(lines: Sequence[str], limit: int, size: Callable[[str], int] = plain) -> list[str]:
    """Join the lines into parts of at most ``limit`` bytes, numbered 「[第 1/2 条]」 if several.

    ``size`` is what a line takes on the wire, with the break after it.
    """
    heading = size("[第 99/99 条]")
    if sum(map(size, lines)) - 1 <= limit:
        return ["\n".join(lines)]
    parts: list[list[str]] = [[]]
    used = heading
    for line in lines:
        cut = _fitting(line, limit - heading, size)
        needed = size(cut)
        if parts[-1] and used + needed > limit:
            parts.append([])
            used = heading
        parts[-1].append(cut)
        used += needed
    return ["\n".join([f"[第 {number}/{len(parts)} 条]", *part]) for number, part in enumerate(parts, 1)]


def _fitting(line: str, room: int, size: Callable[[str], int]) -> str:
    """Return the line cut to what there is room for; what grows on the wire is cut the more."""
    cut = line
    while size(cut) > room:
        cut = shorten(line, max(len(cut.encode()) * room // size(cut) - 4, 3))
    return cut


def neutral(text: str) -> str:
    """Return the text with everything that markdown would act on made harmless."""
    return text.translate(_MARKDOWN)
