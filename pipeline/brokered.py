"""Putting the parts of the product that stand between brokers together from their configuration."""

from collections.abc import Iterator
from contextlib import contextmanager

from classifiers.classifier import Reader
from classifiers.models.quick import load
from pipeline.broker.connection import Connection
from pipeline.clock import Clock
from pipeline.config import Settings
from pipeline.contexts import context_of
from pipeline.corpus.elastic.corpus import ElasticCorpus
from pipeline.corpus.embedded import EmbeddedCorpus
from pipeline.corpus.opening import cluster_of
from pipeline.corpus.query import Corpus
from pipeline.errors import ConfigError
from pipeline.runtimes.base import Runtime
from pipeline.runtimes.brokered import Brokered
from pipeline.service import Service, holding
from pipeline.stores import view
from pipeline.stores.folder import DataFolder


@contextmanager
def opened(
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
        away = bool(settings.elasticsearch.url)  # a publisher needs no corpus, but to keep its books
        corpus: Corpus = ElasticCorpus(cluster_of(settings)) if away else EmbeddedCorpus(folder.corpus)
        stores = view.writable(folder, corpus)
        reader = quick or load() if leads else None  # a publisher judges nothing
        contexts = context_of(settings, reader, now)
        return Brokered(folder, contexts, settings.timezone, stores, connection, leads=leads)

    with holding(settings, between, takes_requests=takes_requests) as running:
        yield running
