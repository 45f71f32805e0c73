"""A signed JSON post to any address.

``X-Yuqing-Signature`` is ``sha256=`` and the HMAC of ``timestamp.body``; ``Idempotency-Key`` is the notification's key,
so that a receiver can drop what a crash between sending and marking sent twice.
"""

import hashlib
import hmac
import time
from pathlib import Path

import msgspec
import pydantic

from pipeline.alerts.notification import Notification
from pipeline.alerts.sink import SecretOptions, secret
from pipeline.alerts.sinks._http import post


class Options(SecretOptions):
    """Where to post and with which key to sign; each in place or by file."""

    url: pydantic.SecretStr | None = None
    url_file: Path | None = None
    key: pydantic.SecretStr | None = None
    key_file: Path | None = None


class Webhook:
    """Posts the notification's fields as one JSON object."""

    def __init__(self, url: str, key: str) -> None:
        self._url = url
        self._key = key.encode()

    def send(self, notification: Notification) -> None:
        """Deliver the notification."""
        body = msgspec.json.encode(notification)
        timestamp = str(int(time.time()))
        signature = hmac.new(self._key, f"{timestamp}.".encode() + body, hashlib.sha256).hexdigest()
        headers = {
            "Idempotency-Key": notification.key,
            "X-Yuqing-Timestamp": timestamp,
            "X-Yuqing-Signature": f"sha256={signature}",
        }
        post("webhook", self._url, content=body, headers=headers)


def open_sink(options: Options) -> Webhook:
    """Return the sink."""
    return Webhook(secret(options.url, options.url_file, "url"), secret(options.key, options.key_file, "key"))
