"""The administrative divisions of China as data: codes, names, short forms, former names."""

import gzip
import re
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import resources

_COUNTY_LEVEL = 6
_PEOPLES = (
    "土家|苗|侗|瑶|壮|回|满|蒙古|彝|藏|羌|布依|傣|白|哈尼|黎|畲|拉祜|佤|水|纳西|各|仫佬|毛南|仡佬|"
    "朝鲜|哈萨克|柯尔克孜|景颇|傈僳|达斡尔|鄂温克|鄂伦春|东乡|撒拉|保安|锡伯|塔吉克|独龙|怒|布朗|维吾尔"
)
_AUTONOMOUS = re.compile(rf"((?:{_PEOPLES})族?)+(自治.*)?$|自治(区|州|县|旗)$|地区$")
_SUFFIX = re.compile(r"(特别行政区|林区|省|市|县|区|盟|旗|州)$")
_PLACEHOLDERS = frozenset({"市辖区", "县", "省直辖县级行政区划", "自治区直辖县级行政区划"})
_TOO_GENERAL = frozenset({"城区", "郊区", "矿区", "市中区", "新区"})


def _lines(name: str) -> Iterator[str]:
    text = resources.files("pipeline.places.data").joinpath(name).read_text("utf-8")
    return (line for line in text.splitlines() if line and not line.startswith("#"))


@cache
def divisions() -> Mapping[str, str]:
    """Return the name of each division by its code (2 digits a province, 4 a city, 6 a county, 9 a town)."""
    packed = resources.files("pipeline.places.data").joinpath("divisions.tsv.gz").read_bytes()
    pairs = (line.split("\t") for line in gzip.decompress(packed).decode().splitlines())
    return {code: name for code, name in pairs if name not in _PLACEHOLDERS}


@cache
def countries() -> tuple[str, ...]:
    """Return the names of countries."""
    return tuple(name for line in _lines("abroad.txt") for name in line.split())


def chain(code: str) -> tuple[str, ...]:
    """Return the division and those it lies in, the widest first."""
    return tuple(code[:length] for length in (2, 4, 6, 9) if length <= len(code) and code[:length] in divisions())


def full_name(code: str) -> str:
    """Return the name from the province down, such as 湖南省岳阳市华容县."""
    return "".join(divisions()[part] for part in chain(code)) or code


def short_forms(name: str) -> Iterator[str]:
    """Yield the forms in which texts write a division's name: whole, without the people, without the kind."""
    yield name
    plain = _AUTONOMOUS.sub("", name)
    shorter = _SUFFIX.sub("", plain if len(plain) > 1 else name)
    if len(shorter) > 1:
        yield shorter


@cache
def names() -> Mapping[str, tuple[str, ...]]:
    """Return the codes that each name may mean, from the province down to the county, former names included."""
    common = frozenset(_lines("common_words.txt"))
    found: dict[str, set[str]] = {}
    for code, name in divisions().items():
        if len(code) > _COUNTY_LEVEL or name in _TOO_GENERAL:
            continue
        for form in short_forms(name):
            bare = form != name
            if bare and len(code) == _COUNTY_LEVEL and (form in common or (name[-1] == "区" and len(form) < 3)):
                continue
            found.setdefault(form, set()).add(code)
    for line in _lines("nicknames.tsv"):
        name, code = line.split("\t")
        found.setdefault(name, set()).add(code)
    return {name: tuple(sorted(codes)) for name, codes in found.items()}
