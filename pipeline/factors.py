"""The four factors of a verdict in one sentence each: what they were computed from (湖北 三(二))."""

from classifiers.assessment import Assessment
from classifiers.cues import casualties
from classifiers.normalise import normalise
from connectors.mention import Mention
from pipeline.labels import label


def explained(mention: Mention, assessment: Assessment) -> dict[str, str]:
    """Return a Chinese sentence for each factor, by the factor's name."""
    told = casualties(normalise(f"{mention.title}\n{mention.text}"))
    harm = _counted((("死亡", told.dead), ("失联", told.missing), ("受伤", told.hurt)), " 人")
    seen = mention.engagement
    known = _counted((("转发", seen.reposts), ("评论", seen.comments), ("点赞", seen.likes), ("阅读", seen.reads)))
    tier = "未标记" if assessment.severity is None else label(assessment.severity)
    return {
        "nature": f"按文字判为{tier}",
        "intensity": f"文中称{harm}" if harm else "文中无伤亡数字，按预警颜色与聚集用语计",
        "public_reaction": known or "互动数未知，按 0 计",
        "media_involvement": f"按来源渠道（{label(mention.channel)}）与文中提到的媒体计",
    }


def _counted(pairs: tuple[tuple[str, int | None], ...], unit: str = "") -> str:
    return "、".join(f"{word} {count}{unit}" for word, count in pairs if count)
