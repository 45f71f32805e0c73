"""The four factors of 研判, each computed from what is known and explained in words (湖北 三(二)).

More reposts, reads or media never lower a factor, and no factor lowers a tier.
"""

import math

from classifiers.assessment import Severity, Signals
from classifiers.classifier import Text
from classifiers.cues import Casualties

_FULL_HEAT = math.log1p(100_000)  # reposts + comments + likes at which public reaction is full
_READS_PER_DEED = 100  # readers for one who reacts
_MEDIA_CHANNELS = {"newspaper": 0.5, "website": 0.2, "wechat": 0.2}
_RAISING = 0.75  # reaction or media above this raise a tier that the text alone nearly reached
_MOST = 0.5


def nature(score: float) -> float:
    """How grave the matter is in kind, from the severity that the words alone give (0 to 3)."""
    return min(max(score / 3, 0.0), 1.0)


def intensity(casualties: Casualties | None, warning: int, collective: bool) -> float:
    """How fierce the event is: casualties, colour of the warning (0 none to 3 red), people gathering."""
    calm = 1.0 - 0.25 * warning
    if casualties is not None:
        weight = casualties.dead * 3 + casualties.missing * 2 + casualties.hurt
        calm *= 1.0 - min(math.log1p(weight) / math.log1p(90), 0.95)
    if collective:
        calm *= 0.5
    return 1.0 - calm


def public_reaction(text: Text) -> float:
    """How much people react: reposts, comments, likes and a hundredth of the reads, on a logarithmic scale."""
    deeds = sum(max(count, 0) for count in (text.reposts, text.comments, text.likes) if count is not None)
    deeds += max(text.reads or 0, 0) // _READS_PER_DEED
    return min(math.log1p(deeds) / _FULL_HEAT, 1.0)


def media_involvement(channel: str, named: int) -> float:
    """How far media take part: the channel itself, and how often the text names media or official accounts."""
    absent = (1.0 - _MEDIA_CHANNELS.get(channel, 0.0)) * 0.75 ** min(named, 8)
    return 1.0 - absent


def raised(score: float, signals: Signals, highest: float) -> float:
    """Return the severity score with what reaction and media add; they alone never make the top tier (``highest``)."""
    reaction = max(signals.public_reaction - _RAISING, 0.0) / (1 - _RAISING)
    media = max(signals.media_involvement - _RAISING, 0.0) / (1 - _RAISING)
    more = score + _MOST * max(reaction, media)
    return more if score >= highest else min(more, max(score, highest - 1e-6))


def explain(signals: Signals, text: Text, casualties: Casualties | None, severity: Severity | None) -> dict[str, str]:
    """Return one Chinese sentence a factor on what it was computed from."""
    told = casualties or Casualties()
    harm = "、".join(
        f"{word} {count} 人"
        for word, count in (("死亡", told.dead), ("失联", told.missing), ("受伤", told.hurt))
        if count
    )
    counts = (("转发", text.reposts), ("评论", text.comments), ("点赞", text.likes), ("阅读", text.reads))
    known = "、".join(f"{word} {count}" for word, count in counts if count is not None)
    return {
        "nature": f"按文字判为{_TIERS[severity]}，性质分 {signals.nature:.2f}",
        "intensity": f"文中称{harm}" if harm else f"文中无伤亡数字，按预警与聚集用语计 {signals.intensity:.2f}",
        "public_reaction": f"{known}" if known else "互动数未知，按 0 计",
        "media_involvement": f"按来源渠道与文中提到的媒体计 {signals.media_involvement:.2f}",
    }


_TIERS: dict[Severity | None, str] = {
    None: "未标记",
    Severity.GENERAL: "一般性事项",
    Severity.HOT_ISSUE: "社会热点问题",
    Severity.SENSITIVE: "复杂敏感事件",
    Severity.MAJOR_EMERGENCY: "重大突发事态",
}
