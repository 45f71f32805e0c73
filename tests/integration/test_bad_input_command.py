"""What people hand in, whatever it is, through the real command: said in words, nothing lost, nothing half done."""

import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from connectors.connector import ConnectorError
from pipeline.feeding import files_of
from pipeline.stores.folder import DataFolder
from pipeline.stores.view import opened
from tests.integration import kill, large_sheet

ROOT = Path(__file__).parents[2]
NOBODY = 65534
TIMES = '"published_at":"2026-06-16T08:00:00+08:00"'


def good(number: int, text: str = "停水三天") -> str:
    return f'{{"id":"weibo:{number}","channel":"weibo","text":"{text}",{TIMES}}}\n'


def bad_files(folder: Path) -> None:
    folder.mkdir()
    (folder / "empty.csv").touch()
    (folder / "unknown.bin").write_bytes(bytes(range(256)) * 40)
    (folder / "gbk.jsonl").write_bytes((good(1) + good(2)).encode("gb18030"))
    (folder / "cut.jsonl").write_text(good(3) + good(4)[:40], encoding="utf-8")
    long = good(5, "长" * 18_000_000)
    (folder / "long.jsonl").write_text(good(6) + long + good(7), encoding="utf-8")
    deep = '{"id":' + "[" * 100_000 + "]" * 100_000 + "}\n"
    (folder / "deep.jsonl").write_text(good(8) + deep + good(9), encoding="utf-8")
    (folder / "odd.jsonl").write_text(good(10) + good(11, "\\ud800") + good(12, "停\\u0000\\u200b水"), encoding="utf-8")
    with zipfile.ZipFile(folder / "bomb.xlsx", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("xl/worksheets/sheet1.xml", b"\0" * (300 << 20))


def run(*words: str, **how: Any) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "pipeline", *words]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT, timeout=280, **how)


@pytest.mark.slow
def test_a_folder_of_bad_files_gives_what_is_good_in_it_and_a_reason_for_all_else(tmp_path: Path) -> None:
    bad_files(tmp_path / "in")
    output = tmp_path / "out"
    words = ("ingest", "--json", "--data", str(tmp_path / "data"), str(tmp_path / "in"))
    code, memory = large_sheet.measured(output, *words)
    printed = output.read_text(encoding="utf-8")
    assert "Traceback" not in printed
    assert code == 1
    assert memory < 1 << 30
    answer = json.loads(next(line for line in printed.splitlines() if line.startswith("{")))
    problems = {file["file"] for file in answer["files"] if file.get("problem")}
    assert {"empty.csv", "unknown.bin", "bomb.xlsx"} <= problems
    assert all(name in printed.rpartition("\n}")[2] for name in problems)
    assert answer["holds"]
    with opened(tmp_path / "data") as view:
        texts = {name: view.corpus.get(name) for name in view.corpus.versions()}
        reasons = sorted(kept.reason for kept in view.rejected.all())
    assert {"weibo:3", "weibo:6", "weibo:7", "weibo:8", "weibo:9", "weibo:10", "weibo:12"} <= texts.keys()
    odd = texts["weibo:12"]
    assert odd is not None
    assert odd.mention.text == "停水"
    assert {"too_large", "bad_shape", "cut_off", "bad_encoding"} <= {*reasons}


def limited(size: int) -> Callable[[], None]:
    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))

    return limit


@pytest.mark.slow
def test_a_full_disk_stops_it_in_words_and_nothing_is_lost_when_there_is_room_again(tmp_path: Path) -> None:
    files = [str(path) for path in kill.generate(tmp_path, 1500)]
    data = str(tmp_path / "data")
    full = run("ingest", "--data", data, *files, preexec_fn=limited(600_000))
    assert full.returncode == 1, full.stdout
    assert "Traceback" not in full.stderr
    assert "请腾出空间" in full.stderr
    again = run("ingest", "--json", "--data", data, *files)
    assert again.returncode == 0, again.stderr
    alone = run("ingest", "--json", "--data", str(tmp_path / "alone"), *files)
    assert alone.returncode == 0, alone.stderr
    with opened(Path(data)) as view, opened(tmp_path / "alone") as other:
        assert view.corpus.versions() == other.corpus.versions()
        query = "SELECT issue_id, revision FROM alert_revisions"
        assert view.main.read.execute(query).fetchall() == other.main.read.execute(query).fetchall()


def test_a_second_process_is_refused_and_told_by_whom(tmp_path: Path) -> None:
    file = tmp_path / "a.jsonl"
    file.write_text(good(1), encoding="utf-8")
    held = DataFolder(tmp_path / "data")
    try:
        done = run("ingest", "--data", str(tmp_path / "data"), str(file))
    finally:
        held.close()
    assert done.returncode == 2
    assert str(os.getpid()) in done.stderr
    assert not (tmp_path / "data/yuqing.db").exists()


@pytest.fixture
def nobody() -> Iterator[None]:
    """Lay down root's right to open everything, where the tests run as root."""
    if os.geteuid():
        yield
        return
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.fixture
def closed() -> Iterator[Path]:
    """A folder with a file in it that only its owner may open, and not even he if the tests run as him."""
    place = Path(tempfile.mkdtemp())
    place.chmod(0o755)
    folder = place / "closed"
    folder.mkdir()
    (folder / "a.jsonl").write_text(good(1), encoding="utf-8")
    folder.chmod(0o700 if os.geteuid() == 0 else 0)
    yield folder
    folder.chmod(0o700)
    shutil.rmtree(place)


@pytest.mark.usefixtures("nobody")
@pytest.mark.parametrize("inside", ["", "a.jsonl"], ids=["the folder", "a file in it"])
def test_what_may_not_be_opened_is_named(closed: Path, inside: str) -> None:
    with pytest.raises(ConnectorError, match=r"closed.*请检查权限"):
        list(files_of([closed / inside]))
