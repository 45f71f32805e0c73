"""The product as a process of its own, pushed to by HTTP and watched on the page's stream."""

import itertools
import random
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import httpx
import orjson

from pipeline import clock
from pipeline.errors import YuqingError

_PUSHES_A_SECOND = 20
_SEVERE_EACH = 50  # one mention in so many is a matter of its own that alerts
_NAMES = "恒泰宏远瑞丰金禾永盛鑫源华安东明长信天和广达兴隆佳美春晖"
_PLACES = "望青柳云白石南北东西高平安长清河阳川泽岭桥塘湾坪"
_BLOWS = ("发生爆炸", "厂房坍塌", "突发大火", "氨气泄漏", "发生透水事故", "高炉喷爆", "储罐起火")
_WHEN = ("今天凌晨", "刚才", "昨晚十点多", "上午九点二十分左右", "午休的时候", "交接班时", "天快亮的时候")
_SEEN = (
    "住对面楼的玻璃全震碎了",
    "浓烟隔着两条街都看得见",
    "厂门口停了十几辆救护车",
    "路已经封了，公交全部绕行",
    "附近小学通知家长接孩子",
    "井下的人还联系不上",
    "下游村子在连夜往外撤",
    "工友说之前就报过隐患",
)
_ASKED = ("家属围在门口要说法", "到现在没有任何通报", "希望上面派人来查", "求扩散求关注", "谁知道伤员送到哪个医院")


@dataclass
class Seen:
    """When each severe mention was pushed and when the stream told of it, by its moment of publication."""

    pushed: dict[datetime, float] = field(default_factory=dict)
    told: dict[datetime, float] = field(default_factory=dict)

    def milliseconds(self) -> list[float]:
        """Return how long each told one took."""
        return [(self.told[key] - at) * 1000 for key, at in self.pushed.items() if key in self.told]


@contextmanager
def product(path: Path, command: str, more: str = "") -> Iterator[httpx.Client]:
    """Run a command of the product that has a desk, with more lines of configuration; lend a client that may push."""
    settings = path / "yuqing.toml"
    settings.write_text(f'data = "{path / "data"}"\n{more}\n[web]\nport = 0\n', encoding="utf-8")
    started = [sys.executable, "-m", "pipeline", command, "-c", str(settings)]
    with (path / "err").open("wb") as err, subprocess.Popen(started, stderr=err) as process:  # noqa: S603
        try:
            base, token = _entry(path / "err", process)
            with httpx.Client(base_url=base, headers={"Authorization": f"Bearer {token}"}, timeout=30) as client:
                yield client
        finally:
            process.terminate()


def _entry(err: Path, process: subprocess.Popen[bytes]) -> tuple[str, str]:
    until = time.monotonic() + 60
    while time.monotonic() < until and process.poll() is None:
        for line in err.read_text(encoding="utf-8").splitlines():
            if "#token=" in line:
                base, _, token = line.partition("：")[2].partition("#token=")
                return base, token.strip()
        time.sleep(0.1)
    raise YuqingError(f"页面没有启动：{err.read_text(encoding='utf-8')[-500:]}")


def watched(client: httpx.Client, ordinary: list[str], seconds: float, a_second: int = 200) -> Seen:
    """Push so many mentions a second for some seconds, and note when the page tells of the severe ones."""
    seen = Seen()
    stop = threading.Event()
    reader = threading.Thread(target=_listen, args=(client, seen, stop), daemon=True)
    reader.start()
    time.sleep(1)
    chooser = random.Random(61)
    texts = itertools.cycle(ordinary)
    number = 0
    begin = time.monotonic()
    for push in range(int(seconds * _PUSHES_A_SECOND)):
        time.sleep(max(0.0, begin + push / _PUSHES_A_SECOND - time.monotonic()))
        batch = []
        for _ in range(a_second // _PUSHES_A_SECOND):
            number += 1
            moment = clock.real()
            severe = number % _SEVERE_EACH == 0
            text = _severe(chooser) if severe else next(texts)
            batch.append({"id": f"live:{number}", "channel": "weibo", "text": text, "published_at": moment.isoformat()})
            if severe:
                seen.pushed[moment] = time.monotonic()
        client.post("/api/v1/mentions", content=orjson.dumps(batch)).raise_for_status()
    time.sleep(5)  # for the last ones
    stop.set()
    return seen


def _severe(chooser: random.Random) -> str:
    place = "".join(chooser.sample(_PLACES, 2)) + chooser.choice("县市区镇")
    firm = "".join(chooser.sample(_NAMES, 3)) + chooser.choice(("化工", "钢铁", "煤矿", "纸业", "食品", "电子"))
    event = f"{chooser.choice(_WHEN)}{place}{firm}{chooser.choice(_BLOWS)}，{chooser.randint(3, 60)}人死亡"
    said = [event, *chooser.sample(_SEEN, 3), chooser.choice(_ASKED)]
    return "，".join(said[1:] + said[:1] if chooser.random() < 0.5 else said) + "。"


def _listen(client: httpx.Client, seen: Seen, stop: threading.Event) -> None:
    with suppress(httpx.HTTPError), client.stream("GET", "/api/v1/alerts/stream", timeout=None) as answer:
        for line in answer.iter_lines():
            if stop.is_set():
                return
            alert = orjson.loads(line[5:]).get("alert") if line.startswith("data:") else None
            if alert is not None and alert["published_at"] is not None:
                seen.told.setdefault(datetime.fromisoformat(alert["published_at"]), time.monotonic())
