"""How the configuration's brokers are reached, and what the topics and groups of this deployment are called there."""

import ssl
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pipeline.config import Kafka
from pipeline.errors import ConfigError
from pipeline.flow import Group, Topic


class Connection:
    """The brokers of one deployment.

    Raises:
        ConfigError: no broker is named, or a file of the configuration cannot be read.
    """

    def __init__(self, settings: Kafka) -> None:
        if not settings.brokers:
            raise ConfigError('没有配置 Kafka：请在 [kafka] 中写明 brokers，例如 brokers = ["127.0.0.1:9092"]')
        self.settings = settings
        self.brokers = list(settings.brokers)
        self.password = "" if settings.password_file is None else _read(settings.password_file, "kafka.password_file")
        self.tls = _tls(settings) if settings.tls else None

    def topic(self, topic: Topic) -> str:
        """Return the name of a topic on the brokers."""
        return f"{self.settings.prefix}{topic.value}"

    def group(self, group: Group) -> str:
        """Return the name of a group on the brokers."""
        return f"{self.settings.prefix}yuqing-{group.value}"

    def options(self) -> Mapping[str, Any]:
        """Return what every client of kafka-python is told."""
        given = self.settings
        options: dict[str, Any] = {
            "bootstrap_servers": self.brokers,
            "client_id": "yuqing",
            "bootstrap_timeout_ms": 10_000,  # whoever waits tries again, and can be stopped in between
            "reconnect_backoff_max_ms": 1000,  # without it a client finds a broker that came back late
            "security_protocol": f"{'SASL_' if given.sasl else ''}{'SSL' if given.tls else 'PLAINTEXT'}",
        }
        if self.tls is not None:
            options["ssl_context"] = self.tls
        if given.sasl:
            options |= {
                "sasl_mechanism": given.sasl,
                "sasl_plain_username": given.username,
                "sasl_plain_password": self.password,
            }
        return options


def _tls(settings: Kafka) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=settings.ca_file)
        if settings.cert_file is not None:
            context.load_cert_chain(settings.cert_file, settings.key_file)
    except (OSError, ssl.SSLError) as error:
        raise ConfigError(f"Kafka 的证书不可用：{error}。请检查 kafka.ca_file、cert_file 与 key_file") from error
    return context


def _read(path: Path, name: str) -> str:
    try:
        return path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"读不到 {name} 所指的文件 {path}：{error}") from error
