"""Putting the embedded product together from its configuration."""

import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

from classifiers.classifier import Reader
from classifiers.models.quick import load
from pipeline.alerts.courier import Courier
from pipeline.alerts.sink import open_sink
from pipeline.canary.heartbeat import Heartbeat
from pipeline.canary.round import Rounds
from pipeline.clock import Clock
from pipeline.config import Settings
from pipeline.contexts import careful_of, clock_of, context_of
from pipeline.desk import Desk
from pipeline.errors import ConfigError
from pipeline.feeding import Feeder
from pipeline.retention import Trimmer
from pipeline.runtimes.base import Runtime
from pipeline.runtimes.embedded import Embedded
from pipeline.stores.folder import DataFolder, Places
from pipeline.watching.watching import Watching


@dataclass(frozen=True, slots=True)
class Service:
    """One data folder at work."""

    settings: Settings
    pipeline: Runtime
    desk: Desk
    feeder: Feeder
    watching: Watching


@contextmanager
def opened(
    settings: Settings, *, quick: Reader | None = None, careful: Reader | None = None, takes_requests: bool = False,
    now: Clock | None = None,
) -> Iterator[Service]:  # fmt: skip
    """Hold the data folder and everything over it until the block ends; nothing runs before ``pipeline.start``.

    ``quick`` (then ``careful`` too) and ``now`` take the place of the shipped readers and of the configuration's clock.

    Raises:
        ConfigError: the configuration names brokers: then it is not one process that does all.
        DataFolderBusyError: another process holds the folder.
        StoreError: a store cannot be opened.
    """

    def embedded(folder: DataFolder) -> Runtime:
        if settings.kafka.brokers:
            raise ConfigError("配置中写了 [kafka] brokers：请用 yuqing publish、worker 与 serve，单机运行则去掉这一节")
        second = careful if quick is not None else careful_of(settings)
        return Embedded(folder, context_of(settings, quick or load(), now, careful=second), settings.timezone)

    with holding(settings, embedded, takes_requests=takes_requests) as running:
        yield running


@contextmanager
def holding(settings: Settings, runtime: Callable[[DataFolder], Runtime], *, takes_requests: bool) -> Iterator[Service]:
    """Hold the data folder and what runs over it until the block ends.

    Raises:
        DataFolderBusyError: another process holds the folder.
        StoreError: a store cannot be opened.
    """
    folder = DataFolder(settings.data, takes_requests=takes_requests)
    try:
        pipeline = runtime(folder)
    except BaseException:
        folder.close()
        raise
    try:
        feeder = Feeder(pipeline, pseudonym_salt(settings), settings.timezone, settings.input.secret_marks)
        watching = Watching(settings.watch, settings.timezone, feeder, pipeline.main, folder.spool)
        pipeline.chores["trim"] = Trimmer(pipeline, settings.retention).step
        yield Service(settings, pipeline, Desk(pipeline, watching.warnings), feeder, watching)
    finally:
        pipeline.close()


def courier_of(settings: Settings, pipeline: Runtime) -> Courier:
    """Return what carries alerts to the channels of the configuration."""
    sinks = {name: open_sink(given.get_secret_value()) for name, given in settings.sinks.items()}
    base = settings.web.public_url or f"http://{settings.web.host}:{settings.web.port}"
    return Courier(
        pipeline.main,
        sinks,
        lambda issue: f"{base.rstrip('/')}/?issue={issue}",
        clock_of(settings),
        settings.alerts.timing(settings.timezone),
        [step.sinks or tuple(sinks) for step in settings.alerts.roster],
        Heartbeat(settings.data, settings.canary.sinks),
    )


def rounds_of(settings: Settings, pipeline: Runtime) -> Rounds | None:
    """Return the self-test of the configuration, None where it is switched off."""
    if not settings.canary.minutes:
        return None
    place = next(iter(settings.jurisdiction.ours), "")
    interval = timedelta(minutes=settings.canary.minutes)
    return Rounds(pipeline, place, settings.timezone, pseudonym_salt(settings), interval)


def pseudonym_salt(settings: Settings) -> bytes:
    """Return the salt of authors' pseudonyms: the configured file's, or one made once in the data folder.

    Raises:
        ConfigError: the configured file cannot be read.
    """
    path = settings.input.salt_file or Places(settings.data).salt
    try:
        if settings.input.salt_file is None and not path.exists():
            settings.data.mkdir(mode=0o700, parents=True, exist_ok=True)
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "wb") as file:
                file.write(secrets.token_bytes(32))
                file.flush()
                os.fsync(file.fileno())  # what is stored under it must not outlive it
        return path.read_bytes()
    except OSError as error:
        raise ConfigError(f"读不到盐值文件 {path}：{error.strerror}。请检查 input.salt_file 与权限") from error
