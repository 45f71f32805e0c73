"""A table of one's own: its channel is what a column says, else what the address says."""

from pathlib import Path

import pytest

from connectors.mention import Channel, Mention
from connectors.sources.table import CONNECTOR, channel_of
from tests.connectors.test_hostile_tables import READING


@pytest.mark.parametrize(
    ("word", "url", "channel"),
    [
        ("微博", "", Channel.WEIBO),
        ("", "https://weibo.com/1/AbC", Channel.WEIBO),
        ("", "https://m.weibo.cn/detail/1", Channel.WEIBO),
        ("", "https://mp.weixin.qq.com/s/x", Channel.WECHAT),
        ("论坛", "https://weibo.com/1/AbC", Channel.FORUM),
        ("", "https://notweibo.com/1", Channel.WEBSITE),
        ("", "http://[", Channel.WEBSITE),
        ("某个没见过的词", "", Channel.WEBSITE),
    ],
)
def test_the_channel_is_named_by_the_column_or_else_by_the_address(word: str, url: str, channel: Channel) -> None:
    assert channel_of(word, url) is channel


def test_a_column_called_platform_names_the_channel_of_each_row(tmp_path: Path) -> None:
    path = tmp_path / "我的导出.csv"
    text = "标题,内容,发布时间,平台\n停水,石桥镇停水三天,2026-06-16 09:05,微博\n路灯,路灯坏了,2026-06-16 09:06,论坛\n"
    path.write_bytes(text.encode("gbk"))
    read = [item for item in CONNECTOR.read(path, READING) if isinstance(item, Mention)]
    assert [item.channel for item in read] == [Channel.WEIBO, Channel.FORUM]
