"""飞书自定义机器人: text of at most 18,000 bytes, signed where the robot asks for it (签名校验)."""

import base64
import hashlib
import hmac
import time
from pathlib import Path

import msgspec
import pydantic

from pipeline.alerts.notification import Notification
from pipeline.alerts.packing import in_json, pack
from pipeline.alerts.sink import SecretOptions, secret
from pipeline.alerts.sinks._http import post
from pipeline.errors import PermanentError, TransientError

LIMIT_BYTES = 18_000  # of 20,000 a request, the rest for the JSON around it
_BUSY = {9499, 11232, 11233}  # too many requests


class Options(SecretOptions):
    """The robot's address, and its signing key where 签名校验 is on; each in place or by file."""

    url: pydantic.SecretStr | None = None
    url_file: Path | None = None
    key: pydantic.SecretStr | None = None
    key_file: Path | None = None


class Feishu:
    """Posts text to a robot."""

    def __init__(self, url: str, key: str) -> None:
        self._url = url
        self._key = key

    def send(self, notification: Notification) -> None:
        """Deliver the notification."""
        for part in pack([notification.heading, *notification.lines], LIMIT_BYTES, in_json):
            message: dict[str, object] = {"msg_type": "text", "content": {"text": part}}
            body = msgspec.json.encode({**self._signature(), **message})
            code = post("飞书", self._url, content=body).get("code", 0)
            if code in _BUSY:
                raise TransientError(f"飞书：频率受限（code {code}）", retry_after=60.0)
            if code:
                raise PermanentError(f"飞书：拒收（code {code}），请核对机器人的签名、关键词与白名单设置")

    def _signature(self) -> dict[str, object]:
        if not self._key:
            return {}
        timestamp = str(int(time.time()))
        digest = hmac.new(f"{timestamp}\n{self._key}".encode(), b"", hashlib.sha256).digest()
        return {"timestamp": timestamp, "sign": base64.b64encode(digest).decode()}


def open_sink(options: Options) -> Feishu:
    """Return the sink."""
    unsigned = options.key is None and options.key_file is None
    key = "" if unsigned else secret(options.key, options.key_file, "key")
    return Feishu(secret(options.url, options.url_file, "url"), key)
