"""A real Elasticsearch as the tests of the corpus want it."""

from pipeline.corpus.elastic import creation, layout
from pipeline.corpus.elastic.cluster import Cluster


def fresh(address: str) -> Cluster:
    """Return a connection to the server after all of ours was taken off it and made anew, empty."""
    cluster = Cluster(address)
    for name in cluster.demand("GET", f"/{layout.PATTERN}", params={"filter_path": "*.aliases"}):
        cluster.demand("DELETE", f"/{name}")
    cluster.ask("DELETE", f"/_index_template/{layout.ALIAS}")
    creation.create(cluster)
    return cluster
