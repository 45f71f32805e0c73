"""Which store the configuration names: a file in the data folder, or Elasticsearch."""

import threading

from pipeline.config import Settings
from pipeline.corpus.elastic.cluster import Cluster
from pipeline.corpus.elastic.corpus import ElasticCorpus
from pipeline.corpus.elastic.indexer import Indexer
from pipeline.corpus.embedded import EmbeddedCorpus
from pipeline.corpus.query import Corpus
from pipeline.errors import ConfigError
from pipeline.stores.folder import Places


def searchable(settings: Settings) -> Corpus:
    """Return the corpus to search: on Elasticsearch where the configuration names one, else in the data folder.

    Raises:
        ConfigError: the key or the certificate cannot be read.
        StoreError: the data folder holds no corpus yet.
    """
    if settings.elasticsearch.url:
        return ElasticCorpus(cluster_of(settings))
    return EmbeddedCorpus(Places(settings.data).corpus, read_only=True)


def cluster_of(settings: Settings) -> Cluster:
    """Return the connection that the configuration names.

    Raises:
        ConfigError: it names none, or a file of it cannot be read.
    """
    given = settings.elasticsearch
    if not given.url:
        raise ConfigError("没有配置 Elasticsearch：请在配置文件 [elasticsearch] 一节写明 url")
    return Cluster(given.url, api_key_file=given.api_key_file, ca_file=given.ca_file, timeout=given.timeout_seconds)


def indexer_of(settings: Settings, stopping: threading.Event) -> Indexer:
    """Return the sink of the index group; it waits out any outage until ``stopping`` is set.

    Raises:
        ConfigError: the configuration names no Elasticsearch.
    """
    return Indexer(cluster_of(settings), stopping)
