"""What the texts of a matter say about whose policy, which regions and which departments: the inputs of R1 to R9."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

import msgspec

_INLETS = frozenset({"政府", "宣传", "网信", "信访"})
"""They take in, coordinate and pass on; a matter is theirs only where nothing else is known."""

_RESPONDERS = frozenset({"公安", "消防救援", "法院", "检察院", "纪检监察"})
"""They come to every matter; named beside a department whose matter it is, they are not 涉事责任部门."""

_MOST = 3


class Level(StrEnum):
    """Whose policy or decision the matter is about."""

    NATIONAL = "national"
    PROVINCIAL = "provincial"
    LOCAL = "local"


class Department(msgspec.Struct, frozen=True, omit_defaults=True):
    """A department that a text names, or that looks after what it speaks of (then ``named`` is False).

    ``words`` are those that it rests on, ``became`` tells what a reform made of the name in the text.
    """

    name: str
    system: str
    vertical: bool = False
    named: bool = True
    words: tuple[str, ...] = ()
    became: str = ""


class Said(msgspec.Struct, frozen=True, omit_defaults=True):
    """What one mention says; ``level_words`` are the words by which a policy of that level is its matter."""

    level: Level = Level.LOCAL
    level_words: str = ""
    superior: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    neighbours: tuple[str, ...] = ()
    departments: tuple[Department, ...] = ()


@dataclass(slots=True)
class Tally:
    """The sum over a matter's live members."""

    levels: Counter[Level] = field(default_factory=Counter)
    words: dict[Level, str] = field(default_factory=dict)
    superior: Counter[str] = field(default_factory=Counter)
    regions: Counter[str] = field(default_factory=Counter)
    neighbours: Counter[str] = field(default_factory=Counter)
    departments: dict[tuple[str, bool], tuple[int, Department]] = field(default_factory=dict)

    def add(self, said: Said) -> None:
        """Count what one member says."""
        if said.level is not Level.LOCAL:
            self.levels[said.level] += 1
            self.words.setdefault(said.level, said.level_words)
        self.superior.update(said.superior)
        self.regions.update(said.regions)
        self.neighbours.update(said.neighbours)
        for department in said.departments:
            key = (department.name, department.named)
            count, first = self.departments.get(key, (0, department))
            words = tuple(dict.fromkeys((*first.words, *department.words)))[:5]
            self.departments[key] = count + 1, msgspec.structs.replace(first, words=words)

    @property
    def level(self) -> Level:
        """The highest level whose policy at least a third as many members speak of as of the commonest."""
        usual = frequent(self.levels)
        return next((level for level in Level if level in usual), Level.LOCAL)

    def concerned(self) -> tuple[Department, ...]:
        """Return the departments concerned, at most three.

        First those that the texts name and whose matter it is by its words too; else those named, unless more members
        speak of what another looks after; else those inferred. Who only comes to every matter (police, rescue) is left
        out beside the others.
        """
        named, meant = self._frequent(named=True), self._frequent(named=False)
        systems = {department.system for department in meant}
        fitting = [department for department in named if department.system in systems]
        own, inferred = _not_only_called(named), _not_only_called(meant)
        if own and inferred and self._count(own[0]) < self._count(inferred[0]):
            own = []
        return tuple((fitting or own or inferred or named or meant)[:_MOST])

    def _count(self, department: Department) -> int:
        return self.departments[department.name, department.named][0]

    def _frequent(self, *, named: bool) -> list[Department]:
        of = {
            department.name: (count, department)
            for (_, is_named), (count, department) in self.departments.items()
            if is_named is named and department.system not in _INLETS
        }
        usual = frequent(Counter({name: count for name, (count, _) in of.items()}))
        return [of[name][1] for name in usual]


def _not_only_called(departments: Sequence[Department]) -> list[Department]:
    return [department for department in departments if department.system not in _RESPONDERS]


def frequent(counts: Counter[Level] | Counter[str]) -> Sequence[str]:
    """Return what was said at least a third as often as the commonest, the commonest first."""
    most = max(counts.values(), default=0)
    return [name for name, count in counts.most_common() if count * 3 >= most]
