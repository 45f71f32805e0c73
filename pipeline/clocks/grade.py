"""The grade of an emergency, proposed by rule and confirmed by a person."""

import re

import msgspec

from pipeline.records import Grade

_DEAD = re.compile(
    r"(?:致|造成|已有|遇难|死亡|致死|共|有)?(\d{1,5})\s*(?:人|名[^，。]{0,6}?)(?:遇难|死亡|身亡|丧生|罹难)"
)
_DEAD_AFTER = re.compile(r"(?:遇难|死亡|身亡|罹难)(?:人数)?(?:为|升至|增至|已达|达)?(\d{1,5})\s*人")
_COLOUR = re.compile(r"(红|橙|黄|蓝)色预警")
_BY_COLOUR = {
    "红": Grade.PARTICULARLY_MAJOR,
    "橙": Grade.MAJOR,
    "黄": Grade.LARGE,
    "蓝": Grade.ORDINARY,
}
_BY_DEAD = ((30, Grade.PARTICULARLY_MAJOR), (10, Grade.MAJOR), (3, Grade.LARGE), (1, Grade.ORDINARY))


class Proposal(msgspec.Struct, frozen=True):
    """A proposed grade, the words that it rests on, and the clause."""

    grade: Grade
    words: str
    basis: str


def propose(text: str) -> Proposal | None:
    """Return the highest grade that the text supports, or None.

    Deaths by 生产安全事故报告和调查处理条例 第三条 (30, 10, 3); warning colours by 突发事件应对法 (红橙黄蓝). Only a
    proposal: a person confirms it.
    """
    found: list[Proposal] = []
    for pattern in (_DEAD, _DEAD_AFTER):
        for match in pattern.finditer(text):
            grade = next((grade for least, grade in _BY_DEAD if int(match[1]) >= least), None)
            if grade is not None:
                found.append(Proposal(grade, match[0], "生产安全事故报告和调查处理条例 第三条"))
    found += [Proposal(_BY_COLOUR[match[1]], match[0], "突发事件应对法：预警级别") for match in _COLOUR.finditer(text)]
    order = list(Grade)
    return min(found, key=lambda proposal: order.index(proposal.grade), default=None)
