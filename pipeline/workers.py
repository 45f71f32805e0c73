"""Putting a worker together from the configuration."""

import asyncio
import fcntl
import os
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from classifiers.classifier import Reader
from pipeline.broker.connection import Connection
from pipeline.broker.publisher import Publisher
from pipeline.config import Settings
from pipeline.contexts import context_of
from pipeline.errors import ConfigError, DataFolderBusyError
from pipeline.flow import Group
from pipeline.runtimes.engine import Engine, Index, Stages
from pipeline.runtimes.worker import Worker
from pipeline.stores.folder import Places
from pipeline.stores.kept import KeptStore

_NAME = re.compile(r"[A-Za-z0-9._-]{1,60}")


def run(settings: Settings, group: Group, name: str = "", quick: Reader | None = None) -> None:
    """Work for a group until asked to stop; ``quick`` takes the place of the shipped reader.

    Raises:
        ConfigError: the configuration names no brokers, or the name will not do.
        DataFolderBusyError: another worker of this machine has the name.
    """
    name = name or f"{group.value}-1"
    if not _NAME.fullmatch(name):
        raise ConfigError(f"进程名 {name!r} 不可用：只能用字母、数字、点、横线与下划线，至多 60 个")
    with _claimed(settings.data / "workers", name):
        stopping = threading.Event()
        connection = Connection(settings.kafka)
        engine = engine_of(settings, group, connection, stopping, quick)
        worker = Worker(connection, engine, name, settings.data / "workers", stopping)
        asyncio.run(worker.run())


def engine_of(
    settings: Settings, group: Group, connection: Connection, stopping: threading.Event, quick: Reader | None = None
) -> Engine:
    """Return what a group does with a batch."""
    rejected = KeptStore(Places(settings.data).rejected)
    publisher = Publisher(connection)
    if group is Group.INDEX:
        from pipeline.corpus.opening import indexer_of  # noqa: PLC0415 (its client is heavy, and no other group's)

        indexer = indexer_of(settings, stopping)
        return Index(context_of(settings, None), publisher, rejected, stopping, indexer)
    if quick is None:
        from classifiers.models.quick import load  # noqa: PLC0415 (so is the reader)

        quick = load()
    return Stages(group, context_of(settings, quick), publisher, rejected, stopping)


@contextmanager
def _claimed(folder: Path, name: str) -> Iterator[None]:
    """Hold a name on this machine: two members of one name would put each other out of the group."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle = os.open(folder / f"{name}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        os.close(handle)
        raise DataFolderBusyError(f"已有名为 {name} 的处理进程：请用 --name 另取一名") from error
    try:
        yield
    finally:
        os.close(handle)
