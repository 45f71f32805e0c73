"""A matter's title: the mention's own, or its first sentence; what is too long is seen to be cut."""

from datetime import UTC, datetime

import pytest

from classifiers.assessment import Assessment, Rumour, Signals
from connectors.mention import Channel, Mention
from pipeline.records import Flagged, FlagReason
from pipeline.steps.matter import TITLE_LENGTH, title_of

AT = datetime(2026, 6, 16, tzinfo=UTC)


@pytest.mark.parametrize(
    ("title", "text", "expected"),
    [
        ("停水通知", "正文", "停水通知"),
        ("", "翠湖路停水。大家注意", "翠湖路停水"),
        (
            "",
            "6月16日10时42分，云泽高新区恒泰精细化工有限公司一车间发生爆燃，市消防救援支队赶到现场",
            "6月16日10时42分，云泽高新区恒泰精细化工有限公司一车间发生爆燃…",
        ),
        ("字" * 60, "", "字" * (TITLE_LENGTH - 1) + "…"),
    ],
)
def test_a_long_title_ends_at_a_comma_where_one_is_near_and_shows_that_it_was_cut(
    title: str, text: str, expected: str
) -> None:
    verdict = Assessment({}, (), None, Rumour.NONE, Signals(), (), "quick", "test")
    mention = Mention("weibo:1", Channel.WEIBO, "test", text, AT, AT, title=title)
    cut = title_of(Flagged(mention, verdict, FlagReason.CATEGORY))
    assert cut == expected
    assert len(cut) <= TITLE_LENGTH
