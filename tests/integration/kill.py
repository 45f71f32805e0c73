"""The kill harness: a pipeline killed again and again must end where an undisturbed one ends.

``python -m tests.integration.kill --mentions 50000 --kills 60`` is the long form. Half of the kills come at a random
moment with records in flight, half at named points between a write and its commit or just after it.
"""

import argparse
import itertools
import json
import os
import random
import signal
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pipeline import config, feeding, service
from pipeline.audit import audit
from pipeline.flow import Topic
from pipeline.stores import fault, log
from pipeline.stores.view import opened as opened_view
from tests.pipeline.keyword_reader import WORDS, KeywordReader

CLOCK = {"start": "2026-06-16T12:00:00+08:00", "standing": True}
_COMMITS = [
    f"{name}.{moment}"
    for name in ("intake", "detect", "ledger", "index")
    for moment in ("before_commit", "after_commit")
]
POINTS = (*_COMMITS, "index.after_put", "kept.after_commit", "reading.before_commit")

# Tables that tell how the work was cut into batches and not what came of it.
_UNCOMPARED = {"offsets", "sqlite_sequence"}


def generate(path: Path, count: int, seed: int = 7) -> None:
    """Write mentions with copies, edits, higher counts, replies, bad rows and repeats among them."""
    chance = random.Random(seed)
    places = ["白鹭镇", "石桥镇", "南塘街道", "望泽区", "青石县"]
    matters = ["路口", "小区", "学校", "市场", "工地", "医院"]
    with path.open("w", encoding="utf-8") as file:
        for number in range(count):
            text = f"{chance.choice(places)}{chance.choice(matters)}第{number}号情况，居民反映已有多日，希望尽快答复"
            if chance.random() < 0.3:
                text = f"{chance.choice(places)}{chance.choice(list(WORDS))}，{text}"
            line: dict[str, Any] = {
                "id": f"weibo:{number}",
                "channel": chance.choice(["weibo", "forum", "hotline"]),
                "text": text,
                "published_at": f"2026-06-16T{chance.randrange(8, 12):02}:{chance.randrange(60):02}:00+08:00",
                "engagement": {"likes": chance.randrange(50)},
            }
            kind = chance.random()
            if kind < 0.05 and number:
                line["root_id"] = f"weibo:{chance.randrange(number)}"
            elif kind < 0.10 and number:
                line["id"], line["engagement"] = f"weibo:{chance.randrange(number)}", {"likes": 500 + number}
            elif kind < 0.12:
                line["published_at"] = "某日"
            file.write(json.dumps(line, ensure_ascii=False) + "\n")


@dataclass
class Plan:
    """What is done to one run; ``sabotage`` is called in each child before it works."""

    kills: int = 0
    seed: int = 1
    seconds_a_life: float = 0.25
    pause: float = 0.0  # after each batch, so that kills find records in flight
    sabotage: Callable[[], None] = lambda: None


@dataclass
class Result:
    """What a run came to."""

    kills: int = 0
    named: int = 0
    faults: list[str] = field(default_factory=list)
    state: dict[str, list[Any]] = field(default_factory=dict)


def work(data: Path, source: Path, pause: float) -> None:
    """Ingest one file to its end, as a child of the harness."""
    feeding.BATCH = 64
    settings = config.load(data=data, clock=CLOCK)
    with service.opened(settings, quick=KeywordReader()) as running:
        running.pipeline.start()
        report = running.feeder.feed(source, pause=pause)
        running.feeder.finish()
        assert not report.problem, report.problem


def run(data: Path, source: Path, plan: Plan) -> Result:
    """Run the pipeline over a file, killing it as planned, until a life comes to the end by itself."""
    chance = random.Random(plan.seed)
    result = Result()
    while True:
        at_point = result.kills % 2 == 0
        kill = result.kills < plan.kills
        child = os.fork()
        if child == 0:
            _child(data, source, plan, f"{chance.choice(POINTS)}:{chance.randrange(1, 6)}" if kill and at_point else "")
        chance.random()  # the parent's stream must not repeat the child's choice
        chance.seed(f"{plan.seed}:{result.kills}:{chance.random()}")
        code = _wait(child, chance.uniform(0.05, 2 * plan.seconds_a_life) if kill else None)
        if code == -signal.SIGKILL:
            result.kills += 1
            result.named += at_point
        elif code == 0:
            break
        else:
            result.faults.append(f"child ended with {code}")
            return result
    result.state = state_of(data)
    with opened_view(data) as view:
        balance = audit(view)
        if not balance.holds:
            result.faults.append(f"balance: {balance}")
    return result


def _child(data: Path, source: Path, plan: Plan, point: str) -> None:
    try:
        if point:
            name, _, count = point.rpartition(":")
            fault.arm(name, int(count))
        plan.sabotage()
        work(data, source, plan.pause)
    except BaseException as error:  # noqa: BLE001 (the child of a fork must end here)
        sys.stderr.write(f"{type(error).__name__}: {error}\n")
        os._exit(70)
    os._exit(0)


def _wait(child: int, seconds: float | None) -> int:
    deadline = None if seconds is None else time.monotonic() + seconds
    while True:
        done, status = os.waitpid(child, 0 if deadline is None else os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status)
        if deadline is not None and time.monotonic() > deadline:
            os.kill(child, signal.SIGKILL)
            deadline = None
        time.sleep(0.002)


def state_of(data: Path) -> dict[str, list[Any]]:
    """Return everything that a run left behind, but for how its work was cut into batches."""
    state: dict[str, list[Any]] = {}
    with sqlite3.connect(data / "yuqing.db") as db:
        for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type='table'").fetchall():
            if name not in _UNCOMPARED:
                state[name] = db.execute(f"SELECT * FROM {name} ORDER BY 1, 2").fetchall()
    db.close()
    # The matter beside an alert is as the whole batch left it; the alert itself is not.
    state["feed"] = [json.loads(row[4])["alert"] for row in state["feed"] if row[2] == "alert"]
    state["issues"] = [row[:-1] for row in state["issues"]]
    with sqlite3.connect(data / "corpus.db") as db:
        state["corpus"] = db.execute(
            "SELECT id, version, data FROM mention JOIN record USING (row) ORDER BY id"
        ).fetchall()
    db.close()
    with sqlite3.connect(data / "rejected.db") as db:
        state["rejected"] = db.execute("SELECT * FROM kept").fetchall()
    db.close()
    return state


def differences(expected: dict[str, list[Any]], found: dict[str, list[Any]]) -> Iterator[str]:
    """Yield in words where two runs ended differently."""
    for name in sorted(expected.keys() | found.keys()):
        before, after = expected.get(name, []), found.get(name, [])
        if before != after:
            first = next((n for n, (a, b) in enumerate(itertools.zip_longest(before, after)) if a != b), 0)
            yield f"{name}: {len(before)} rows undisturbed, {len(after)} rows now, first difference at row {first}"


def drop_one_mention() -> None:
    """Plant a loss: the fifth batch loses its first mention on the way into the log."""
    append, calls = log.append, itertools.count(1)

    def losing(db: sqlite3.Connection, topic: Topic, lane: log.Lane, values: Any) -> None:
        kept = list(values)
        append(db, topic, lane, kept[1:] if topic is Topic.MENTIONS and next(calls) == 5 else kept)

    log.append = losing


def commit_one_short() -> None:
    """Plant a double: the third batch of detect says that it did one record less than it did."""
    commit, calls = log.commit, itertools.count(1)

    def short(db: sqlite3.Connection, group: str, topic: Topic, lane: log.Lane, position: int) -> None:
        late = topic is Topic.MENTIONS and next(calls) == 3
        commit(db, group, topic, lane, position - 1 if late else position)

    log.commit = short


def main() -> None:
    """Run the long form and say what came of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mentions", type=int, default=50_000)
    parser.add_argument("--kills", type=int, default=60)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "mentions.jsonl"
        generate(source, given.mentions)
        started = time.monotonic()
        undisturbed = run(Path(folder) / "a", source, Plan())
        alone = time.monotonic() - started
        plan = Plan(given.kills, given.seed, seconds_a_life=max(0.2, alone / (given.kills + 1) * 0.6))
        killed = run(Path(folder) / "b", source, plan)
        wrong = [*undisturbed.faults, *killed.faults, *differences(undisturbed.state, killed.state)]
        print(
            json.dumps(
                {
                    "mentions": given.mentions,
                    "kills": killed.kills,
                    "at_named_points": killed.named,
                    "alerts": len(killed.state["feed"]),
                    "undisturbed_seconds": round(alone, 1),
                    "seconds": round(time.monotonic() - started, 1),
                    "differences": wrong,
                }
            )
        )
        sys.exit(1 if wrong or killed.kills < given.kills else 0)


if __name__ == "__main__":
    main()
