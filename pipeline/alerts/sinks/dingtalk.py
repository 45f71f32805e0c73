"""钉钉群机器人: markdown of at most 20,000 bytes, signed where the robot asks for it (加签)."""

import base64
import hashlib
import hmac
import time
from pathlib import Path
from urllib.parse import quote_plus

import msgspec
import pydantic

from pipeline.alerts.notification import Notification
from pipeline.alerts.packing import in_json, neutral, pack, shorten
from pipeline.alerts.sink import SecretOptions, secret
from pipeline.alerts.sinks._http import post
from pipeline.errors import PermanentError, TransientError

LIMIT_BYTES = 18_000  # of 20,000 a request, the rest for the JSON around it
_TITLE_BYTES = 300
_BUSY = {-1, 130101, 410100}  # system busy, too many messages a minute


def _size(line: str) -> int:
    return in_json(line, breaks=2)  # a paragraph of markdown ends with an empty line


class Options(SecretOptions):
    """The robot's address, and its signing key where 加签 is on; each in place or by file."""

    url: pydantic.SecretStr | None = None
    url_file: Path | None = None
    key: pydantic.SecretStr | None = None
    key_file: Path | None = None


class DingTalk:
    """Posts markdown to a robot."""

    def __init__(self, url: str, key: str) -> None:
        self._url = url
        self._key = key

    def send(self, notification: Notification) -> None:
        """Deliver the notification."""
        for part in pack([neutral(line) for line in notification.lines], LIMIT_BYTES, _size):
            text = f"#### {neutral(notification.heading)}\n" + part.replace("\n", "\n\n")
            title = shorten(notification.heading, _TITLE_BYTES)
            body = msgspec.json.encode({"msgtype": "markdown", "markdown": {"title": title, "text": text}})
            code = post("钉钉", self._signed(), content=body).get("errcode", 0)
            if code in _BUSY:
                raise TransientError(f"钉钉：频率受限（errcode {code}）", retry_after=60.0)
            if code:
                raise PermanentError(f"钉钉：拒收（errcode {code}），请核对机器人的加签、关键词与白名单设置")

    def _signed(self) -> str:
        if not self._key:
            return self._url
        timestamp = str(round(time.time() * 1000))
        digest = hmac.new(self._key.encode(), f"{timestamp}\n{self._key}".encode(), hashlib.sha256).digest()
        joint = "&" if "?" in self._url else "?"
        return f"{self._url}{joint}timestamp={timestamp}&sign={quote_plus(base64.b64encode(digest))}"


def open_sink(options: Options) -> DingTalk:
    """Return the sink."""
    unsigned = options.key is None and options.key_file is None
    key = "" if unsigned else secret(options.key, options.key_file, "key")
    return DingTalk(secret(options.url, options.url_file, "url"), key)
