"""Round-ups: one text on several events (早报、要闻汇总、一天的热点), which speaks for no single matter."""

import re
from collections import Counter
from collections.abc import Sequence

from pipeline.matters.terms import kinds_of

_LEAST_ITEMS = 3
_LEAST_CHARACTERS = 4  # a kind of event alone (火灾、爆炸) is no event
_CLAUSE = re.compile(r"[，。！？；,!?;\n]")
_ITEM = re.compile(
    r"^\s*(?:\d{1,2}\s*[.、．)）]|[一二三四五六七八九十]{1,2}\s*[、.．]|[①-⑳]|[●■◆▪•▶►])\s*", re.MULTILINE
)
_CUE = re.compile(
    "早报|晚报|早知道|早班车|要闻[|｜丨:：]|(?:要闻|新闻|舆情|热点|资讯|消息)(?:汇总|盘点|速览|一览|合集|回顾)"
    "|一周(?:要闻|热点|舆情)|今日(?:热点|要闻|关注)|(?:这些|几大)热点"
)


def is_roundup(title: str, text: str) -> bool:
    """Say whether a text reports several events side by side.

    It does when it lists three items or more, on lines or in one clause, and either calls itself a list of news or
    its items name different kinds of event, none of which is the subject of more than half of them: a notice with
    numbered points speaks of one thing.
    """
    items = [item for item in _ITEM.split(text)[1:] if item.strip()]
    if len(items) >= _LEAST_ITEMS and (_CUE.search(title or text[:60]) or _of_different_kinds(items)):
        return True
    return any(_enumerates(clause) for clause in _CLAUSE.split(text) if clause.count("、") >= _LEAST_ITEMS - 1)


def _enumerates(clause: str) -> bool:
    """Say whether a clause strings events together, each with a place or subject of its own (东街爆管、西厂爆炸)."""
    items = [item for item in re.split("[、：:]", clause) if len(item) >= _LEAST_CHARACTERS and kinds_of(item)]
    return len(items) >= _LEAST_ITEMS and _of_different_kinds(items)


def _of_different_kinds(items: Sequence[str]) -> bool:
    kinds = Counter(kind for item in items for kind in kinds_of(item))
    return len(kinds) >= _LEAST_ITEMS and 2 * max(kinds.values()) <= len(items)
