"""Putting the embedded product together from its configuration."""

import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

from classifiers.classifier import Reader
from classifiers.models.quick import load
from pipeline import clock
from pipeline.alerts.courier import Courier
from pipeline.alerts.sink import open_sink
from pipeline.broker.connection import Connection
from pipeline.clock import Clock
from pipeline.config import Settings
from pipeline.corpus.embedded import EmbeddedCorpus
from pipeline.desk import Desk
from pipeline.errors import ConfigError
from pipeline.feeding import Feeder
from pipeline.routing.case import Unit
from pipeline.runtimes.base import Runtime
from pipeline.runtimes.brokered import Brokered
from pipeline.runtimes.embedded import Embedded
from pipeline.steps.context import AlertRules, Context, Jurisdiction
from pipeline.stores import view
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
    settings: Settings, *, quick: Reader | None = None, takes_requests: bool = False, now: Clock | None = None
) -> Iterator[Service]:
    """Hold the data folder and everything over it until the block ends; nothing runs before ``pipeline.start``.

    ``quick`` and ``now`` take the place of the shipped reader and of the configuration's clock.

    Raises:
        DataFolderBusyError: another process holds the folder.
        StoreError: a store cannot be opened.
    """

    def embedded(folder: DataFolder) -> Runtime:
        return Embedded(folder, context_of(settings, quick or load(), now), settings.timezone)

    with _holding(settings, embedded, takes_requests=takes_requests) as running:
        yield running


@contextmanager
def brokered(
    settings: Settings, *, leads: bool, quick: Reader | None = None, takes_requests: bool = False,
    now: Clock | None = None,
) -> Iterator[Service]:  # fmt: skip
    """Hold a data folder between brokers: a publisher's inlet or, with ``leads``, the ledger group with its desk.

    Raises:
        ConfigError: the configuration names no brokers, or for the desk no Elasticsearch.
        DataFolderBusyError: another process holds the folder.
        StoreError: a store cannot be opened.
    """
    connection = Connection(settings.kafka)
    if leads and not settings.elasticsearch.url:
        raise ConfigError("没有配置 Elasticsearch：请在配置文件 [elasticsearch] 一节写明 url")

    def between(folder: DataFolder) -> Runtime:
        stores = view.writable(folder, EmbeddedCorpus(folder.corpus))
        contexts = context_of(settings, quick or load(), now)
        return Brokered(folder, contexts, settings.timezone, stores, connection, leads=leads)

    with _holding(settings, between, takes_requests=takes_requests) as running:
        yield running


@contextmanager
def _holding(
    settings: Settings, runtime: Callable[[DataFolder], Runtime], *, takes_requests: bool
) -> Iterator[Service]:
    folder = DataFolder(settings.data, takes_requests=takes_requests)
    try:
        pipeline = runtime(folder)
    except BaseException:
        folder.close()
        raise
    try:
        feeder = Feeder(pipeline, pseudonym_salt(settings), settings.timezone, settings.input.secret_marks)
        watching = Watching(settings.watch, settings.timezone, feeder, pipeline.main, folder.spool)
        yield Service(settings, pipeline, Desk(pipeline, watching.warnings), feeder, watching)
    finally:
        pipeline.close()


def courier_of(settings: Settings, pipeline: Runtime) -> Courier:
    """Return what carries alerts to the channels of the configuration."""
    sinks = {name: open_sink(given.get_secret_value()) for name, given in settings.sinks.items()}
    base = settings.web.public_url or f"http://{settings.web.host}:{settings.web.port}"
    return Courier(pipeline.main, sinks, lambda issue: f"{base.rstrip('/')}/?issue={issue}", clock_of(settings))


def clock_of(settings: Settings) -> Clock:
    """Return the clock of the configuration."""
    start = settings.clock.start
    if start is None:
        return clock.real
    return clock.standing_at(start) if settings.clock.standing else clock.started_at(start)


class _Contexts:
    """Makes each batch's context: everything but the time stays the same."""

    def __init__(self, settings: Settings, quick: Reader, now: Clock) -> None:
        alerts, places = settings.alerts, settings.jurisdiction
        self._now = now
        self._quick = quick
        self._rules = AlertRules(
            floor=alerts.floor,
            max_age=timedelta(hours=alerts.max_age_hours),
            growth=alerts.growth,
            growth_window=timedelta(minutes=alerts.growth_minutes),
        )
        self._jurisdiction = Jurisdiction(
            ours=places.ours,
            superior=places.superior,
            elsewhere=places.elsewhere,
            government=places.government,
            superior_government=places.superior_government,
            regions=places.regions,
            units=tuple(Unit(unit.name, unit.head, unit.deputy, unit.section) for unit in places.units),
            profile=places.profile,
        )

    def __call__(self) -> Context:
        return Context(now=self._now(), quick=self._quick, rules=self._rules, jurisdiction=self._jurisdiction)


def context_of(settings: Settings, quick: Reader, now: Clock | None = None) -> _Contexts:
    """Return the maker of contexts for a configuration."""
    return _Contexts(settings, quick, now or clock_of(settings))


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
        return path.read_bytes()
    except OSError as error:
        raise ConfigError(f"读不到盐值文件 {path}：{error.strerror}。请检查 input.salt_file 与权限") from error
