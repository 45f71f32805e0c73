"""What is past its time goes in small batches; what is unread or still counted stays, and the balance holds."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pipeline import config, retention, service
from pipeline.audit import Balance, audit
from pipeline.flow import Group, Topic
from pipeline.retention import Trimmer
from pipeline.service import Service
from pipeline.stores import log
from pipeline.stores.folder import untrimmed
from pipeline.stores.log import Lane
from tests.integration import kill
from tests.pipeline.keyword_reader import KeywordReader

START = datetime(2026, 6, 16, 4, tzinfo=UTC)
SECRET = (
    '{"id":"weibo:s","channel":"weibo","text":"绝密★启用前：某某方案","published_at":"2026-06-16T08:00:00+08:00"}\n'
)


class Days:
    """A folder whose clock the test moves by days."""

    def __init__(self, folder: Path) -> None:
        self.now = START
        self.settings = config.load(data=folder)
        self.opened = service.opened(self.settings, quick=KeywordReader(), now=lambda: self.now)
        self.running: Service = self.opened.__enter__()
        self.trimmer = Trimmer(self.running.pipeline, self.settings.retention)

    def read(self, path: Path, *, drain: bool = True) -> None:
        report = self.running.feeder.feed(path)
        assert not report.problem, report.problem
        if drain:
            self.running.pipeline.drain()

    def after(self, days: float) -> int:
        """Let days pass and trim; return the number of batches."""
        self.now += timedelta(days=days)
        batches = 0
        while self.trimmer.step():
            batches += 1
            balance = self.balance()
            assert balance.holds, balance
        return batches

    def balance(self) -> Balance:
        return audit(self.running.pipeline.view)

    def rows(self, table: str) -> int:
        count: int = self.running.pipeline.main.read.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
        return count

    def logged(self, topic: Topic) -> int:
        db = self.running.pipeline.main.read
        return sum(len(log.read(db, topic, lane, 0, -1)) for lane in Lane)


@pytest.fixture
def days(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Days]:
    monkeypatch.setattr(retention, "BATCH", 40)
    monkeypatch.setattr(retention, "_PAUSE", 0.0)
    days = Days(tmp_path / "data")
    yield days
    days.opened.__exit__(None, None, None)


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    files = kill.generate(tmp_path, 150)
    with files[0].open("a", encoding="utf-8") as file:
        file.write(SECRET)
    return files


def test_each_kind_goes_at_its_own_time_and_the_balance_stays_as_it_was(days: Days, files: list[Path]) -> None:
    for file in files:
        days.read(file)
    before, feed = days.balance().lines, days.running.desk.feed(0)
    assert before[0].quarantined == 1
    assert before[0].rejected > 0
    days.after(0)
    assessed = days.logged(Topic.ASSESSED)
    days.after(3.1)
    assert days.logged(Topic.ASSESSED) < assessed / 2  # the last batch stays until the next one shows that it arrived
    assert days.logged(Topic.MENTIONS) > 0
    batches = days.after(4)
    assert batches > 5, "all at once"
    assert days.logged(Topic.MENTIONS) == days.logged(Topic.FLAGGED) == days.rows("arrivals") == 0
    assert days.running.pipeline.rejected.all()
    days.after(23)
    assert days.running.pipeline.rejected.all() == days.running.pipeline.view.quarantine.all() == []
    assert days.balance().lines == before
    assert days.logged(Topic.LEDGER) > 0
    assert days.running.desk.feed(0) == feed
    days.read(files[0])  # known still: nothing new comes of it
    assert days.balance().lines[0] == before[0]
    assert days.balance().lines[1].duplicate + days.balance().lines[1].rejected + 1 == days.balance().lines[1].offered
    days.after(0.1)
    days.after(400)
    assert days.logged(Topic.LEDGER) == 0
    assert len(days.running.desk.alerts()) > 0


def test_what_no_group_has_read_stays_however_old(days: Days, files: list[Path]) -> None:
    days.read(files[0], drain=False)
    days.after(0)
    offered = days.logged(Topic.MENTIONS)
    days.after(50)
    assert days.logged(Topic.MENTIONS) == offered
    assert days.rows("arrivals") > 0
    days.running.pipeline.drain()
    days.after(50)
    assert days.logged(Topic.MENTIONS) == 0
    assert days.balance().holds


def test_nothing_is_trimmed_while_the_folder_is_copied(days: Days, files: list[Path]) -> None:
    days.read(files[0])
    days.after(0)
    days.now += timedelta(days=50)
    with untrimmed(days.settings.data):
        assert not days.trimmer.step()
        assert days.logged(Topic.MENTIONS) > 0
    assert days.trimmer.step()


def test_what_has_no_place_stays_in_the_books(days: Days, files: list[Path]) -> None:
    days.read(files[0])
    with days.running.pipeline.main.write("test") as db:
        db.execute("UPDATE readings SET offered = offered + 1")  # a row was skipped in silence
    assert not days.balance().holds
    days.now += timedelta(days=50)
    while days.trimmer.step():
        pass
    assert days.rows("arrivals") == 0
    assert days.balance().difference == 1


def test_a_gap_in_the_log_is_a_loss_that_the_audit_goes_on_saying(days: Days, files: list[Path]) -> None:
    days.read(files[0], drain=False)
    with days.running.pipeline.main.write("test") as db:
        log.trim(db, Topic.MENTIONS, Lane.BULK, 10, 100)
    for _ in range(2):
        assert any("第 1 至 10 条" in fault for fault in days.balance().faults)
        days.running.pipeline.drain()
    assert log.committed(days.running.pipeline.main.read, Group.DETECT, Topic.MENTIONS, Lane.BULK) > 10
