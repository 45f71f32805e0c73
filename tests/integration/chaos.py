"""Faults on real servers: what is offered is indexed or rejected once and alerts once, whatever is killed or cut.

``python -m tests.integration.chaos --mentions 50000 --kills 40`` is the long form (``make chaos``). Detect and index
are processes, the publisher and the ledger with its desk run here; the books are checked from outside, against an
embedded run of the same exports that nothing disturbed.
"""

import argparse
import json
import os
import random
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from pipeline import brokered, config, feeding, service
from pipeline.corpus.elastic import creation
from pipeline.corpus.elastic.cluster import Cluster
from pipeline.corpus.elastic.layout import PATTERN
from pipeline.flow import Group
from pipeline.service import Service
from pipeline.stores.issues import feed_after
from tests.integration import kill
from tests.integration.brokered import CLOCK, ROOT, Deployment, deployed
from tests.integration.proxy import Mood, Proxy
from tests.pipeline.keyword_reader import KeywordReader

SCRIPT = ROOT / "deploy/native/servers.py"
_PROBE = "probe"  # stands in the ids of what is pushed to see how soon it arrives
POINTS = ("detect.before_publish", "detect.after_publish")


class Servers(NamedTuple):
    """Where real servers answer, and the folder they run in."""

    kafka: str
    elasticsearch: str
    folder: Path


@dataclass
class Outcome:
    """What came of a run: kills, faults in words, and measurements."""

    kills: int = 0
    faults: list[str] = field(default_factory=list)
    figures: dict[str, float] = field(default_factory=dict)


@dataclass
class Known:
    """What a run left: the version of every indexed mention, who was decided on, and each alert's revisions."""

    versions: dict[str, int]
    decided: set[tuple[str, int]]
    alerts: Counter[tuple[str, int]]


def undisturbed(folder: Path, exports: list[Path]) -> Known:
    """Run the exports embedded, without any fault."""
    settings = config.load(data=folder, clock=CLOCK)
    with service.opened(settings, quick=KeywordReader()) as running:
        running.pipeline.start()
        for export in exports:
            assert not running.feeder.feed(export).problem
        running.feeder.finish()
        return known(running)


def known(running: Service) -> Known:
    """Read what a run left, from its stores alone."""
    db = running.pipeline.main.read
    decided = {
        (mention, version)
        for mention, version in db.execute(
            "SELECT json_extract(value, '$.flagged.mention.id'),"
            " coalesce(json_extract(value, '$.flagged.mention.revision'), 0) FROM log_ledger_0"
            " WHERE json_extract(value, '$.flagged') IS NOT NULL"
        )
    }
    alerts = Counter(
        (event.issue.id, event.alert.revision) for event in feed_after(db, 0, -1) if event.alert is not None
    )
    versions = {key: version for key, version in running.pipeline.corpus.versions().items() if _PROBE not in key}
    return Known(versions, decided, alerts)


def differences(expected: Known, found: Known) -> Iterator[str]:
    """Yield in words what is lost, strange, or there twice."""
    lost = {key for key, version in expected.versions.items() if found.versions.get(key) != version}
    if lost:
        yield f"lost from the index: {len(lost)}, for example {min(lost)}"
    strange = found.versions.keys() - expected.versions.keys()
    if strange:
        yield f"strangers in the index: {len(strange)}"
    if expected.decided - found.decided:
        yield f"lost by the ledger: {len(expected.decided - found.decided)}"
    twice = [alert for alert, times in found.alerts.items() if times > 1]
    if twice:
        yield f"alerted twice: {len(twice)}"
    gaps = {issue for issue, revision in found.alerts if revision > 1 and (issue, revision - 1) not in found.alerts}
    if gaps:
        yield f"revisions missing: {len(gaps)}"


def faults_for(kills: int, seed: int) -> list[str]:
    """Return the faults of a worker: half at named points, half at a random moment."""
    chance = random.Random(seed)
    return [
        f"{chance.choice(POINTS)}:{chance.randrange(1, 4)}" if number % 2 else f"{chance.uniform(0.5, 2.5):.2f}"
        for number in range(kills)
    ]


class Feeding:
    """Feeds exports in the background, slowly enough that every fault finds records in flight."""

    def __init__(self, running: Service, exports: list[Path], pause: float) -> None:
        self._running, self._exports, self._pause = running, exports, pause
        self._thread = threading.Thread(target=self._feed, daemon=True)
        self._thread.start()

    def _feed(self) -> None:
        for export in self._exports:
            self._running.feeder.feed(export, pause=self._pause)

    @property
    def going_on(self) -> bool:
        """Whether there is still something to feed."""
        return self._thread.is_alive()


def pieces(exports: list[Path], folder: Path, count: int) -> list[list[Path]]:
    """Part the exports, in their order, into files for each phase."""
    parts: list[list[Path]] = []
    lines = [(export.name, line) for export in exports for line in export.read_text(encoding="utf-8").splitlines()]
    size = -(-len(lines) // count)
    for number in range(count):
        part: dict[str, list[str]] = {}
        for name, line in lines[number * size : (number + 1) * size]:
            part.setdefault(name, []).append(line)
        parts.append([])
        for name, found in part.items():
            path = folder / f"{number}-{name}"
            path.write_text("\n".join(found) + "\n", encoding="utf-8")
            parts[-1].append(path)
    return parts


def broker(servers: Servers, command: str) -> None:
    """Start or stop the broker of a folder."""
    script = [sys.executable, str(SCRIPT), command, "--folder", str(servers.folder), "--only", "kafka"]
    done = subprocess.run(script, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def kill_broker(servers: Servers) -> None:
    """Kill the broker as a power failure would."""
    notes = json.loads((servers.folder / "servers.json").read_text(encoding="utf-8"))
    os.kill(notes["kafka"]["pid"], signal.SIGKILL)


def clean_index(url: str) -> None:
    """Begin with an empty index."""
    cluster = Cluster(url)
    for name in cluster.demand("GET", f"/{PATTERN}", params={"filter_path": "*.mappings.dynamic"}):
        cluster.demand("DELETE", f"/{name}")
    creation.create(cluster)
    cluster.close()


def run(servers: Servers, folder: Path, *, mentions: int, kills: int, down: float, seed: int = 1) -> Outcome:
    """Send exports through killed workers, a stopped and a killed broker, and an index that is away or busy."""
    outcome = Outcome()
    exports = folder / "exports"
    exports.mkdir()
    parts = pieces(kill.generate(exports, mentions), exports, 4)
    expected = undisturbed(folder / "undisturbed", [path for part in parts for path in part])
    clean_index(servers.elasticsearch)
    proxy = Proxy(servers.elasticsearch)
    feeding.BATCH = 32
    try:
        with deployed(servers, folder, partitions=4) as deployment:
            deployment.given["elasticsearch"] = {"url": proxy.url, "timeout_seconds": 5}
            deployment.start(Group.DETECT, "detect-1", *faults_for(kills, seed))
            deployment.start(Group.INDEX, "index-1")
            with brokered.opened(deployment.settings("desk"), leads=True, quick=KeywordReader()) as running:
                running.pipeline.start()
                _disturb(servers, deployment, running, proxy, parts, kills, down, outcome)
                found = known(running)
                balance = running.pipeline.balance()
                if not balance.holds:
                    outcome.faults.append(f"balance: {balance}")
                outcome.faults += differences(expected, found)
                outcome.faults += _planted(running, expected, servers)
    finally:
        proxy.close()
    return outcome


def _disturb(
    servers: Servers,
    deployment: Deployment,
    running: Service,
    proxy: Proxy,
    parts: list[list[Path]],
    kills: int,
    down: float,
    outcome: Outcome,
) -> None:
    log = deployment.folder / "detect-1.log"

    def deaths() -> int:
        return log.read_text(encoding="utf-8").count("life ended: -9")

    going = Feeding(running, parts[0], pause=0.4)
    deployment.until(lambda: deaths() >= kills, 30 * kills + 60)
    outcome.kills = deaths()
    deployment.until(lambda: not going.going_on, 300)
    running.pipeline.settle()

    second = deployment.start(Group.DETECT, "detect-2")  # the group is parted anew while the broker comes and goes
    going = Feeding(running, parts[1], pause=0.4)
    time.sleep(1)
    broker(servers, "stop")
    time.sleep(down)
    broker(servers, "start")
    deployment.until(lambda: not going.going_on, 300)
    going = Feeding(running, parts[2], pause=0.4)
    time.sleep(1)
    kill_broker(servers)
    broker(servers, "start")
    second.send_signal(signal.SIGTERM)
    deployment.until(lambda: not going.going_on, 300)
    running.pipeline.drain()

    before = _to_the_ledger(running, "with")
    proxy.turn(Mood.REFUSE)
    Feeding(running, parts[3], pause=0.0)
    outcome.figures["to the ledger, index here"] = before
    outcome.figures["to the ledger, index away"] = _to_the_ledger(running, "without")
    deployment.until(lambda: running.pipeline.index_behind() > 0, 60)
    proxy.turn(Mood.BUSY)
    time.sleep(3)
    proxy.turn(Mood.PASS)
    running.pipeline.drain()


def _to_the_ledger(running: Service, name: str) -> float:
    """Return the median time in seconds from a push to its place in the ledger."""
    taken: list[float] = []
    for number in range(10):
        path = running.pipeline.folder.path / f"{name}-{number}.jsonl"
        line = {"id": f"{_PROBE}:{name}-{number}", "channel": "weibo", "text": f"{name}{number}号路塌方"}
        path.write_text(json.dumps(line | {"published_at": "2026-06-16T11:00:00+08:00"}), encoding="utf-8")
        started = time.monotonic()
        running.feeder.feed(path, format_name="mentions")
        query = "SELECT 1 FROM members WHERE mention_id=?"
        while not running.pipeline.main.read.execute(query, (line["id"],)).fetchone():
            time.sleep(0.002)
        taken.append(time.monotonic() - started)
    return statistics.median(taken)


def _planted(running: Service, expected: Known, servers: Servers) -> Iterator[str]:
    """Plant a loss and a double, and yield in words which of them the checks did not find."""
    cluster = Cluster(servers.elasticsearch)
    gone = min(expected.versions)
    question = {"query": {"ids": {"values": [gone]}}}
    for hit in cluster.demand("POST", f"/{PATTERN}/_search", question)["hits"]["hits"]:
        cluster.demand("DELETE", f"/{hit['_index']}/_doc/{gone}", params={"refresh": "true"})
    cluster.close()
    if running.pipeline.balance().holds:
        yield "a planted loss was not found by the balance"
    if not any(line.startswith("lost from the index") for line in differences(expected, known(running))):
        yield "a planted loss was not found from outside"
    with running.pipeline.main.write("planted") as db:
        db.execute(
            "INSERT INTO feed (at, kind, issue_id, body) SELECT at, kind, issue_id, body FROM feed"
            " WHERE kind='alert' LIMIT 1"
        )
    if not any("两遍" in fault for fault in running.pipeline.balance().faults):
        yield "a planted double was not found by the balance"
    if not any(line.startswith("alerted twice") for line in differences(expected, known(running))):
        yield "a planted double was not found from outside"


def main() -> None:
    """Run the long form on servers of its own and say what came of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mentions", type=int, default=50_000)
    parser.add_argument("--kills", type=int, default=40)
    parser.add_argument("--down", type=float, default=60.0)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "servers"
        script = [sys.executable, str(SCRIPT)]
        ports = ["--kafka-port", "0", "--elasticsearch-port", "0"]
        subprocess.run([*script, "start", "--folder", str(folder), *ports], check=True)
        try:
            notes: dict[str, Any] = json.loads((folder / "servers.json").read_text(encoding="utf-8"))
            servers = Servers(notes["kafka"]["address"], notes["elasticsearch"]["address"], folder)
            started = time.monotonic()
            outcome = run(
                servers, Path(name), mentions=given.mentions, kills=given.kills, down=given.down, seed=given.seed
            )
        finally:
            subprocess.run([*script, "stop", "--folder", str(folder)], check=True)
    seconds = round(time.monotonic() - started, 1)
    print(json.dumps({"kills": outcome.kills, "seconds": seconds, "faults": outcome.faults, **outcome.figures}))
    sys.exit(1 if outcome.faults or outcome.kills < given.kills else 0)


if __name__ == "__main__":
    main()
