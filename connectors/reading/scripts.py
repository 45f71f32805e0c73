"""Values that pages carry in their scripts rather than in their markup."""

import itertools
import re
from functools import lru_cache

_escape = re.compile(r"\\(x[0-9A-Fa-f]{2}|u[0-9A-Fa-f]{4}|.)", re.DOTALL)
_PLAIN = {"n": "\n", "r": "\r", "t": "\t", "b": "", "f": "\n", "v": " ", "0": ""}


def unescape(text: str) -> str:
    r"""Return a script string's value: ``\x0a``, ``\u4e2d``, ``\n``, ``\'``; a lone surrogate becomes U+FFFD."""

    def value(match: re.Match[str]) -> str:
        code = match[1]
        if code[0] in "xu" and len(code) > 1:
            return chr(int(code[1:], 16))
        return _PLAIN.get(code, code)

    plain = _escape.sub(value, text)
    return plain.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


_STRINGS = {"'": re.compile(r"(?:[^'\\]|\\.)*+'", re.DOTALL), '"': re.compile(r'(?:[^"\\]|\\.)*+"', re.DOTALL)}
_NUMBER = re.compile(r"\d{1,20}")
_MOST_TRIES = 50  # a name that is given more values than this is not the one looked for


@lru_cache(maxsize=64)
def _pattern(name: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w$]){re.escape(name)}\s{{0,9}}[:=]\s{{0,9}}(?:[\w.$]{{1,30}}\(\s{{0,9}})?(?=(['\"\d]))")


def script_value(markup: str, *names: str) -> str:
    """Return the first value that is not empty given to one of ``names``, the names in order of preference.

    Understands ``var ct = "1"``, ``name: 'v' * 1``, ``name: JsDecode('v')``, ``name = htmlDecode("v")``.
    """
    for name in names:
        for match in itertools.islice(_pattern(name).finditer(markup), _MOST_TRIES):
            quote = match[1]
            if quote in _STRINGS:
                found = _STRINGS[quote].match(markup, match.end() + 1)
                value = found[0][:-1] if found else ""
            else:
                number = _NUMBER.match(markup, match.end())
                value = number[0] if number else ""
            if value:
                return unescape(value)
    return ""
