"""What was claimed, where a rumour is in play: the words as they stand, so that a refutation can be laid beside it."""

import re

_MOST = 80
_OPENING = (
    r"网传|据传|传言|谣传|有人说|听说|据说|网上流传|网络流传|近日有传|有消息称|消息称|网友称|发帖称|朋友圈流传|群里说"
)
_SAID = re.compile(
    rf"(?:{_OPENING})(?:称|说|的|着|，|,|：|:|有|一则|一条|一段)*[“「《\"]?([^，,；;。！？!?\n”」》\"]{{4,{_MOST}}})"
)
_QUOTED = re.compile(
    rf"[“「\"]([^”」\"\n]{{6,{_MOST}}})[”」\"][^。！？\n]{{0,12}}(?:不实|谣言|不属实|假|虚假|编造|系谣)"
)
_ASKED = re.compile(rf"([^。！？!?\n【】#]{{4,{_MOST}}})[?？]")
_FIRST = re.compile(rf"[^。！？!?\n]{{4,{_MOST}}}")


# What each form of a claim cannot do without: sought first, as the patterns try every place of a long text.
_FORMS = (('”」"', _QUOTED), (None, _SAID), ("?？", _ASKED), (None, _FIRST))


def claim(text: str) -> str:
    """Return the claim that a rumour or its refutation is about; the first sentence where none is set apart."""
    for needed, pattern in _FORMS:
        if needed is not None and not any(sign in text for sign in needed):
            continue
        if (match := pattern.search(text)) is not None:
            return (match.group(1) if pattern.groups else match.group()).strip(" ，,、：:【】#\u3000")
    return text[:_MOST].strip()
