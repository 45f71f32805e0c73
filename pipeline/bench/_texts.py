"""Texts to measure on: a file of JSON lines, or invented ones."""

import gzip
import random
from pathlib import Path

import orjson

from pipeline.errors import ConfigError

_PLACES = ("望泽区", "青石县", "柳溪县", "云泽高新区", "白鹭镇", "石桥镇", "南塘街道")
_OPENINGS = ("今天上午", "昨天夜里", "最近半个月", "从上周开始", "刚刚", "下班路上", "趁着天气好")
_MATTERS = (
    "小区楼下的烧烤店油烟很大，门窗都不敢开，打了几次电话也没有结果",
    "一处工地的围挡被大风吹倒，有两名路人被送往医院检查，伤情暂不清楚",
    "自来水发黄还有股怪味，物业说是管道检修，可是已经第三天没有恢复正常",
    "朋友圈里在传学校要提前放假，教育部门回应说没有这样的安排，请不要转发",
    "河道水位上涨得很快，社区已经挨家挨户通知低洼处的居民做好转移准备",
)
_EVERYDAY = (
    "晚上去看了演唱会，气氛热烈，散场以后还跟朋友吃了夜宵，嗓子都喊哑了",
    "新开的图书馆环境特别好，周末带孩子来看绘本，坐了一下午都不想走",
    "阳台上的月季终于开了，去年冬天差点冻坏，今年一口气冒出十几个花苞",
    "跟着视频学做红烧排骨，糖色炒过了头，味道倒是意外地不错，全家光盘",
    "早上跑了五公里，配速比上周快了十几秒，天气凉快以后果然轻松多了",
    "追了一个月的电视剧昨晚大结局，男女主角总算在一起了，编剧没有辜负观众",
    "猫又把毛线团扯得到处都是，拍照的时候它还一脸无辜，真是拿它没有办法",
    "收拾书柜翻出小学时的作文本，老师的批语写得真认真，看着看着就笑了",
    "周末和同学爬山，山顶的云海漂亮极了，下山腿软得直打颤，回家倒头就睡",
    "咖啡店上了新口味，点了一杯桂花拿铁，香是香，就是对我来说甜了一点",
    "球队连着赢了三场，最后两分钟逆转，解说激动得破了音，今晚注定睡不着",
    "奶奶包了荠菜馅的饺子，说是开春的头一茬，比外面卖的鲜多了",
    "手机相册里存了三千多张照片，花了一个晚上整理，只留下了不到一半",
    "第一次自己换自行车轮胎，弄得满手是油，折腾两个小时居然也装好了",
    "楼下的银杏黄了一地，摄影爱好者排着队取景，我也凑热闹拍了几张",
)
_ENDINGS = ("希望有关部门尽快处理。", "周末愉快！", "记录一下。", "后续会继续关注。", "点赞！")


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
    """Posts of which nearly one in four tells of something that matters, as on a natural stream."""
    chooser = random.Random(61)
    result = []
    for number in range(count):
        matters = _MATTERS if chooser.random() < 0.25 else _EVERYDAY
        parts = (chooser.choice(part) for part in (_OPENINGS, _PLACES, matters, _EVERYDAY, _ENDINGS))
        result.append(orjson.dumps({"text": f"{''.join(parts)}{number}", "channel": "weibo"}))
    return result
