"""企业微信群机器人: markdown of at most 4,096 bytes; further parts follow as messages of their own."""

from pathlib import Path

import msgspec
import pydantic

from pipeline.alerts.notification import Notification
from pipeline.alerts.packing import neutral, pack
from pipeline.alerts.sink import SecretOptions, secret
from pipeline.alerts.sinks._http import post
from pipeline.errors import PermanentError, TransientError

LIMIT_BYTES = 4096
_BUSY = {-1, 45009, 45033}  # system busy, too many calls, too many at once


class Options(SecretOptions):
    """The robot's address, in place or by file; private 政务微信 has the same form on its own host."""

    url: pydantic.SecretStr | None = None
    url_file: Path | None = None


class WeCom:
    """Posts markdown to a robot."""

    def __init__(self, url: str) -> None:
        self._url = url

    def send(self, notification: Notification) -> None:
        """Deliver the notification."""
        for part in pack([f"**{neutral(notification.heading)}**", *map(neutral, notification.lines)], LIMIT_BYTES):
            body = msgspec.json.encode({"msgtype": "markdown", "markdown": {"content": part}})
            code = post("企业微信", self._url, content=body).get("errcode", 0)
            if code in _BUSY:
                raise TransientError(f"企业微信：频率受限（errcode {code}）", retry_after=60.0)
            if code:
                raise PermanentError(f"企业微信：拒收（errcode {code}），请核对机器人地址与内容格式")


def open_sink(options: Options) -> WeCom:
    """Return the sink."""
    return WeCom(secret(options.url, options.url_file, "url"))
