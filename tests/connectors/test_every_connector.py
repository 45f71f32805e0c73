"""Damage of every kind to a file of every format: never an exception, never a record without a fate."""

import random
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from connectors.connector import Connector, ConnectorError, Item, Quarantined, Reading, Refused
from connectors.mention import Mention
from tests.contracts.test_connectors import CONNECTORS, files_for

READING = Reading(collected_at=datetime(2026, 7, 2, 4, tzinfo=UTC), salt=b"salt")
ROUNDS = 2

Damage = Callable[[bytes, random.Random, list[bytes]], bytes]


def cut(data: bytes, chance: random.Random, _others: list[bytes]) -> bytes:
    return data[: chance.randrange(len(data) + 1)]


def torn_out(data: bytes, chance: random.Random, _others: list[bytes]) -> bytes:
    start = chance.randrange(len(data) + 1)
    return data[:start] + data[start + chance.randrange(200) :]


def flipped(data: bytes, chance: random.Random, _others: list[bytes]) -> bytes:
    damaged = bytearray(data)
    for _ in range(chance.randrange(1, 6)):
        damaged[chance.randrange(len(damaged))] = chance.randrange(256)
    return bytes(damaged)


def noise(data: bytes, chance: random.Random, _others: list[bytes]) -> bytes:
    at = chance.randrange(len(data) + 1)
    return data[:at] + chance.randbytes(chance.randrange(1, 300)) + data[at:]


def mixed(data: bytes, chance: random.Random, _others: list[bytes]) -> bytes:
    """Some lines in another encoding, as when a second tool appended."""
    lines = data.splitlines(keepends=True)
    other = chance.choice(("gb18030", "big5", "utf-16-le", "latin-1"))
    return b"".join(
        line.decode("utf-8", "replace").encode(other, "replace") if chance.random() < 0.3 else line for line in lines
    )


def shuffled(data: bytes, chance: random.Random, _others: list[bytes]) -> bytes:
    lines = data.splitlines(keepends=True)
    chance.shuffle(lines)
    return b"".join(lines)


def twice(data: bytes, _chance: random.Random, _others: list[bytes]) -> bytes:
    return data + data


def with_another(data: bytes, chance: random.Random, others: list[bytes]) -> bytes:
    """Some of another format in the middle."""
    at, other = chance.randrange(len(data) + 1), chance.choice(others)
    start = chance.randrange(len(other) + 1)
    return data[:at] + other[start : start + 1500] + data[at:]


DAMAGES: tuple[Damage, ...] = (cut, torn_out, flipped, noise, mixed, shuffled, twice, with_another)


def fates(connector: Connector, path: Path) -> list[Item]:
    try:
        items = list(connector.read(path, READING))
    except ConnectorError as error:
        assert str(error)  # noqa: PT017
        return []
    assert all(isinstance(item, Mention | Refused | Quarantined) for item in items)
    assert connector.count(path) == len(items)
    return items


@pytest.fixture(scope="module")
def others(tmp_path_factory: pytest.TempPathFactory) -> list[bytes]:
    return [files_for(name, tmp_path_factory.mktemp(name))[0].read_bytes() for name in sorted(CONNECTORS)]


@pytest.mark.parametrize("name", sorted(CONNECTORS))
def test_a_damaged_file_keeps_every_record_accounted_for(name: str, others: list[bytes], tmp_path: Path) -> None:
    chance = random.Random(name)
    sources = files_for(name, tmp_path)
    folder = tmp_path / "damaged"
    folder.mkdir()
    for number, damage in enumerate(DAMAGES * ROUNDS):
        source = chance.choice(sources)
        path = folder / source.name
        data = damage(source.read_bytes(), chance, others)
        path.write_bytes(data)
        try:
            fates(CONNECTORS[name], path)
        except Exception as error:
            raise AssertionError(f"{source.name}, {damage.__name__}, round {number}: {error!r}") from error
