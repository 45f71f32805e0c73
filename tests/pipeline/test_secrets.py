"""A state secret planted in any field of any format leaves by no store, topic, log, metric or answer.

The mark stands in turn in every field of every connector's files; the whole pipeline reads them; then every file that
it wrote, everything it said and everything it answers is searched for the words beside the mark.
"""

import json
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest

from connectors.reading.csvs import csv_rows
from connectors.reading.lines import encoding_of, head_of
from connectors.reading.sheets import is_sheet, sheets
from pipeline import config, service
from pipeline.audit import audit
from pipeline.service import Service
from pipeline.web.server import Listening, serving
from tests.connectors.fixtures._tables import write_csv
from tests.contracts.test_connectors import CONNECTORS, files_for
from tests.pipeline.keyword_reader import KeywordReader

WORD = "云雀七号"
PLANTED = f"{WORD} 机密★10年"
_MOST = 15


def planted(path: Path, folder: Path) -> Iterator[Path]:
    """Write copies of a file, the mark in another field of each."""
    head = head_of(path)
    data = path.read_bytes()
    if head.startswith(b"SQLite"):
        yield from _in_database(path, folder)
    elif is_sheet(head) or path.suffix == ".csv":
        yield from _in_table(path, folder)
    elif path.suffix in (".json", ".jsonl") and (value := _parsed(data)) is not None:
        for number, changed in enumerate(_in_values(value)):
            yield _write(folder, f"{number}-{path.name}", json.dumps(changed, ensure_ascii=False).encode())
    elif path.suffix == ".json" and (value := _parsed(data.splitlines()[0])) is not None:
        rest = b"\n".join(data.splitlines()[1:])
        for number, changed in enumerate(_in_values(value)):
            line = json.dumps(changed, ensure_ascii=False).encode()
            yield _write(folder, f"{number}-{path.name}", line + b"\n" + rest)
    else:
        yield from _in_text(path, data, folder)


def _parsed(data: bytes) -> Any:
    try:
        return json.loads(data)
    except ValueError:
        return None


def _write(folder: Path, name: str, data: bytes) -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


def _in_values(value: Any) -> Iterator[Any]:
    """Yield copies of a JSON value with the mark in another of its texts and numbers."""
    places = list(_places(value, ()))[:_MOST]
    for place in places:
        changed = json.loads(json.dumps(value))
        inner = changed
        for step in place[:-1]:
            inner = inner[step]
        inner[place[-1]] = PLANTED
        yield changed


def _places(value: Any, path: tuple[Any, ...]) -> Iterator[tuple[Any, ...]]:
    steps = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in steps:
        if isinstance(inner, dict | list):
            yield from _places(inner, (*path, key))
        else:
            yield (*path, key)


def _in_table(path: Path, folder: Path) -> Iterator[Path]:
    """Write the table as CSV with the mark in another column of its last filled row."""
    if is_sheet(head_of(path)):
        tables = [[[str(cell or "") for cell in row] for row in rows] for _, rows in sheets(path)]
    else:
        tables = [[cells for _, cells, _, _ in csv_rows(path, encoding_of(path)) if isinstance(cells, list)]]
    for table in tables:
        rows = [row for row in table if any(row)]
        for column in range(len(rows[-1]) if len(rows) > 1 else 0):
            changed = [*rows[:-1], [*rows[-1][:column], PLANTED, *rows[-1][column + 1 :]]]
            yield write_csv(folder / f"{column}-{path.stem}.csv", changed)


def _in_database(path: Path, folder: Path) -> Iterator[Path]:
    with closing(sqlite3.connect(path)) as base:
        names = [name for (name,) in base.execute("SELECT name FROM sqlite_master WHERE type='table'")]
        columns = [(name, row[1]) for name in names for row in base.execute(f"PRAGMA table_info({name})")]
    for number, (name, column) in enumerate(columns):
        copy = _write(folder, f"{number}-{path.name}", path.read_bytes())
        with closing(sqlite3.connect(copy)) as base:
            try:
                base.execute(f"UPDATE {name} SET {column}=?", (PLANTED,))
            except sqlite3.Error:
                continue
            base.commit()
        yield copy


def _in_text(path: Path, data: bytes, folder: Path) -> Iterator[Path]:
    """Write the page or text with the mark before another of its Chinese words."""
    encoding = "gb18030" if b"gb" in data[:400].lower() and b"utf-8" not in data[:400].lower() else "utf-8"
    if b"big5" in data[:400].lower():
        return  # the mark has no such form there; the test of saved pages plants the traditional one
    text = data.decode(encoding, "replace")
    starts = [match.start() for match in re.finditer(r"[\u4e00-\u9fff]{2,}", text)]
    for number, at in enumerate(starts[:: max(1, len(starts) // 6)]):
        yield _write(folder, f"{number}-{path.name}", f"{text[:at]}{PLANTED}{text[at:]}".encode(encoding, "replace"))


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Service]:
    with service.opened(config.load(data=tmp_path / "data"), quick=KeywordReader()) as opened:
        yield opened


def test_a_mark_in_any_field_of_any_format_is_found_in_no_sink(
    running: Service, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    held_back: dict[str, int] = {}
    for name in sorted(CONNECTORS):
        (tmp_path / name).mkdir()
        (tmp_path / name / "planted").mkdir()
        for source in files_for(name, tmp_path / name):
            if source.suffix == ".gz" or name == "warc":
                continue  # its pages go the way of their own formats
            for path in planted(source, tmp_path / name / "planted"):
                report = running.feeder.feed(path, format_name=name)
                held_back[name] = held_back.get(name, 0) + report.fates.get("quarantined", 0)  # type: ignore[call-overload]
        running.pipeline.drain()
    assert set(held_back) == set(CONNECTORS) - {"warc"}
    assert all(held_back.values()), held_back
    balance = audit(running.pipeline.view)
    assert sum(line.quarantined for line in balance.lines) == sum(held_back.values())

    folder = running.pipeline.folder
    written = [path for path in folder.path.rglob("*") if path.is_file() and not path.name.startswith("quarantine.db")]
    assert written
    forms = [WORD.encode(), WORD.encode("gb18030"), json.dumps(WORD).encode(), WORD.encode("utf-16-le")]
    for path in written:
        data = path.read_bytes()
        assert not any(form in data for form in forms), path.name
    with serving(running, Listening(port=0)) as address:
        base, _, token = address.partition("#token=")
        with httpx.Client(base_url=base, headers={"Authorization": f"Bearer {token}"}) as client:
            for route in ("/metrics", "/api/v1/sources", "/api/v1/alerts", "/api/v1/search?q=机密", "/readyz"):
                assert WORD not in client.get(route).text, route
    said = capfd.readouterr()
    assert WORD not in said.out
    assert WORD not in said.err


def test_a_mark_in_a_files_name_or_in_what_no_format_knows_is_found_in_no_sink(
    running: Service, tmp_path: Path
) -> None:
    unknown = _write(tmp_path, "x.bin", f"\x00{PLANTED}".encode())
    running.feeder.feed_capture(unknown, "auto", running.pipeline.context().now)
    named = _write(
        tmp_path,
        f"{WORD}机密★.jsonl",
        b'{"id": "m1", "channel": "forum", "text": "ok", "published_at": "2026-07-01 08:05"}\n{"id"',
    )
    running.feeder.feed(named)
    running.pipeline.drain()
    for path in running.pipeline.folder.path.rglob("*"):
        if path.is_file() and not path.name.startswith("quarantine.db"):
            assert WORD.encode() not in path.read_bytes(), path.name


CALL = "我叫王小明，住白鹭小区3栋2单元501室，车牌鄂A12345，身份证420502199001011234，电话13900001234，小区停水了"


def test_persons_are_masked_in_every_store_and_an_author_is_a_hash(running: Service, tmp_path: Path) -> None:
    header = ["工单编号", "受理时间", "市民姓名", "市民电话", "详细地址", "内容描述"]
    row = ["20260701000123", "2026-07-01 09:45:00", "王小明", "13900001234", "白鹭小区3栋2单元501室", CALL]
    bad = ["20260701000124", "某日", "王小明", "13900001234", "白鹭小区3栋2单元501室", CALL]
    running.feeder.feed(write_csv(tmp_path / "工单.csv", [header, row, bad]))
    running.pipeline.drain()
    for path in running.pipeline.folder.path.rglob("*"):
        if not path.is_file() or path.name.startswith("rejected.db"):
            continue  # the rejected store keeps the bytes, 0600 and for a short time; it shows them masked
        data = path.read_bytes()
        for person in ("王小明", "13900001234", "420502199001011234", "鄂A12345", "501室"):
            assert person.encode() not in data, (path.name, person)
