"""Text as a person would read it: no hidden characters, no pinyin marks, no traditional script, no injected spam.

The dirt is the dirt of the governing documents themselves as they stand on the web: pinyin annotations in brackets
with mojibake tails, traditional script, link farms injected at head and tail, site chrome around the text.
"""

import itertools
import re
import unicodedata
from typing import Final

import msgspec
import opencc

from connectors.mention import Flag
from connectors.reading.chrome import strip_chrome
from connectors.reading.injection import may_be_injected, strip_injections

_CONVERTER: Final = opencc.OpenCC("t2s")
_SURROGATES: Final = range(0xD800, 0xE000)
# Characters that the converter would change though they stand in good simplified text (乾隆, 哪吒, 昇 and 濛 in names).
_KEPT: Final = frozenset("乾吒昇崑濛懞峯査樑薀吶")

_INVISIBLE: Final = (
    "\u00ad\u061c\u115f\u1160\u180e\u200b\u200c\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\u206a-\u206f"
    "\u3164\ufe00-\ufe0e\ufeff\uffa0\ufff9-\ufffb\ufffe\uffff\U000e0000-\U000e01ef"
)
_CONTROL: Final = "\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f"
_WIDE: Final = "０-９Ａ-Ｚａ-ｚ\u2e80-\u2fdf\uf900-\ufaff"
_SPACES: Final = "\t\x0b\x0c\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000"
_BREAKS: Final = "\r\x1c-\x1e\x85\u2028\u2029"

_TONED: Final = "āáǎàēéěèōóǒòīíǐìūúǔùǖǘǚǜüńňǹḿ"
_LETTER: Final = f"a-zɑɡ{_TONED}"
_COMBINING: Final = "\u0300-\u036f"
_BOPOMOFO: Final = "\u3105-\u312f\u31a0-\u31bf"
_HAN: Final = "\u3400-\u4dbf\u4e00-\u9fff"

_SUSPICIOUS: re.Pattern[str]  # anything that ordinary simplified text does not hold; one pass decides
_TRADITIONAL: re.Pattern[str]

_hidden = re.compile(f"[{_INVISIBLE}{_CONTROL}]|(?<![\\u2190-\\u2bff\\ufe0f\\U0001f000-\\U0001faff])\u200d")
_tags = re.compile("[\U000e0000-\U000e01ef]")  # invisible letters beyond the first plane
_hidden_inside = re.compile(f"(?<=[\\w])[{_INVISIBLE}\u200d]+(?=[\\w])")
_wide = re.compile(f"[{_WIDE}]")
_combining = re.compile(f"[a-z][{_COMBINING}]+", re.IGNORECASE)
_spaces = re.compile(f"[ {_SPACES}]+")
_space_at_break = re.compile(r" *\n *")
_many_breaks = re.compile(r"\n{3,}")
_breaks = re.compile(f"\r\n?|[{_BREAKS}]")
_surrogate = re.compile("[\ud800-\udfff]")

# An annotation follows the character it explains: 小時(shí)內(nèi).
_vowels = "aɑeiouvüê" + _TONED
_syllable = (
    f"(?=[{_LETTER}]*[{_TONED}])(?:(?:[zcs]h|[bpmfdtnlgɡkhjqxrzcsyw])?[{_vowels}]{{1,3}}(?:n[gɡ]|[nr])?|[ńňǹ][gɡ]?|ḿ)"
)
_annotation = re.compile(f"(?<=[{_HAN}])[ ]?[(（][ ]?(?:{_syllable}|[{_BOPOMOFO}ˊˇˋ˙]{{1,5}})[ ]?[)）]", re.IGNORECASE)
# Where the bytes of 「。」 fell apart together with the mark: 約談?wù)摹? (end of line), and marks that lost a bracket.
_broken_stop = re.compile(f"(?<=[{_HAN}])[?(（]{_syllable}[)）]?[{_HAN}][?？](?=\\s|$)", re.IGNORECASE)
_broken = re.compile(f"(?<=[{_HAN}])(?:[?？]{_syllable}[)）]|[(（]{_syllable}(?:[?？]|$))", re.IGNORECASE)
_plain_annotation = re.compile(f"(?<=[{_HAN}])[(（](?:[bpmfdtnlgkhjqxrzcsyw]|[zcs]h)?[aeiouv]{{1,3}}(?:n|ng|r)?[)）]")
_toneless_needs = 3  # an unmarked (de) or (ma) is a mark only in a text that is full of them


class Cleaned(msgspec.Struct, frozen=True):
    """A clean text and what had to be done to it (``OBFUSCATED``, ``HIJACKED``)."""

    text: str
    flags: tuple[Flag, ...] = ()


def _build_patterns() -> tuple[re.Pattern[str], re.Pattern[str]]:
    # Python's set matching is a bitmap within the first plane and a linear search beyond it, hence only the first.
    characters = [chr(code) for code in range(0x3400, 0x10000) if code not in _SURROGATES]
    simple = _CONVERTER.convert("\n".join(characters)).split("\n")
    changed = [
        old
        for old, new in zip(characters, simple, strict=True)
        if old != new and old not in _KEPT and new < "\U00010000"
    ]
    traditional = "".join(changed)
    first_plane = _INVISIBLE.split("\U000e0000")[0]
    hidden = f"{first_plane}{_CONTROL}{_SPACES}{_BREAKS}\u200d\ud800-\udfff"
    return re.compile(f"[{hidden}{_WIDE}{_TONED}{_COMBINING}{_BOPOMOFO}{traditional}]"), re.compile(f"[{traditional}]")


_SUSPICIOUS, _TRADITIONAL = _build_patterns()


def clean(text: str) -> str:
    """Return the clean text; cleaning it again changes nothing."""
    return cleaned(text).text


def cleaned(text: str) -> Cleaned:
    """Return the clean text with what was done to it.

    An ordinary short post is recognised in one pass and given back as it is.
    """
    if _is_ordinary(text):
        return Cleaned(text)
    flags: list[Flag] = []
    if _hidden_inside.search(text) or _tags.search(text):
        flags.append(Flag.OBFUSCATED)
    while True:  # each round only removes or simplifies, so it ends; most texts need one round and one to confirm
        result, injected = strip_injections(strip_chrome(_plain(text)))
        if injected and Flag.HIJACKED not in flags:
            flags.append(Flag.HIJACKED)
        if result == text:
            return Cleaned(result, tuple(flags))
        text = result


def _is_ordinary(text: str) -> bool:
    return not (
        len(text) > 400  # long enough to be a page with chrome or a link farm around it
        or _SUSPICIOUS.search(text)
        or "  " in text
        or " \n" in text
        or "\n " in text
        or text.count("\n") > 3
        or text != text.strip()
        or _tags.search(text)
        or may_be_injected(text)
    )


def _plain(text: str) -> str:
    text = _surrogate.sub("\ufffd", text)
    text = _breaks.sub("\n", text)
    text = _hidden.sub("", text)
    text = _wide.sub(lambda match: unicodedata.normalize("NFKC", match[0]), text)
    text = _combining.sub(lambda match: unicodedata.normalize("NFC", match[0]), text)
    text = _spaces.sub(" ", text)
    text = _space_at_break.sub("\n", text)
    text = _many_breaks.sub("\n\n", text).strip()
    text = _unannotate(text)
    return simplify(text)


def _unannotate(text: str) -> str:
    text = _broken_stop.sub("。", text)
    text, marks = _annotation.subn("", text)
    if marks >= _toneless_needs:
        text = _plain_annotation.sub("", text)
    return _broken.sub("", text)


def simplify(text: str) -> str:
    """Return the text in simplified script, names such as 哪吒 left alone."""
    if not _TRADITIONAL.search(text):
        return text
    simple: str = _CONVERTER.convert(text)
    if len(simple) != len(text) or not any(char in _KEPT for char in text):
        return simple
    return "".join(old if old in _KEPT and old != new else new for old, new in zip(text, simple, strict=True))


_number_line = re.compile(r"^[\u4e00-\u9fff]{1,12}[〔\[（(【]\d{4}[〕\])）】]\s*(?:第)?\d{1,4}号$")
_title_end = re.compile(r"(?:通知|意见|办法|决定|批复|公告|通告|方案|细则|规定|通报|请示|报告|函)$")


class Document(msgspec.Struct, frozen=True):
    """One document of a page that forwards others: its title and number where they stand on lines of their own."""

    text: str
    title: str = ""
    number: str = ""


def split_documents(text: str) -> list[Document]:
    """Return the documents nested in a clean text, the outermost first.

    A forwarded document begins with its title on one line and its number (国办发[2016]61号) alone on the next.
    """
    lines = text.split("\n")
    starts: list[tuple[int, int]] = []
    for at, line in enumerate(lines):
        if at and _number_line.match(line):
            title = at - 1
            while title > 0 and not lines[title]:
                title -= 1
            if _title_end.search(lines[title]):
                starts.append((title, at))
    documents: list[Document] = []
    bounds = [0, *(title for title, _ in starts if title), len(lines)]
    named = dict(starts)
    for begin, end in itertools.pairwise(bounds):
        number = named.get(begin)
        body = "\n".join(lines[begin:end]).strip()
        if body:
            title_line = lines[begin] if number is not None else ""
            documents.append(Document(body, title_line, lines[number] if number is not None else ""))
    return documents
