"""The contract of a channel of delivery, and the folder of them."""

import importlib
import pkgutil
from pathlib import Path
from typing import Protocol

import pydantic

import pipeline.alerts.sinks
from pipeline.alerts.notification import Notification
from pipeline.errors import ConfigError


class Sink(Protocol):
    """Sends one notification to one place.

    A module ``pipeline/alerts/sinks/<name>.py`` holds ``Options`` (its settings) and ``open_sink(options)``; the file
    name is the word ``type`` in the configuration. ``send`` returns when the other side took the message and raises
    ``TransientError`` (time-outs, 5xx, rate limits with ``retry_after``) or ``PermanentError`` (everything that would
    fail again); no error text holds a secret, not even a URL.
    """

    def send(self, notification: Notification) -> None:
        """Deliver the notification."""


class SecretOptions(pydantic.BaseModel):
    """Settings that refuse unknown words."""

    model_config = pydantic.ConfigDict(extra="forbid", hide_input_in_errors=True)


def secret(value: pydantic.SecretStr | None, file: Path | None, name: str) -> str:
    """Return a secret given in place or by file.

    Raises:
        ConfigError: both or neither was given, or the file cannot be read.
    """
    if (value is None) == (file is None):
        raise ConfigError(f"{name} 与 {name}_file 必须且只能设置其中一个")
    if value is not None:
        return value.get_secret_value()
    try:
        return Path(str(file)).read_text(encoding="utf-8").strip()
    except OSError as error:
        raise ConfigError(f"{name}_file 指向的文件读不了：{error.strerror}") from error


def sink_names() -> list[str]:
    """Return the words that ``type`` may be."""
    modules = pkgutil.iter_modules(pipeline.alerts.sinks.__path__)
    return sorted(module.name for module in modules if not module.name.startswith("_"))


def open_sink(settings: dict[str, object]) -> Sink:
    """Return the sink that the settings describe; ``type`` names it.

    Raises:
        ConfigError: in words, every fault at once.
    """
    kind = settings.get("type")
    if kind not in sink_names():
        raise ConfigError(f"告警渠道 type = {kind!r} 不存在，可用：{'、'.join(sink_names())}")
    module = importlib.import_module(f"pipeline.alerts.sinks.{kind}")
    try:
        options = module.Options(**{name: value for name, value in settings.items() if name != "type"})
    except pydantic.ValidationError as error:
        faults = "；".join(f"{'.'.join(map(str, fault['loc']))}：{fault['msg']}" for fault in error.errors())
        raise ConfigError(f"告警渠道 {kind} 设置有误：{faults}") from None
    sink: Sink = module.open_sink(options)
    return sink
