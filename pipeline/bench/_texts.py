"""Texts to measure on: a file of JSON lines, or invented ones."""

import gzip
import random
from pathlib import Path

import orjson

from pipeline.errors import ConfigError

_PLACES = ("望泽区", "青石县", "柳溪县", "云泽高新区", "白鹭镇", "石桥镇", "南塘街道")
_OPENINGS = ("今天上午", "昨天夜里", "最近半个月", "从上周开始", "刚刚", "听邻居说", "据记者了解")
_MATTERS = (
    "小区楼下的烧烤店油烟很大，门窗都不敢开，打了几次电话也没有结果",
    "一处工地的围挡被大风吹倒，有两名路人被送往医院检查，伤情暂不清楚",
    "公交线路临时改道，等了四十分钟才来一辆，老人孩子都在太阳底下晒着",
    "新开的图书馆环境特别好，周末带孩子来看书，还有免费的讲座可以听",
    "自来水发黄还有股怪味，物业说是管道检修，可是已经第三天没有恢复正常",
    "朋友圈里在传学校要提前放假，教育部门回应说没有这样的安排，请不要转发",
    "河道水位上涨得很快，社区已经挨家挨户通知低洼处的居民做好转移准备",
    "晚上去看了演唱会，气氛热烈，散场以后地铁还加开了三趟，回家很方便",
)
_ENDINGS = ("希望有关部门尽快处理。", "大家出门注意安全！", "有知道情况的吗？", "后续会继续关注。", "点赞！")


def posts(data: Path | None, count: int, shortest: int = 60, longest: int = 140) -> list[bytes]:
    """Return JSON lines with ``text`` of a length, from the file or invented.

    Raises:
        ConfigError: the file cannot be read or holds too few such texts.
    """
    if data is None:
        return _invented(count)
    opener = gzip.open if data.suffix == ".gz" else open
    found: list[bytes] = []
    try:
        with opener(data, "rb") as lines:
            for line in lines:
                text = orjson.loads(line).get("text", "")
                if shortest <= len(text) <= longest:
                    found.append(orjson.dumps({"text": text, "channel": "weibo"}))
                    if len(found) == count:
                        return found
    except (OSError, orjson.JSONDecodeError) as error:
        raise ConfigError(f"读不到测速用的文本 {data}：{error}。应为 JSON 行，每行有 text") from error
    raise ConfigError(f"{data} 里只有 {len(found)} 条 {shortest}–{longest} 字的文本，至少要 {count} 条")


def _invented(count: int) -> list[bytes]:
    chooser = random.Random(61)
    parts = (_OPENINGS, _PLACES, _MATTERS, _MATTERS, _ENDINGS)
    texts = ("".join(chooser.choice(part) for part in parts) for _ in range(count))
    return [orjson.dumps({"text": f"{text}{number}", "channel": "weibo"}) for number, text in enumerate(texts)]
