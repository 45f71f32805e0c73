"""A watched folder: new and growing files, a restart at any moment, half-written lines that wait."""

import os
import random
from datetime import UTC, datetime, timedelta
from pathlib import Path

from connectors.watching.folder import FolderWatch, Ready
from connectors.watching.health import Trouble

NOON = datetime(2025, 6, 12, 4, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def watch(folder: Path) -> FolderWatch:
    return FolderWatch("导出", folder)


def look(folder: Path, checkpoint: bytes, now: datetime) -> tuple[list[Ready], bytes]:
    """Look as a new process would: nothing is known but the stored value."""
    return watch(folder).look(checkpoint, now)


def test_a_file_is_ready_once_it_stands_still_and_only_once(tmp_path: Path) -> None:
    (tmp_path / "工单.xlsx").write_bytes(b"PK")
    ready, checkpoint = look(tmp_path, b"", NOON)
    assert ready == []
    (tmp_path / "工单.xlsx").write_bytes(b"PK and more")
    ready, checkpoint = look(tmp_path, checkpoint, NOON + 2 * SECOND)
    assert ready == []
    ready, checkpoint = look(tmp_path, checkpoint, NOON + 5 * SECOND)
    assert [(file.path.name, file.after) for file in ready] == [("工单.xlsx", 0)]
    checkpoint = watch(tmp_path).done(checkpoint, ready[0], 7)
    ready, _ = look(tmp_path, checkpoint, NOON + 60 * SECOND)
    assert ready == []


def test_a_file_that_was_not_finished_before_a_crash_is_ready_again(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("h\n1\n")
    _, checkpoint = look(tmp_path, b"", NOON)
    first, checkpoint = look(tmp_path, checkpoint, NOON + 5 * SECOND)
    again, _ = look(tmp_path, checkpoint, NOON + 6 * SECOND)  # the process died before it said done
    assert [file.key for file in first] == [file.key for file in again] == ["a.csv"]


def test_a_half_written_line_waits_for_its_end_but_not_for_ever(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text('{"id": 1}\n{"id"')
    _, checkpoint = look(tmp_path, b"", NOON)
    ready, checkpoint = look(tmp_path, checkpoint, NOON + 30 * SECOND)
    assert ready == []
    ready, checkpoint = look(tmp_path, checkpoint, NOON + 61 * SECOND)
    assert len(ready) == 1
    checkpoint = watch(tmp_path).done(checkpoint, ready[0], 2)
    with path.open("a") as file:
        file.write(": 2}\n")
    _, checkpoint = look(tmp_path, checkpoint, NOON + 62 * SECOND)
    ready, _ = look(tmp_path, checkpoint, NOON + 70 * SECOND)
    assert [file.after for file in ready] == [1], "the record that was half is read again, whole"


def test_a_grown_file_of_lines_is_read_from_where_it_was_left_and_a_replaced_one_from_its_start(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("h\n1\n2\n")
    _, checkpoint = look(tmp_path, b"", NOON)
    ready, checkpoint = look(tmp_path, checkpoint, NOON + 5 * SECOND)
    checkpoint = watch(tmp_path).done(checkpoint, ready[0], 2)
    path.write_text("h\n1\n2\n3\n")
    _, checkpoint = look(tmp_path, checkpoint, NOON + 10 * SECOND)
    ready, checkpoint = look(tmp_path, checkpoint, NOON + 15 * SECOND)
    assert [file.after for file in ready] == [2]
    checkpoint = watch(tmp_path).done(checkpoint, ready[0], 3)
    path.write_text("h\n1\nx\n3\n4\n")
    _, checkpoint = look(tmp_path, checkpoint, NOON + 20 * SECOND)
    ready, _ = look(tmp_path, checkpoint, NOON + 25 * SECOND)
    assert [file.after for file in ready] == [0]


def test_what_is_still_being_written_or_leads_elsewhere_is_left_alone(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    (folder / "below").mkdir(parents=True)
    for name in (".hidden.csv", "a.csv.part", "b.xlsx.crdownload", "~$工单.xlsx", "c.tmp", "below/d.csv"):
        (folder / name).write_text("h\n1\n")
    (tmp_path / "outside.csv").write_text("h\n1\n")
    (folder / "link.csv").symlink_to(tmp_path / "outside.csv")
    (folder / "empty.csv").touch()
    _, checkpoint = look(folder, b"", NOON)
    ready, _ = look(folder, checkpoint, NOON + 5 * SECOND)
    assert [file.key for file in ready] == ["below/d.csv"]


def test_a_line_is_read_exactly_once_however_a_file_grows_and_the_process_restarts(tmp_path: Path) -> None:
    chance = random.Random(7)
    path = tmp_path / "a.jsonl"
    text = "".join(f"{number:04d}\n" for number in range(200)).encode()
    checkpoint, now, written, read = b"", NOON, 0, []
    path.touch()
    while written < len(text) or now < NOON + timedelta(hours=1):
        if written < len(text) and chance.random() < 0.6:
            step = chance.randrange(1, 40)
            with path.open("ab") as grown:
                grown.write(text[written : written + step])
            written += step
            os.utime(path, ns=(int(now.timestamp() * 1e9), int(now.timestamp() * 1e9)))
        ready, checkpoint = look(tmp_path, checkpoint, now)
        for file in ready:
            lines = path.read_bytes()[: file.state.size].splitlines()
            whole = lines if path.read_bytes()[: file.state.size].endswith(b"\n") else lines[:-1]
            read += whole[file.after :]
            if chance.random() < 0.7:
                checkpoint = watch(tmp_path).done(checkpoint, file, len(lines))
            else:
                del read[len(read) - len(whole[file.after :]) :]  # died before it was stored: nothing was kept
        now += timedelta(seconds=chance.choice((1, 3, 70)))
    assert [line.decode() for line in read] == [f"{number:04d}" for number in range(200)]


def test_a_folder_that_cannot_be_opened_or_stays_empty_by_day_is_warned_of(tmp_path: Path) -> None:
    missing = watch(tmp_path / "missing")
    checkpoint = b""
    for minute in range(3):
        ready, checkpoint = missing.look(checkpoint, NOON + timedelta(minutes=minute))
        assert ready == []
    notice = missing.warning(checkpoint, NOON + timedelta(minutes=3))
    assert notice is not None
    assert notice.trouble is Trouble.FAILING
    _, checkpoint = look(tmp_path, b"", NOON)
    later = NOON + timedelta(days=4)
    _, checkpoint = look(tmp_path, checkpoint, later)
    silent = watch(tmp_path).warning(checkpoint, later)
    assert silent is not None
    assert silent.trouble is Trouble.SILENT
