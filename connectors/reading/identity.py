"""Who and which: ids that every store keys by, and authors as salted hashes that lead back to nobody."""

import hashlib
import re

from connectors.reading.masking import mask

_ALPHABET = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
_SCIENTIFIC = re.compile(r"\d(?:\.\d+)?[eE]\+?\d{1,2}")
_NOBODY = frozenset(
    ("0", "无", "匿名", "匿名用户", "匿名网友", "网友", "有态度网友", "热心网友", "热心市民", "nan", "None")
)
_DIGITS_KEPT = 15  # what a spreadsheet's double holds exactly


def digest(*parts: str, size: int = 12) -> str:
    """Return a hash of the parts in hex, 2 x ``size`` characters, the same on every machine and in every run."""
    joined = "\x1f".join(parts).encode("utf-8", "surrogatepass")
    return hashlib.blake2b(joined, digest_size=size).hexdigest()


def author_ref(account: object, salt: bytes) -> str | None:
    """Return the salted hash of an account id or name, None where there is none or it stands for nobody."""
    text = cell_text(account)
    if not text or text in _NOBODY:
        return None
    key = salt if len(salt) <= hashlib.blake2b.MAX_KEY_SIZE else hashlib.blake2b(salt).digest()
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), key=key, digest_size=12).hexdigest()


def cell_text(value: object) -> str:
    """Return a cell as text: whole floats without their ``.0``, no outer blanks or tabs."""
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer() and abs(value) < 10**15:
        return str(int(value))
    return str(value).strip(" \t\r\n\u3000\xa0\ufeff'")


def is_damaged(native: object) -> bool:
    """Say whether a spreadsheet program rounded this id: ``5.24159E+15``, or long and with noughts from digit 16 on.

    One nought at the end of 16 digits is no proof (one id in ten has it); callers that know the id another way
    (from its URL or ``bid``) compare.
    """
    if isinstance(native, float) and abs(native) >= 10**15:
        return True
    text = cell_text(native)
    if _SCIENTIFIC.fullmatch(text):
        return True
    tail = text[_DIGITS_KEPT:]
    return text.isdigit() and len(tail) >= 2 and not tail.strip("0")


def safe_native(native: str, salt: bytes) -> str:
    """Return the native id, or its salted hash where it is itself a phone, card or identity number or a long text."""
    if len(native) > 128 or mask(native) != native:
        key = salt[: hashlib.blake2b.MAX_KEY_SIZE]
        return hashlib.blake2b(native.encode("utf-8", "surrogatepass"), key=key, digest_size=12).hexdigest()
    return native


def mention_id(platform: str, native: str) -> str:
    """Return the key of every store: ``platform:native id``."""
    return f"{platform}:{native}"


def hashed_id(platform: str, *, place: str, author: str | None, text: str, number: int = 1) -> str:
    """Return the id of a record without a native one.

    ``place`` is its canonical URL or its parent, ``number`` counts the identical rows of the file from 1.
    """
    return mention_id(platform, "h-" + digest(place, author or "", "".join(text.split()), str(number)))


def weibo_mid(bid: str) -> str | None:
    """Return the numeric id that a weibo's short ``bid`` (as in its URL) stands for, None where it is no bid.

    Groups of four base-62 characters from the right, each seven decimal digits.
    """
    if not re.fullmatch(r"[0-9A-Za-z]{9}", bid, re.ASCII):
        return None
    groups = (bid[:1], bid[1:5], bid[5:])
    numbers = [_base62(group) for group in groups]
    if any(number >= 10**7 for number in numbers):
        return None
    return f"{numbers[0]}{numbers[1]:07d}{numbers[2]:07d}".lstrip("0") or None


def _base62(text: str) -> int:
    number = 0
    for character in text:
        number = number * 62 + _ALPHABET.index(character)
    return number
