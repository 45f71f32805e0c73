"""What was claimed: the words as they stand in the text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifiers.assessment import Rumour
from classifiers.classifier import Text
from classifiers.models import quick
from classifiers.rumours import claim


@pytest.mark.parametrize(
    ("text", "claimed"),
    [
        ("网传云泽市明天起封城，云泽市公安局：不实信息，已报警", "云泽市明天起封城"),
        ("近日流传“望泽区自来水被投毒”的消息不实，水质正常", "望泽区自来水被投毒"),
        ("听说青石县要取消中考？有人知道吗", "青石县要取消中考"),
        ("柳溪县明年要撤县设市了吗？", "柳溪县明年要撤县设市了吗"),
        ("白鹭镇水库要决堤了。快跑", "白鹭镇水库要决堤了"),
        ("假的", "假的"),
    ],
)
def test_the_claim_is_what_is_said_to_be_so(text: str, claimed: str) -> None:
    assert claim(text) == claimed


@given(st.text("网传听说“”？。不实谣言望泽\n ", max_size=60))
def test_a_claim_stands_in_the_text(text: str) -> None:
    assert claim(text) in text


def test_only_a_rumour_in_play_carries_a_claim() -> None:
    refuted, plain = quick.load().assess(
        [Text(text="网传云泽市明天起停水一个月，云泽市水务局辟谣：系谣言，供水正常"), Text(text="今天去公园散步")]
    )
    assert refuted.rumour is Rumour.REFUTED
    assert refuted.rumour_claim == "云泽市明天起停水一个月"
    assert (plain.rumour, plain.rumour_claim) == (Rumour.NONE, "")
