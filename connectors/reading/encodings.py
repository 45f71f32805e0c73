"""Bytes to text by one ladder, never by a silent guess: the answer says which rung held and what was replaced.

BOM, strict UTF-8, the declared label (gb2312 and gbk are read as their superset gb18030), detection confirmed by a
strict decode, and last of all replacement with a flag.
"""

import codecs
import re
from typing import NamedTuple

from resiliparse.parse.encoding import detect_encoding

from connectors.mention import Flag

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
    (b"\x84\x31\x95\x33", "gb18030"),
)
_SUPERSET = {"gb2312": "gb18030", "gbk": "gb18030", "euc_cn": "gb18030", "hz": "gb18030", "big5": "big5hkscs"}
_EXPECTED = ("gb18030", "big5hkscs")
_HAN = re.compile("[\u4e00-\u9fff]")
_STRANGE = re.compile("[^\x00-\x7f\u00b7\u2010-\u203b\u2460-\u24ff\u3000-\u303f\u4e00-\u9fff\uff00-\uffef\u2103\u33a1]")
_EURO, _EURO_BYTE = "\u20ac", "\udc80"  # code page 936 shows the single byte 0x80 as €


_CONTINUATIONS = bytes(range(0x80, 0xC0))
_LONGEST = 3  # bytes that a character can lack
_ENOUGH = 2  # Chinese characters that prove UTF-8


class Decoded(NamedTuple):
    """Text, the encoding it was read by, and REPLACED where bytes fitted none."""

    text: str
    encoding: str
    flags: tuple[Flag, ...] = ()


def normal_label(label: str | None) -> str | None:
    """Return the codec to use for a declared label, its superset where the label is used too narrowly."""
    if not label:
        return None
    try:
        name = codecs.lookup(label.strip().strip("\"'")).name.replace("-", "_")
    except (LookupError, ValueError):
        return None
    name = _SUPERSET.get(name, name)
    return name.replace("_", "-") if name.startswith("utf") else name


def bom_of(data: bytes) -> tuple[str, int] | None:
    """Return the encoding that a byte order mark names and the mark's length in bytes."""
    return next(((name, len(mark)) for mark, name in _BOMS if data.startswith(mark)), None)


def decode(data: bytes, declared: str | None = None) -> Decoded:
    """Return the text of ``data``; ``declared`` is the label of a header, a meta element or the rest of the file."""
    marked = bom_of(data)
    if marked is not None:
        codec, length = marked
        strict = _strict(data[length:], codec)
        return Decoded(strict, codec) if strict is not None else _replaced(data[length:], (codec,))
    strict = _strict(data, "utf-8")
    if strict is not None:
        return Decoded(strict, "utf-8")
    if (cut := _cut_utf8(data)) is not None:
        return cut
    label = normal_label(declared)
    for rung in (label, None):
        name = rung or _detect(data)
        if name is not None and (text := _strict(data, name)) is not None:
            return Decoded(text, name)
    return _replaced(data, ("utf-8", "gb18030", *([label] if label else [])))


def repair(text: str) -> str | None:
    """Return what was UTF-8 before it was read as GBK and saved (``寰崥id``), None where the way back is not exact."""
    if not _HAN.search(text):
        return None
    try:
        data = text.replace(_EURO, _EURO_BYTE).encode("gbk", "surrogateescape")
        found = data.decode("utf-8")
        again = data.decode("gbk", "surrogateescape").replace(_EURO_BYTE, _EURO)
    except UnicodeError:
        return None
    return found if again == text and len(_HAN.findall(found)) >= 2 and not _rare(found) else None


def _rare(text: str) -> bool:
    """Say whether most Chinese characters lie outside GB 2312, as those of a chance reading do."""
    characters = _HAN.findall(text)
    return sum(_strict(character.encode("gb18030"), "gb2312") is None for character in characters) * 4 > len(characters)


def _strict(data: bytes, name: str) -> str | None:
    try:
        return data.decode(name)
    except (UnicodeError, LookupError):
        return None


def _cut_utf8(data: bytes) -> Decoded | None:
    """Return UTF-8 that only lacks the start of its first character or the end of its last; None for all else.

    Other encodings read such bytes without complaint, as other words.
    """
    body = data.lstrip(_CONTINUATIONS) if data[:1] > b"\x7f" else data
    front = len(data) - len(body)
    if front > _LONGEST:
        return None
    try:
        text = codecs.getincrementaldecoder("utf-8")().decode(body, final=False)
    except UnicodeDecodeError:
        return None
    back = len(body) - len(text.encode())
    if not (front or back) or len(_HAN.findall(text)) < _ENOUGH:
        return None
    return Decoded("\ufffd" * bool(front) + text + "\ufffd" * bool(back), "utf-8", (Flag.REPLACED,))


def _detect(data: bytes) -> str | None:
    detected = normal_label(detect_encoding(data[:65536]))
    if detected in _EXPECTED:
        return detected
    text = _strict(data, "gb18030")
    if text is None or not _HAN.search(text):
        return None
    # Too short for the detector: GB 18030 it is where nearly all of it is everyday Chinese.
    foreign = sum(character > "\x7f" for character in text)
    return "gb18030" if len(_STRANGE.findall(text)) * 10 <= foreign and not _rare(text) else None


def _replaced(data: bytes, names: tuple[str, ...]) -> Decoded:
    readings = [(data.decode(name, "replace"), name) for name in names]
    text, name = min(readings, key=lambda reading: reading[0].count("\ufffd"))
    return Decoded(text, name, (Flag.REPLACED,))
