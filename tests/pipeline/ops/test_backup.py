"""A copy of a running store can be brought back, and what is not whole is refused."""

import shutil
import sqlite3
import stat
import threading
import time
from pathlib import Path

import pytest

from pipeline import backup, config, feeding, service
from pipeline.audit import audit
from pipeline.config import Settings
from pipeline.errors import ConfigError, StoreError
from pipeline.service import Service
from pipeline.stores.view import View, opened
from tests.integration import kill
from tests.pipeline.keyword_reader import KeywordReader


def settings_of(folder: Path) -> Settings:
    return config.load(data=folder, clock=kill.CLOCK)


def alerts_of(running: Service) -> list[tuple[str, int]]:
    events = running.desk.feed(0, 10_000)
    return [(event.alert.issue_id, event.alert.revision) for event in events if event.alert is not None]


def finish(data: Path, files: list[Path]) -> list[tuple[str, int]]:
    """Read the files to their end, again if need be; return every alert in the order of the feed."""
    with service.opened(settings_of(data), quick=KeywordReader()) as running:
        running.pipeline.start()
        for file in files:
            assert not running.feeder.feed(file).problem
        running.feeder.finish()
        balance = audit(running.pipeline.view)
        assert balance.holds, balance
        return alerts_of(running)


def arrived(view: View) -> int:
    count: int = view.main.read.execute("SELECT count(*) FROM arrivals").fetchone()[0]
    return count


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    return kill.generate(tmp_path_factory.mktemp("export"), 1200)


@pytest.fixture(scope="module")
def read(tmp_path_factory: pytest.TempPathFactory, files: list[Path]) -> Path:
    """A data folder in which the first of the files was read."""
    folder = tmp_path_factory.mktemp("read") / "data"
    finish(folder, files[:1])
    return folder


@pytest.fixture
def data(tmp_path: Path, read: Path) -> Path:
    """The same, for this test alone."""
    return Path(shutil.copytree(read, tmp_path / "data"))


def test_a_copy_taken_while_files_are_read_goes_on_without_a_gap_or_a_double(
    tmp_path: Path, files: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = finish(tmp_path / "undisturbed", files)
    monkeypatch.setattr(feeding, "BATCH", 32)
    copies: list[Path] = []
    with service.opened(settings_of(tmp_path / "data"), quick=KeywordReader()) as running:
        running.pipeline.start()
        reading = threading.Thread(target=lambda: running.feeder.feed(files[0], pause=0.1))
        reading.start()
        while reading.is_alive() and len(copies) < 3:
            if arrived(running.pipeline.view) < 200 * (len(copies) + 1):
                time.sleep(0.01)
                continue
            copies.append(tmp_path / f"copy{len(copies)}")
            backup.backup(running.settings, None, copies[-1])
        reading.join()
    sizes = []
    for number, copy in enumerate(copies):
        back = tmp_path / f"back{number}"
        backup.restore(copy, back)
        with opened(back) as view:
            balance = audit(view)
            assert balance.holds, balance
            sizes.append(arrived(view))
        assert finish(back, files) == expected
    assert sizes[0] < 1200, "no copy was taken in the middle"


def test_a_copy_is_private_and_holds_salt_configuration_and_secrets(data: Path, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("s3cret")
    file = tmp_path / "yuqing.toml"
    text = f'[sinks.desk]\ntype = "webhook"\nurl = "https://desk.example/"\nkey_file = "{secret}"\n'
    file.write_text(text, encoding="utf-8")
    backup.backup(config.load(file, data=data), file, tmp_path / "copy")
    backup.restore(tmp_path / "copy", tmp_path / "back")
    assert (tmp_path / "back/salt").read_bytes() == (data / "salt").read_bytes()
    assert (tmp_path / "back/config/yuqing.toml").read_text(encoding="utf-8") == text
    assert (tmp_path / "back/config/sinks.desk.key_file").read_text() == "s3cret"
    for folder in (tmp_path / "copy", tmp_path / "back"):
        for path in (folder, *folder.rglob("*")):
            assert not stat.S_IMODE(path.stat().st_mode) & 0o077, path


def test_a_damaged_copy_is_refused_whole_and_every_fault_is_said(data: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    backup.backup(settings_of(data), None, copy)
    whole = (copy / "yuqing.db").read_bytes()
    (copy / "yuqing.db").write_bytes(whole[:-1] + b"x")
    (copy / "salt").unlink()
    with pytest.raises(ConfigError) as told:
        backup.restore(copy, tmp_path / "back")
    assert "yuqing.db" in str(told.value)
    assert "salt" in str(told.value)
    assert not (tmp_path / "back").exists()


def test_a_copy_cut_short_is_not_taken_for_one(data: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    backup.backup(settings_of(data), None, copy)
    (copy / backup.MANIFEST).unlink()
    with pytest.raises(ConfigError, match="不是完整的备份"):
        backup.restore(copy, tmp_path / "back")


def test_a_copy_of_a_newer_version_is_refused(data: Path, tmp_path: Path) -> None:
    with sqlite3.connect(data / "yuqing.db") as db:
        db.execute("PRAGMA user_version = 99")
    db.close()
    backup.backup(settings_of(data), None, tmp_path / "copy")
    with pytest.raises(ConfigError, match="更新的版本"):
        backup.restore(tmp_path / "copy", tmp_path / "back")
    assert not (tmp_path / "back").exists()


def test_neither_copy_nor_restore_writes_over_anything(data: Path, tmp_path: Path) -> None:
    full = tmp_path / "full"
    full.mkdir()
    (full / "mine").write_text("mine")
    with pytest.raises(ConfigError, match="不是空目录"):
        backup.backup(settings_of(data), None, full)
    backup.backup(settings_of(data), None, tmp_path / "copy")
    with pytest.raises(ConfigError, match="不是空目录"):
        backup.restore(tmp_path / "copy", full)
    assert [path.name for path in full.iterdir()] == ["mine"]


def test_a_damaged_store_is_said_and_leaves_no_copy(data: Path, tmp_path: Path) -> None:
    file = data / "rejected.db"
    with sqlite3.connect(file) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    db.close()
    whole = file.read_bytes()
    file.write_bytes(whole[:4096] + b"\xff" * 4096 + whole[8192:])
    with pytest.raises(StoreError, match=r"备份"):
        backup.backup(settings_of(data), None, tmp_path / "copy")
    assert not (tmp_path / "copy").exists()
    assert not (tmp_path / "copy.part").exists()
