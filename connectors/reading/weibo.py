"""What all Weibo exports share: ids and their short forms, the poster's own words and what he reposts."""

import re
from typing import NamedTuple

from connectors.mention import Flag, MentionState
from connectors.reading.identity import cell_text, is_damaged, weibo_mid
from connectors.reading.records import uncut

_DETAIL = re.compile(r"weibo\.(?:cn|com)/(?:detail/|status/|\d+/)?([0-9A-Za-z]{9,19})(?:[?#/]|$)")
_DIGITS_KEPT = 15
_CHAIN = re.compile(r"//\s*@[^\s:：@/]{1,40}\s*[:：]")


class Parts(NamedTuple):
    """The poster's own words, what stands after 「//@…:」, and TRUNCATED where the page had cut the text."""

    own: str
    quoted: str = ""
    flags: tuple[Flag, ...] = ()


def own_and_quoted(text: str) -> Parts:
    """Split a post into the poster's own words and the repost chain that he carries along."""
    text, flags = uncut(text.strip())
    match = _CHAIN.search(text)
    own, quoted = (text[: match.start()], text[match.start() :]) if match else (text, "")
    return Parts(own.strip(), quoted.strip(), flags)


def true_mid(native: object, bid: str = "", url: str = "") -> tuple[str, bool]:
    """Return the numeric id and whether it is damaged beyond repair.

    ``bid`` and the URL hold the same number: where a spreadsheet program rounded the id to fifteen digits, they
    restore it.
    """
    text = cell_text(native)
    if text and not is_damaged(native) and not text.endswith("0"):
        return text, False
    for short in (bid, *(_DETAIL.findall(url))):
        mid = short if short.isdigit() and len(short) > 9 else weibo_mid(short)
        if mid is not None and (not text.isdigit() or mid[:_DIGITS_KEPT] == text[:_DIGITS_KEPT]):
            return mid, False
    return text, is_damaged(native)


def state_of(text: str) -> MentionState:
    """Return the state that Weibo's own notices in place of a text stand for."""
    if len(text) < 80:
        if re.search(r"此微博已被(?:作者)?删除|该微博已被删除|已被原作者删除|微博不存在", text):
            return MentionState.DELETED
        if re.search(r"(?:该账号因|此微博|该微博|微博).{0,20}(?:被投诉|违反|不适宜|无法查看|已被屏蔽)", text):
            return MentionState.BLOCKED
        if re.search(r"仅展示(?:半年|一年|近.{1,3})内?的?微博|没有查看.{0,6}权限|暂时没有权限", text):
            return MentionState.HIDDEN
    return MentionState.OK
