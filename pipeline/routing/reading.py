"""Reading from a text what the decision table needs: whose policy, which regions, which departments."""

import re
from collections.abc import Iterator, Sequence
from functools import cache

import msgspec

from pipeline.places.bodies import Body, BodyFinder, BodyLevel, subjects
from pipeline.places.divisions import divisions, full_name
from pipeline.places.gazetteer import Gazetteer, Place, gazetteer
from pipeline.places.systems import systems
from pipeline.routing.facts import Department, Level, Said

HEAD = 200
"""Regions are taken from the title and so many characters: further down a text names places that it compares with."""

_MOST_SUBJECTS = 2
_POLICY = r"[^，。；！？\n]{0,12}?(?:政策|办法|条例|规定|意见|方案|决定|通知|新规|部署|改革|制度|标准|文件)"
_CITED = re.compile(r"(?:根据|按照|依照|依据|违反|违背|不符合|不执行|落实|贯彻)[^，。；！？\n]{0,4}$")
_NATIONAL = re.compile(rf"(?:国务院|党中央|中央|国家|全国|我国){_POLICY}")
_PROVINCIAL = re.compile(rf"(?:省委|省政府|省人民政府|自治区政府|全省|全区|省里){_POLICY}")
_MUNICIPALITIES = frozenset({"11", "12", "31", "50"})


class Home(msgspec.Struct, frozen=True):
    """The deployment's own government: its places, the regions below it, its departments by their real names."""

    government: str = "本级人民政府"
    ours: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    units: tuple[str, ...] = ()

    @property
    def level(self) -> BodyLevel:
        """The level of the government, by its name."""
        name = self.place
        if name.endswith(("省", "自治区")) or name in ("北京市", "天津市", "上海市", "重庆市"):
            return BodyLevel.PROVINCIAL
        return BodyLevel.COUNTY if name.endswith(("县", "区", "旗")) else BodyLevel.CITY

    @property
    def place(self) -> str:
        """The place that the government's name names, or 本级."""
        return self.government.removesuffix("人民政府").removesuffix("政府") or "本级"


@cache
def codes_of(names: tuple[str, ...]) -> tuple[str, ...]:
    """Return the codes of the divisions that names of ours mean without ambiguity."""
    found = {place.code for name in names for place in gazetteer().find(name) if place.code and place.term == name}
    return tuple(sorted(found))


@cache
def finders(ours: tuple[str, ...]) -> tuple[Gazetteer, BodyFinder, tuple[str, ...]]:
    """Return finders of places and bodies that know our own place, and the codes of our divisions."""
    home = codes_of(ours)
    places = Gazetteer(home)
    return places, BodyFinder(home, places), home


def read(title: str, text: str, home: Home, places: Sequence[Place]) -> Said:
    """Return what a mention says; ``places`` are those found in ``title`` and ``text`` joined by a line break."""
    whole = f"{title}\n{text}"
    _, finder, codes = finders(home.ours)
    bodies = finder.find(whole, places)
    level, words = _policy(whole)
    regions, neighbours = _regions(whole[: len(title) + 1 + HEAD], places, home, codes)
    return Said(
        level=level,
        level_words=words,
        superior=tuple(dict.fromkeys(body.name for body in bodies if level is not Level.LOCAL and _above(body, level))),
        regions=regions,
        neighbours=neighbours,
        departments=tuple(_departments(whole, bodies, home, codes)),
    )


def _policy(text: str) -> tuple[Level, str]:
    """Return whose policy is spoken of and by which words; one that is only cited as the measure does not count."""
    for level, pattern in ((Level.NATIONAL, _NATIONAL), (Level.PROVINCIAL, _PROVINCIAL)):
        for match in pattern.finditer(text):
            if not _CITED.search(text[: match.start()]):
                return level, match[0]
    return Level.LOCAL, ""


def _above(body: Body, level: Level) -> bool:
    wanted = BodyLevel.NATIONAL if level is Level.NATIONAL else BodyLevel.PROVINCIAL
    return body.level is wanted and "政府" not in body.systems


def _regions(
    head: str, places: Sequence[Place], home: Home, codes: Sequence[str]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the regions below us that the head names, and those beside us under the same superior."""
    inside = dict.fromkeys(name for name in home.regions if name in head)
    beside: dict[str, None] = {}
    for place in places:
        if not place.code or place.end > len(head):
            continue
        for own in codes:
            length = len(own) + 2
            if len(own) < len(place.code) and place.code.startswith(own) and place.code[:length] in divisions():
                name = divisions()[place.code[:length]]
                if not any(given in name or name in given for given in inside):
                    inside[name] = None
            elif _beside(place.code, own):
                beside[divisions()[place.code[: len(own)]]] = None
    return tuple(inside), tuple(beside)


def _beside(code: str, own: str) -> bool:
    """Whether a place lies in another region of our own level under our superior; provinces have none in common."""
    return (
        len(own) > 2
        and len(code) >= len(own)
        and not code.startswith(own)
        and code.startswith(own[:-2])
        and code[: len(own)] in divisions()
    )


def _departments(text: str, bodies: Sequence[Body], home: Home, codes: Sequence[str]) -> Iterator[Department]:
    seen: set[str] = set()
    for body in bodies:
        if body.level in (BodyLevel.NATIONAL, BodyLevel.PROVINCIAL) and body.level is not home.level:
            continue
        if body.code and codes and not any(body.code.startswith(own) for own in codes):
            continue
        for system in body.systems:
            name = _own_name(body, system, home, codes)
            if name not in seen:
                seen.add(name)
                vertical = systems()[system].vertical
                yield Department(
                    name=name,
                    system=system,
                    vertical=vertical == "central" or (vertical == "county" and _county(body, home)),
                    words=(body.term,),
                    became=body.became,
                )
    meant = subjects(text)
    most = max(map(len, meant.values()), default=0)
    for system, words in [(system, words) for system, words in meant.items() if len(words) * 2 > most][:_MOST_SUBJECTS]:
        name = own_department(system, home)
        vertical = systems()[system].vertical
        yield Department(
            name=name,
            system=system,
            vertical=vertical == "central" or (vertical == "county" and home.level is BodyLevel.COUNTY),
            named=False,
            words=words[:3],
        )


def _county(body: Body, home: Home) -> bool:
    level = home.level if body.level is BodyLevel.UNKNOWN else body.level
    return level is BodyLevel.COUNTY


def _own_name(body: Body, system: str, home: Home, codes: Sequence[str]) -> str:
    """Return the present name of a body: of our own level by its real or formal name, else with its division."""
    if body.level in (BodyLevel.UNKNOWN, home.level):
        return own_department(system, home)
    term = body.term
    if body.code:
        own = next((code for code in codes if body.code.startswith(code)), "")
        place = full_name(body.code).removeprefix(full_name(own[:-2])) if len(own) > 2 else full_name(body.code)
        term = place + body.name.removeprefix(full_name(body.code))
        if body.became:
            term = place + own_name_at(system, body.level)
    return term


def own_name_at(system: str, level: BodyLevel) -> str:
    """Return the formal name of a system's body at a level, without its place."""
    names = systems()[system].provincial if level is BodyLevel.PROVINCIAL else systems()[system].local
    return (names or systems()[system].local or systems()[system].provincial or (f"{system}部门",))[0]


def own_department(system: str, home: Home) -> str:
    """Return our own department of a system: by its real name where the configuration lists it, else the formal one."""
    return _listed(home.units).get(system) or home.place + own_name_at(system, home.level)


@cache
def _listed(units: tuple[str, ...]) -> dict[str, str]:
    """Return the configured units by the system that their names say."""
    finder = finders(())[1]
    return {system: unit for unit in reversed(units) for body in finder.find(unit) for system in body.systems}
