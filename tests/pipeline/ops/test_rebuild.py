"""The ledger comes of the log of its decisions and of nothing else."""

import sqlite3
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from pipeline import config, rebuild, service
from pipeline.audit import audit
from pipeline.errors import ConfigError
from pipeline.flow import Topic
from pipeline.records import Action, ActionKind
from pipeline.service import Service
from pipeline.stores import log
from pipeline.stores.log import Lane
from tests.integration import kill
from tests.pipeline.keyword_reader import KeywordReader

TABLES = ("issues", "members", "history", "alert_revisions", "actions")
TIDIED = ("waiting", "withdrawn")  # leave with time, and come again with the log


def tables(folder: Path, *more: str) -> dict[str, list[Any]]:
    """Return what the ledger holds; the order of change depends on how the work was cut into batches."""
    found = {}
    with sqlite3.connect(folder / "yuqing.db") as db:
        for name in (*TABLES, *more):
            rows = db.execute(f"SELECT * FROM {name} ORDER BY 1, 2").fetchall()
            found[name] = [row[:-1] for row in rows] if name == "issues" else rows
        found["actions"] = [
            row for row in found["actions"] if b'"done":true' in row[2]
        ]  # what was refused changed nothing
        found["feed"] = db.execute("SELECT * FROM feed ORDER BY seq").fetchall()
    db.close()
    return found


def live(folder: Path, seed: int) -> None:
    """Let a ledger live through mentions, edits, deeds and time."""
    files = kill.generate(folder, 400, seed)
    settings = config.load(data=folder / "data")
    clock = [kill_start()]
    with service.opened(settings, quick=KeywordReader(), now=lambda: clock[0]) as running:
        for number, file in enumerate(files):
            assert not running.feeder.feed(file).problem
            running.pipeline.drain()
            for n, row in enumerate(running.desk.alerts()[:6]):
                kind = (ActionKind.ACKNOWLEDGE, ActionKind.NOTE)[n % 2]
                running.desk.act(Action(row.issue.id, kind, "甲", clock[0], f"{number}-{n}", note="已看"))
            for _ in range(12):
                clock[0] += timedelta(hours=23)
                running.pipeline.ledger.tick(running.pipeline.context())


def kill_start() -> Any:

    return datetime.fromisoformat(str(kill.CLOCK["start"]))


@pytest.mark.parametrize("seed", [1, 2])
def test_the_ledger_built_again_from_its_log_is_the_same(tmp_path: Path, seed: int) -> None:
    live(tmp_path, seed)
    before = tables(tmp_path / "data")
    assert len(before["alert_revisions"]) > 20
    assert len(before["actions"]) > 5
    built = rebuild.from_folder(tmp_path / "data", tmp_path / "again")
    assert tables(tmp_path / "again") == before
    assert (built.first, built.matters, built.revisions) == (1, len(before["issues"]), len(before["alert_revisions"]))
    with opened(tmp_path / "data") as whole, opened(tmp_path / "again") as again:
        heads = [{row.issue.id: (row.issue, row.alert) for row in each.desk.alerts()} for each in (whole, again)]
        assert heads[0] == heads[1]
        assert again.pipeline.ledger.book.matters == whole.pipeline.ledger.book.matters
        assert audit(again.pipeline.view).holds


def opened(folder: Path) -> Any:
    return service.opened(config.load(data=folder, clock=kill.CLOCK), quick=KeywordReader())


def test_a_rebuilt_ledger_goes_on_where_the_log_ends(tmp_path: Path) -> None:
    files = kill.generate(tmp_path, 400)
    running: Service
    with opened(tmp_path / "whole") as running:
        for file in files:
            running.feeder.feed(file)
            running.pipeline.drain()
    with opened(tmp_path / "half") as running:
        running.feeder.feed(files[0])
        running.pipeline.drain()
    rebuild.from_folder(tmp_path / "half", tmp_path / "again")
    with opened(tmp_path / "again") as running:
        running.feeder.feed(files[1])
        running.pipeline.drain()
    assert tables(tmp_path / "again", *TIDIED) == tables(tmp_path / "whole", *TIDIED)


def test_the_log_copied_record_by_record_into_an_empty_folder_gives_the_same(tmp_path: Path) -> None:
    live(tmp_path, 3)
    before = tables(tmp_path / "data")
    with opened(tmp_path / "data") as running:
        rows = log.read(running.pipeline.main.read, Topic.LEDGER, Lane.LIVE, 0, -1)
    twice = [row for row in rows for _ in (0, 1)]  # as a topic may hold them
    with opened(tmp_path / "empty") as running:
        main = running.pipeline.main
        rebuild._apply(main, rebuild._numbered(rebuild._stored(main, twice)))
        assert log.read(main.read, Topic.LEDGER, Lane.LIVE, 0, -1) == rows
    after = tables(tmp_path / "empty")
    told = [row[4] for row in before.pop("feed") if row[2] == "alert"]
    assert len([row for row in after.pop("feed") if row[2] == "alert"]) == len(told)
    assert after == before


def test_a_log_whose_beginning_is_trimmed_is_not_taken_for_the_whole(tmp_path: Path) -> None:
    live(tmp_path, 1)
    with opened(tmp_path / "data") as running, running.pipeline.main.write("test") as db:
        log.trim(db, Topic.LEDGER, Lane.LIVE, 10)
    assert rebuild.from_folder(tmp_path / "data", tmp_path / "again").first == 11


def test_a_folder_that_holds_something_is_not_written_over(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data/yuqing.db").touch()
    with pytest.raises(ConfigError, match="不是空目录"):
        rebuild.from_folder(tmp_path / "data", tmp_path)
    with pytest.raises(ConfigError, match="没有台账日志"):
        rebuild.from_folder(tmp_path / "nothing", tmp_path / "again")
