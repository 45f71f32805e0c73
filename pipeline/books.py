"""The balance of a data folder, wherever its stages run: in the folder itself, or between brokers."""

from pipeline.audit import Balance, audit
from pipeline.config import Settings
from pipeline.stores import view


def balance_of(settings: Settings) -> Balance:
    """Recompute the balance of a folder, whether or not a process holds it.

    Raises:
        StoreError: there is nothing in it yet.
        TransientError: brokers or Elasticsearch do not answer.
    """
    if not settings.kafka.brokers:
        with view.opened(settings.data) as stores:
            return audit(stores)
    from pipeline.broker.books import elsewhere  # noqa: PLC0415 (a folder on its own needs no client of brokers)
    from pipeline.broker.connection import Connection  # noqa: PLC0415
    from pipeline.corpus.elastic.corpus import ElasticCorpus  # noqa: PLC0415
    from pipeline.corpus.opening import cluster_of  # noqa: PLC0415

    corpus = ElasticCorpus(cluster_of(settings))
    with view.opened(settings.data, corpus) as stores:
        found = elsewhere(Connection(settings.kafka), stores.main)
        corpus.refresh()
        return audit(stores, found)
