"""Which texts report several events side by side."""

import pytest

from pipeline.matters.roundup import is_roundup

SEVERAL = "1. 永昌家具厂火灾，2人受伤。\n2. 柳溪山洪，转移群众4200人。\n3. 一养老院护工打人被行拘。"
POINTS = "一、立即停工整改。\n二、全面排查隐患。\n三、妥善安置家属。"


@pytest.mark.parametrize(
    ("title", "text"),
    [
        ("云泽早报 6月16日", SEVERAL),
        ("老人被打、爆燃、山洪……这些热点有了最新进展", SEVERAL),
        ("", SEVERAL),
        ("", "这一上午：东街爆管停水、小学食物中毒、化工厂爆炸、柳溪山洪，到底怎么了？"),
        ("一周舆情回顾", "① 停水两天。\n② 公交改线。\n③ 学位紧张。"),
    ],
)
def test_lists_of_news_are_roundups(title: str, text: str) -> None:
    assert is_roundup(title, text)


@pytest.mark.parametrize(
    ("title", "text"),
    [
        ("关于家具厂火灾处置情况的通报", POINTS),
        ("关于家具厂火灾的三个问题", "1. 起火原因？\n2. 火势为何蔓延？\n3. 火灾损失多少？"),
        ("", "化工厂发生爆炸、火灾，现场有坍塌、中毒的危险，已致三人受伤。"),
        ("永昌家具厂起火", "白鹭镇永昌家具厂发生火灾，火已扑灭，2人受伤。"),
        ("齐鲁晚报记者实地探访停水小区", "居民说，停水已经两天。"),
        ("", ""),
    ],
)
def test_what_speaks_of_one_thing_is_none(title: str, text: str) -> None:
    assert not is_roundup(title, text)
