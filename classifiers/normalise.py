"""The text that a reader sees: one code point for one meaning, with a way back to the text as given.

Full-width forms, traditional characters, capitals, zero-width marks, emoji, blanks and odd signs between characters
(「拆 迁」「拆*迁」), pinyin and common homophones (「chai迁」) change nothing of what is read. A table over code points
does most of it for a whole batch at once; ``unicodedata.normalize`` costs ten times as much and moves offsets.
"""

import re
from collections.abc import Sequence
from functools import cache
from importlib import resources

import msgspec
import numpy as np
from numpy.typing import NDArray

from classifiers import evasions
from classifiers.classifier import Text

MAX_CHARACTERS = 20_000  # what lies beyond is not judged: no letter needs it, and time stays bounded
_TABLE_SIZE = 0x20000
_LAST = 0xE0000  # from here on: tags and selectors without a face
_PUNCTUATION = {
    "。": ".",
    "、": ",",
    "「": '"',
    "」": '"',
    "『": '"',
    "』": '"',
    "“": '"',
    "”": '"',
    "‘": "'",
    "’": "'",
}
_PUNCTUATION |= {
    "【": "[",
    "】": "]",
    "〔": "(",
    "〕": ")",
    "…": ".",
    "—": "-",
    "–": "-",
    "―": "-",
    "《": "<",
    "》": ">",
}
_DROPPED = (
    (0x0000, 0x0009),
    (0x000B, 0x0020),
    (0x007F, 0x00A0),
    (0x00AD, 0x00AD),
    (0x0300, 0x036F),  # combining marks
    (0x034F, 0x034F),
    (0x061C, 0x061C),
    (0x115F, 0x1160),
    (0x180B, 0x180F),
    (0x2000, 0x200F),  # blanks of all widths, zero-width, direction marks
    (0x2028, 0x202F),
    (0x205F, 0x206F),
    (0x20D0, 0x20FF),
    (0x2190, 0x2BFF),  # arrows, technical signs, dingbats: emoji of the older kind
    (0x3000, 0x3000),
    (0x3164, 0x3164),
    (0xD800, 0xF8FF),  # lone surrogates, private use
    (0xFE00, 0xFE0F),
    (0xFEFF, 0xFEFF),
    (0xFFA0, 0xFFA0),
    (0xFFF0, 0xFFFF),
    (0x1F000, 0x1FAFF),  # emoji
)
_CIRCLED = (0x2460, 0x2473)
# A Chinese character, an odd sign and a Chinese character: 「拆*迁」「拆·迁」「拆.迁」. A comma is no odd sign.
_SPLIT = re.compile(r"(?<=[\u4e00-\u9fff])[*·•‧_|~^+=\\/`.．-](?=[\u4e00-\u9fff])")


class Batch(msgspec.Struct, frozen=True):
    """Texts as readers see them, end to end in one array.

    ``codes`` (m,) uint32 code points, each text closed by a 0; ``starts`` (n + 1,) where each begins; ``origins`` (m,)
    the offset each character has in title + newline + text as given, of a word in pinyin its first and last letter;
    ``title_lengths`` (n,) how much of that is title and newline.
    """

    codes: NDArray[np.uint32]
    starts: NDArray[np.int64]
    origins: NDArray[np.int64]
    title_lengths: tuple[int, ...]

    def __len__(self) -> int:
        return len(self.title_lengths)

    def joined(self) -> str:
        """All texts as one string of the length of ``codes``."""
        return self.codes.tobytes().decode("utf-32-le", "surrogatepass")

    def text(self, place: int) -> str:
        """One text as the reader sees it."""
        codes = self.codes[self.starts[place] : self.starts[place + 1] - 1]
        return codes.tobytes().decode("utf-32-le", "surrogatepass")


def normalise(text: str) -> str:
    """Return a text as a reader sees it."""
    return read([Text(text=text)]).text(0)


def read(texts: Sequence[Text]) -> Batch:
    """Return the texts as readers see them: title, newline, text; the title once where the text begins with it."""
    raws: list[str] = []
    title_lengths: list[int] = []
    for text in texts:
        if text.title and not text.text.startswith(text.title):
            raws.append(f"{text.title}\n{text.text}"[:MAX_CHARACTERS])
            title_lengths.append(len(text.title) + 1)
        else:
            raws.append(text.text[:MAX_CHARACTERS])
            title_lengths.append(0)
    whole = "\uffff".join(raws) + "\uffff"  # no character: closes each text
    raw = np.frombuffer(whole.encode("utf-32-le", "surrogatepass"), np.uint32)
    codes = _table()[np.minimum(raw, _TABLE_SIZE - 1)]
    if (beyond := raw >= _TABLE_SIZE).any():
        codes[beyond] = np.where(raw[beyond] < _LAST, raw[beyond], 0)
    lengths = np.array([len(r) + 1 for r in raws], np.int64)
    ends = np.cumsum(lengths)
    kept = codes != 0
    kept[ends - 1] = True
    codes[ends - 1] = 0
    for match in _SPLIT.finditer(whole):
        kept[match.start()] = False
    within = np.arange(len(raw), dtype=np.int64) - np.repeat(ends - lengths, lengths)
    before = np.cumsum(kept)
    starts = np.concatenate(([0], before[ends - 1]))
    return Batch(*evasions.undo(codes[kept], starts, within[kept]), tuple(title_lengths))


@cache
def _table() -> NDArray[np.uint32]:
    """Code point → code point as read; 0 = not read."""
    table = np.arange(_TABLE_SIZE, dtype=np.uint32)
    table[0xFF01:0xFF5F] = np.arange(0x21, 0x7F)
    traditional, simplified = _simplified()
    table[[ord(c) for c in traditional]] = [ord(c) for c in simplified]
    for sign, plain in _PUNCTUATION.items():
        table[ord(sign)] = ord(plain)
    for code in range(_CIRCLED[0], _CIRCLED[0] + 9):
        table[code] = ord("1") + code - _CIRCLED[0]
    table[0x41:0x5B] += 32
    table[0xFF21:0xFF3B] = np.arange(0x61, 0x7B)
    for first, last in _DROPPED:
        table[first : last + 1] = 0
    return table


def _simplified() -> tuple[str, str]:
    lines = resources.files("classifiers.data").joinpath("simplified.txt").read_text("utf-8").splitlines()
    return lines[0], lines[1]
