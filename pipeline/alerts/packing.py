"""Cutting a message to what a channel takes, counted in bytes: Chinese text has three of them a character."""

from collections.abc import Sequence

# Words of the public must not become links, mentions or colours in a robot's markdown.
_MARKDOWN = str.maketrans({"[": "［", "]": "］", "<": "＜", ">": "＞", "*": "＊", "`": "｀"})


def shorten(text: str, limit: int) -> str:
    """Return ``text`` cut to at most ``limit`` bytes of UTF-8, never inside a character, with 「…」 where cut."""
    if len(text.encode()) <= limit:
        return text
    mark = "…"
    room = limit - len(mark.encode())
    return text.encode()[: max(room, 0)].decode(errors="ignore") + mark


def pack(lines: Sequence[str], limit: int) -> list[str]:
    """Join the lines into parts of at most ``limit`` bytes, numbered 「[第 1/2 条]」 if several."""
    heading = len("[第 99/99 条]\n".encode())
    whole = "\n".join(lines)
    if len(whole.encode()) <= limit:
        return [whole]
    parts: list[list[str]] = [[]]
    size = heading
    for line in lines:
        cut = shorten(line, limit - heading)
        needed = len(cut.encode()) + 1
        if parts[-1] and size + needed > limit:
            parts.append([])
            size = heading
        parts[-1].append(cut)
        size += needed
    return ["\n".join([f"[第 {number}/{len(parts)} 条]", *part]) for number, part in enumerate(parts, 1)]


def neutral(text: str) -> str:
    """Return the text with everything that markdown would act on made harmless."""
    return text.translate(_MARKDOWN)
