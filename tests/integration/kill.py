"""The kill harness: a pipeline killed again and again must end where an undisturbed one ends.

``python -m tests.integration.kill --mentions 50000 --kills 60`` is the long form. Half of the kills come at a random
moment with records in flight, half at named points between a write and its commit or just after it.
"""

import argparse
import itertools
import json
import os
import random
import select
import signal
import sqlite3
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from pipeline import config, feeding, service
from pipeline.audit import audit
from pipeline.flow import Topic
from pipeline.places.divisions import divisions, full_name
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
_UNCOMPARED = {"offsets", "marks", "sqlite_sequence"}


@cache
def _dictionary() -> tuple[str, ...]:
    """Return common words of two or three characters: invented ones say nothing to the follower of matters."""
    found = find_spec("jieba")  # only its list of words: importing it warns
    assert found is not None
    assert found.origin is not None
    lines = Path(found.origin).with_name("dict.txt").read_text("utf-8").splitlines()
    words = (line.split() for line in lines)
    return tuple(word for word, count, _ in words if len(word) in (2, 3) and 5 <= int(count) < 500)


def _story(chance: random.Random) -> tuple[str, ...]:
    """Return what the mentions of one matter say: where and what first, then what each may add."""
    county = full_name(chance.choice([code for code in divisions() if len(code) == 6]))
    where = f"{county}{chance.choice(_dictionary())}{chance.choice(list(WORDS))}"
    return (where, *("".join(chance.sample(_dictionary(), 3)) for _ in range(5)))


def _text(story: tuple[str, ...], chance: random.Random) -> str:
    return "，".join((story[0], *chance.sample(story[1:], 4)))


def generate(folder: Path, count: int, seed: int = 7) -> list[Path]:
    """Write two files of mentions and return them in the order of their reading.

    The first holds many matters of many channels, with copies, higher counts, replies, bad rows and repeats among
    them; the second, a tenth as long, edits what the first said: worse, harmless, or the same in other words. Of
    every twentieth matter it takes back all that was said.
    """
    chance = random.Random(seed)
    stories = [_story(chance) for _ in range(max(8, count // 12))]
    said: dict[str, dict[str, Any]] = {}
    first = folder / "1.jsonl"
    with first.open("w", encoding="utf-8") as file:
        for number in range(count):
            text = "，".join(chance.sample(_dictionary(), 8))
            withdrawn = False
            if chance.random() < 0.3:
                story = chance.randrange(len(stories))
                text, withdrawn = _text(stories[story], chance), story % 20 == 0
            line: dict[str, Any] = {
                "id": f"weibo:{number}",
                "channel": chance.choice(["weibo", "forum", "hotline"]),
                "text": text,
                "published_at": f"2026-06-16T{chance.randrange(8, 12):02}:{chance.randrange(60):02}:00+08:00",
                "collected_at": "2026-06-16T12:00:00+08:00",
                "engagement": {"likes": chance.randrange(50)},
            }
            kind = chance.random()
            if kind < 0.05 and number:
                line["root_id"] = f"weibo:{chance.randrange(number)}"
            elif kind < 0.08 and said:
                line = said[chance.choice(list(said))] | {"engagement": {"likes": 500 + number}}
                del line["withdrawn"]
            elif kind < 0.10 and number:
                line["id"] = f"weibo:{chance.randrange(number)}"  # another text under a known number: refused
            elif kind < 0.12:
                line["published_at"] = "某日"
            elif withdrawn or number % 10 == 0:
                said[line["id"]] = line | {"withdrawn": withdrawn}
            file.write(json.dumps(line, ensure_ascii=False) + "\n")
    second = folder / "2.jsonl"
    with second.open("w", encoding="utf-8") as file:
        for line in said.values():
            chosen = chance.random()
            if line.pop("withdrawn") or chosen < 0.3:
                line["text"] = f"前面说的不实，{chance.choice(_dictionary())}"
            elif chosen < 0.6:
                line["text"] = f"{line['text']}，刚刚发生爆炸"
            else:
                line["text"] = f"{line['text']}，{chance.choice(_dictionary())}"
            line["collected_at"] = "2026-06-16T12:00:01+08:00"
            file.write(json.dumps(line, ensure_ascii=False) + "\n")
    return [first, second]


@dataclass
class Plan:
    """What is done to one run; ``sabotage`` is called in each child before it works, ``after_kill`` after its death."""

    kills: int = 0
    seed: int = 1
    seconds_a_life: float = 0.25
    pause: float = 0.0  # after each batch, so that kills find records in flight
    sabotage: Callable[[], Any] = lambda: None
    after_kill: Callable[[], Any] = lambda: None


@dataclass
class Result:
    """What a run came to."""

    kills: int = 0
    named: int = 0
    faults: list[str] = field(default_factory=list)
    state: dict[str, list[Any]] = field(default_factory=dict)


def work(data: Path, sources: Sequence[Path], pause: float, ready: Callable[[], None] = lambda: None) -> None:
    """Ingest what is not yet read of the files, as a child of the harness; say when the work begins."""
    feeding.BATCH = 64
    settings = config.load(data=data, clock=CLOCK)
    with service.opened(settings, quick=KeywordReader()) as running:
        running.pipeline.start()
        ready()
        finished = running.pipeline.main.read.execute("SELECT file FROM readings WHERE finished").fetchall()
        for source in sources:
            if (source.name,) not in finished:
                report = running.feeder.feed(source, pause=pause)
                assert not report.problem, report.problem
        running.feeder.finish()


def run(data: Path, sources: Sequence[Path], plan: Plan) -> Result:
    """Run the pipeline over files, killing it as planned, until a life comes to the end by itself."""
    chance = random.Random(plan.seed)
    result = Result()
    while True:
        at_point = result.kills % 2 == 0
        kill = result.kills < plan.kills
        point = f"{chance.choice(POINTS)}:{chance.randrange(1, 6)}" if kill and at_point else ""
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(reading)
            _child(data, sources, plan, point, writing)
        os.close(writing)
        code = _wait(child, reading, chance.uniform(0.05, 2 * plan.seconds_a_life) if kill else None)
        os.close(reading)
        if code == -signal.SIGKILL:
            result.kills += 1
            result.named += at_point
            plan.after_kill()
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


def _child(data: Path, sources: Sequence[Path], plan: Plan, point: str, ready: int) -> None:
    try:
        if point:
            name, _, count = point.rpartition(":")
            fault.arm(name, int(count))
        plan.sabotage()
        work(data, sources, plan.pause, lambda: os.close(ready))
    except BaseException as error:  # noqa: BLE001 (the child of a fork must end here)
        sys.stderr.write("".join(traceback.format_exception(error)))
        os._exit(70)
    os._exit(0)


def _wait(child: int, ready: int, seconds: float | None) -> int:
    """Wait for the child's end; kill it so many seconds after it began to work, or let it live."""
    if seconds is not None:
        select.select([ready], [], [])  # readable at the end of the pipe: at work, or dead
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            done, status = os.waitpid(child, os.WNOHANG)
            if done:
                return os.waitstatus_to_exitcode(status)
            time.sleep(0.002)
        os.kill(child, signal.SIGKILL)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def state_of(data: Path) -> dict[str, list[Any]]:
    """Return everything that a run left behind, but for how its work was cut into batches."""
    state: dict[str, list[Any]] = {}
    with sqlite3.connect(data / "yuqing.db") as db:
        for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type='table'").fetchall():
            if name not in _UNCOMPARED:
                state[name] = sorted(db.execute(f"SELECT * FROM {name}"), key=lambda row: row[:2])
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
        sources = generate(Path(folder), given.mentions)
        started = time.monotonic()
        undisturbed = run(Path(folder) / "a", sources, Plan())
        alone = time.monotonic() - started
        plan = Plan(given.kills, given.seed, seconds_a_life=max(0.2, alone / (given.kills + 1) * 0.6))
        killed = run(Path(folder) / "b", sources, plan)
        wrong = [*undisturbed.faults, *killed.faults, *differences(undisturbed.state, killed.state)]
        print(
            json.dumps(
                {
                    "mentions": given.mentions,
                    "kills": killed.kills,
                    "at_named_points": killed.named,
                    "matters": len(killed.state["issues"]),
                    "alerts": len({row["issue_id"] for row in killed.state["feed"]}),
                    "alert_revisions": dict(Counter(row["reason"] for row in killed.state["feed"])),
                    "undisturbed_seconds": round(alone, 1),
                    "seconds": round(time.monotonic() - started, 1),
                    "differences": wrong,
                }
            )
        )
        sys.exit(1 if wrong or killed.kills < given.kills else 0)


if __name__ == "__main__":
    main()
