"""Putting a worker together from the configuration."""

import asyncio
import fcntl
import os
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from classifiers.classifier import Reader
from pipeline.broker.connection import Connection
from pipeline.broker.publisher import Publisher
from pipeline.config import Settings
from pipeline.contexts import context_of
from pipeline.errors import ConfigError, DataFolderBusyError
from pipeline.flow import Group
from pipeline.runtimes.deaths import Deaths
from pipeline.runtimes.engine import Engine, Index, Stages
from pipeline.runtimes.rereading import Careful
from pipeline.runtimes.worker import Worker
from pipeline.stores.folder import Places
from pipeline.stores.kept import KeptStore
from pipeline.stores.queue import Queue

if TYPE_CHECKING:
    from pipeline.corpus.elastic.indexer import Indexer

_NAME = re.compile(r"[A-Za-z0-9._-]{1,60}")


def run(settings: Settings, group: Group, name: str = "", reader: Reader | None = None) -> None:
    """Work for a group until asked to stop; ``reader`` takes the place of the group's shipped one.

    Raises:
        ConfigError: the configuration names no brokers, the name will not do, or the group's reader is missing.
        DataFolderBusyError: another worker of this machine has the name.
    """
    name = name or f"{group.value}-1"
    if not _NAME.fullmatch(name):
        raise ConfigError(f"进程名 {name!r} 不可用：只能用字母、数字、点、横线与下划线，至多 60 个")
    folder = settings.data / "workers"
    with _claimed(folder, name):
        stopping = threading.Event()
        connection = Connection(settings.kafka)
        rejected, publisher = KeptStore(Places(settings.data).rejected), Publisher(connection)
        # Readers and the client of Elasticsearch are heavy: each is loaded by its own group alone.
        if group is Group.DETECT:
            contexts = context_of(settings, reader or _quick())
            engine: Engine = Stages(group, contexts, publisher, rejected, stopping, Deaths(folder, name))
        elif group is Group.CAREFUL:
            contexts = context_of(settings, careful=reader or _careful())
            engine = Careful(contexts, publisher, rejected, stopping, Queue(folder / f"{name}.db"))
        else:
            engine = Index(context_of(settings), publisher, rejected, stopping, _indexer(settings, stopping))
        asyncio.run(Worker(connection, engine, name, folder, stopping).run())


def _quick() -> Reader:
    from classifiers.models.quick import load  # noqa: PLC0415

    return load()


def _careful() -> Reader:
    from classifiers.blend import BlendError  # noqa: PLC0415
    from classifiers.encoder import EncoderError  # noqa: PLC0415
    from classifiers.models import careful  # noqa: PLC0415

    try:
        return careful.load()
    except (EncoderError, BlendError) as error:
        raise ConfigError(f"细读模型不可用：{error}") from error


def _indexer(settings: Settings, stopping: threading.Event) -> "Indexer":
    from pipeline.corpus.opening import indexer_of  # noqa: PLC0415

    return indexer_of(settings, stopping)


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
