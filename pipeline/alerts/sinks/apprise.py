"""Everything else, by the library Apprise: one address a line in a file (its own syntax)."""

from pathlib import Path

import pydantic

from pipeline.alerts.notification import Notification
from pipeline.alerts.packing import pack
from pipeline.alerts.sink import SecretOptions, secret
from pipeline.errors import ConfigError, TransientError

LIMIT_BYTES = 1800  # the smallest limit among the common channels


class Options(SecretOptions):
    """Apprise addresses, one a line, in place or by file."""

    urls: pydantic.SecretStr | None = None
    urls_file: Path | None = None


class Apprise:
    """Hands the notification to Apprise, which answers with yes or no only: a no is tried again."""

    def __init__(self, urls: list[str]) -> None:
        import apprise  # noqa: PLC0415 - loads a hundred channels

        self._apprise = apprise.Apprise()
        if not urls or not all(self._apprise.add(url) for url in urls):
            raise ConfigError("apprise：urls 里有 Apprise 不认识的地址，每行一个，写法见其文档")

    def send(self, notification: Notification) -> None:
        """Deliver the notification."""
        for part in pack(notification.lines, LIMIT_BYTES):
            if not self._apprise.notify(title=notification.heading, body=part):
                raise TransientError("apprise：未能送达")


def open_sink(options: Options) -> Apprise:
    """Return the sink."""
    lines = secret(options.urls, options.urls_file, "urls").splitlines()
    return Apprise([line.strip() for line in lines if line.strip()])
