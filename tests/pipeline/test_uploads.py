"""Bringing a file by the page: who may, what is refused before it is read, and that nothing taken is lost."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from pipeline import config, service
from pipeline.audit import audit
from pipeline.handling.roles import Role
from pipeline.service import Service
from pipeline.stores.access import Access
from pipeline.uploads import safe_name
from pipeline.web.server import Listening, serving
from tests.connectors.fixtures import weibo_search
from tests.pipeline.keyword_reader import KeywordReader


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Service]:
    settings = config.load(data=tmp_path / "data", web={"upload_mib": 1})
    with service.opened(settings, quick=KeywordReader()) as opened:
        opened.pipeline.start()
        yield opened


@pytest.fixture
def client(running: Service) -> Iterator[httpx.Client]:
    with serving(running, Listening(port=0)) as address:
        base, _, token = address.partition("#token=")
        with httpx.Client(base_url=base, headers={"Authorization": f"Bearer {token}"}) as client:
            yield client


def brought(client: httpx.Client, name: str, data: bytes, format_name: str = "auto") -> dict[str, Any]:
    answer = client.post("/api/v1/uploads", params={"name": name, "format": format_name}, content=data)
    assert answer.status_code == 202, answer.text
    told: dict[str, Any] = {}
    for _ in range(600):
        told = client.get(f"/api/v1/uploads/{answer.json()['id']}").json()
        if told["state"] in ("done", "failed"):
            return told
        time.sleep(0.05)
    raise AssertionError(told)


def test_an_uploaded_file_is_read_and_what_was_made_of_it_is_told(
    client: httpx.Client, running: Service, tmp_path: Path
) -> None:
    path = weibo_search.write(tmp_path)[0]
    told = brought(client, "结果 13900001234.csv", path.read_bytes())
    assert told["state"] == "done"
    report = told["report"]
    assert "13900001234" not in report["file"]
    explanation = report["explanation"]
    assert explanation["connector"] == "weibo_search"
    assert {"正文", "时间"} <= {field["label"] for field in explanation["fields"]}
    assert sum(report["fates"].values()) == report["offered"] == explanation["offered"]
    assert explanation["mentions"] + sum(line["count"] for line in explanation["refusals"]) == report["offered"]
    running.feeder.finish()
    assert audit(running.pipeline.view).holds
    assert list(running.pipeline.folder.spool.iterdir()) == []


def test_what_no_format_knows_is_told_so_and_kept(client: httpx.Client, running: Service) -> None:
    told = brought(client, "照片.bin", bytes(range(256)))
    assert "认不出" in told["report"]["problem"]
    assert sum(line.rejected for line in audit(running.pipeline.view).lines) == 1


def test_what_is_too_large_empty_of_an_unknown_format_or_from_a_viewer_is_not_taken(
    client: httpx.Client, running: Service
) -> None:
    def status(content: bytes, **params: str) -> int:
        return client.post("/api/v1/uploads", params={"name": "a.csv", **params}, content=content).status_code

    assert status(b"x" * ((1 << 20) + 1)) == 413
    assert status(b"") == 422
    assert status(b"x", format="kurdish") == 422
    access = Access(running.pipeline.folder.path / "access.db")
    viewer = {"Authorization": f"Bearer {access.new_token('看客', Role.VIEWER)}"}
    access.close()
    refused = client.post("/api/v1/uploads", params={"name": "a.csv"}, content=b"x", headers=viewer)
    assert refused.status_code == 403
    assert client.get("/api/v1/formats", headers=viewer).status_code == 200
    assert client.get("/api/v1/uploads/none").status_code == 404
    assert list(running.pipeline.folder.spool.iterdir()) == []


def test_a_file_that_was_taken_before_the_process_ended_is_read_at_the_next_start(tmp_path: Path) -> None:
    settings = config.load(data=tmp_path / "data")
    export = weibo_search.write(tmp_path)[0]
    with service.opened(settings, quick=KeywordReader()) as opened:
        place = opened.watching.spool.new_file("结果.csv")
        place.write_bytes(export.read_bytes())
        opened.watching.spool.register(place, "auto", opened.pipeline.context().now)
        abandoned = opened.watching.spool.new_file("没传完.csv")
        abandoned.write_bytes(b"id,")
    with service.opened(settings, quick=KeywordReader()) as opened:
        opened.watching.spool.recover()
        opened.pipeline.drain()
        assert len(opened.pipeline.view.corpus.versions()) > 0
        assert list(opened.pipeline.folder.spool.iterdir()) == []
        assert audit(opened.pipeline.view).holds


@pytest.mark.parametrize(
    ("given", "safe"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\tmp\\导出.csv", "导出.csv"),
        (".hidden", "hidden"),
        ("a\x00b\n.csv", "ab.csv"),
        ("...", "file"),
        ("导" * 200 + ".xlsx", "导" * 58 + ".xlsx"),
    ],
)
def test_a_name_from_outside_is_made_safe(given: str, safe: str) -> None:
    assert safe_name(given) == safe
