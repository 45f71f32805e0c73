"""From what the texts say to the case of the decision table, with the words that it rests on."""

from collections.abc import Iterator, Sequence

import msgspec

from pipeline.records import Grade
from pipeline.routing.answer import Responsibility
from pipeline.routing.facts import Department, Level, Tally, frequent
from pipeline.routing.reading import Home, own_department
from pipeline.routing.table import Case, responsibility


class Unit(msgspec.Struct, frozen=True):
    """A unit with its named persons (和硕 第十一条、第十二条; 山东 2018 一)."""

    name: str
    head: str = ""
    deputy: str = ""
    section: str = ""

    def __str__(self) -> str:
        """Return the line that people read."""
        parts = (
            ("第一责任人", self.head),
            ("直接责任人", self.deputy),
            ("承办科室", self.section),
        )
        return f"{self.name}：" + "，".join(f"{what} {who}" for what, who in parts if who)


def assign(
    tally: Tally, home: Home, superior: str, units: Sequence[Unit], grade: Grade | None, *, misread: bool
) -> Responsibility:
    """Return who must answer, by R1 to R9, and the words that led there.

    ``misread`` says that the matter is about a policy itself: only then its level counts (61号 一 「涉及…重大政策」).
    """
    concerned = tally.concerned()
    case = _case(tally, concerned, home, superior, units, grade, misread=misread)
    return msgspec.structs.replace(responsibility(case), grounds=tuple(_grounds(tally, case, concerned)))


def _case(
    tally: Tally,
    concerned: Sequence[Department],
    home: Home,
    superior: str,
    units: Sequence[Unit],
    grade: Grade | None,
    *,
    misread: bool,
) -> Case:
    level = tally.level if misread else Level.LOCAL
    inside, beside = tuple(frequent(tally.regions)), tuple(frequent(tally.neighbours))
    regions = (home.place, *beside) if beside else inside
    departments = tuple(department.name for department in concerned)
    above = () if beside else tuple(dict.fromkeys(own_department(department.system, home) for department in concerned))
    several = len(regions) > 1 and level is Level.LOCAL
    answering = {*departments, *(above if several else ())}
    return Case(
        level=level,
        government=home.government,
        superior=superior if beside else home.government,
        regions=regions,
        departments=departments,
        superior_departments=above,
        policy_departments=tuple(frequent(tally.superior)) if level is not Level.LOCAL else (),
        vertical=bool(concerned) and concerned[0].vertical,
        grade=grade,
        persons=tuple(str(unit) for unit in units if unit.name in answering and (unit.head or unit.deputy)),
    )


def _grounds(tally: Tally, case: Case, concerned: Sequence[Department]) -> Iterator[str]:
    if case.level is not Level.LOCAL:
        yield f"所涉政策：「{tally.words[case.level]}」"
    if len(case.regions) > 1:
        yield f"涉及地方：{'、'.join(case.regions)}"
    for department in concerned:
        words = "、".join(f"「{word}」" for word in department.words)
        how = "文中点名" if department.named else "文中未点名，按所涉事项推断"
        became = f"；{department.became}" if department.became else ""
        vertical = "；垂直管理" if department.vertical else ""
        yield f"{department.name}：{how}{words}{vertical}{became}"
