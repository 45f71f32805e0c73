"""All connectors there are, and which of them a file is for; a new one is a new module, nothing to register."""

import importlib
import pkgutil
from functools import cache
from pathlib import Path

import msgspec

import connectors.sources
from connectors.connector import Connector, ConnectorError
from connectors.mention import Channel

HEAD = 65_536
"""Bytes of a file that a connector recognises it by."""

SURE_ENOUGH = 0.3


@cache
def all_connectors() -> dict[str, Connector]:
    """Return every connector by its name, in order of names."""
    found: dict[str, Connector] = {}
    for module in sorted(pkgutil.iter_modules(connectors.sources.__path__), key=lambda info: info.name):
        connector = getattr(importlib.import_module(f"connectors.sources.{module.name}"), "CONNECTOR", None)
        if connector is not None:
            found[module.name] = connector
    return found


def named(name: str) -> Connector:
    """Return the connector of a name.

    Raises:
        ConnectorError: there is none.
    """
    try:
        return all_connectors()[name]
    except KeyError:
        raise ConnectorError(f"没有名为 {name} 的格式：可用的有 {'、'.join(all_connectors())}") from None


class Card(msgspec.Struct, frozen=True):
    """A format as people look for it; ``example`` holds the first lines of such a file."""

    name: str
    title: str
    channel: Channel
    known_by: str
    example: str


def card(connector: Connector) -> Card:
    """Return what a connector says of itself."""
    return Card(connector.name, connector.title, connector.channel, connector.known_by, connector.example)


def recognise(path: Path) -> Connector:
    """Return the connector that is surest of a file.

    Raises:
        ConnectorError: the file cannot be opened, is empty, or no connector knows it.
    """
    try:
        with path.open("rb") as file:
            head = file.read(HEAD)
    except OSError as error:
        raise ConnectorError(f"{path.name} 打不开：{error.strerror}。请检查路径与权限") from error
    if not head:
        raise ConnectorError(f"{path.name} 是空文件：请核对导出是否完成")
    sureness = {name: connector.recognise(path, head) for name, connector in all_connectors().items()}
    best = max(sureness, key=lambda name: sureness[name])
    if sureness[best] < SURE_ENOUGH:
        raise ConnectorError(f"认不出 {path.name} 的格式：请用 --format 指明，可用的有 {'、'.join(sureness)}")
    return all_connectors()[best]
