"""How fast the indexer drains a backlog into a real Elasticsearch, and how fast it passes over a replay.

``python -m tests.bench.indexing http://127.0.0.1:PORT`` on a server that holds no index of ours; it leaves none.
"""

import sys
import threading
import time

from pipeline.bench._rounds import Options
from pipeline.bench.indexing import records_of
from pipeline.corpus.elastic import creation, layout
from pipeline.corpus.elastic.cluster import Cluster
from pipeline.corpus.elastic.indexer import Indexer

BATCH = 512


def main(address: str) -> int:
    cluster = Cluster(address)
    if cluster.demand("GET", f"/{layout.PATTERN}", params={"filter_path": "*.aliases"}):
        print(f"{address} 上已有索引，不在其上测速")
        return 2
    creation.create(cluster)
    records = records_of(Options())
    indexer = Indexer(cluster, threading.Event())
    for name in ("写入", "重放"):
        started, worked = time.perf_counter(), time.process_time()
        for start in range(0, len(records), BATCH):
            indexer.index(records[start : start + BATCH])
        seconds, work = time.perf_counter() - started, time.process_time() - worked
        speed, each = len(records) / seconds, work / len(records) * 1e6
        print(f"{name} {len(records)} 条：{speed:,.0f} 条/秒，本进程 {each:.1f} 微秒/条")
    for index in cluster.demand("GET", f"/{layout.PATTERN}", params={"filter_path": "*.aliases"}):
        cluster.demand("DELETE", f"/{index}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
