"""The embedded corpus: its offset, its file, and a second process that searches."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pipeline.corpus.embedded import EmbeddedCorpus
from pipeline.corpus.query import Hit, Page, Query
from pipeline.errors import StoreError
from pipeline.records import Assessed


@pytest.fixture
def corpus(tmp_path: Path) -> Iterator[EmbeddedCorpus]:
    store = EmbeddedCorpus(tmp_path / "corpus.sqlite")
    yield store
    store.close()


@pytest.fixture
def filled(corpus: EmbeddedCorpus, invented: list[Assessed]) -> EmbeddedCorpus:
    for start in range(0, len(invented), 300):
        corpus.put(invented[start : start + 300], start)
    return corpus


def ids(page: Page | list[Hit]) -> list[str]:
    return [hit.assessed.mention.id for hit in (page.hits if isinstance(page, Page) else page)]


def test_the_offset_stands_with_what_it_accounts_for(corpus: EmbeddedCorpus, tmp_path: Path, judged: Any) -> None:
    assert corpus.offset() is None
    corpus.put([judged()], 17)
    assert corpus.offset() == 17
    with pytest.raises(OverflowError):
        corpus.put([judged("停电", id="weibo:2")], 2**70)
    assert corpus.offset() == 17
    assert corpus.get("weibo:2") is None
    corpus.close()
    again = EmbeddedCorpus(tmp_path / "corpus.sqlite")
    assert again.offset() == 17
    again.close()


def test_counts_tell_source_and_day_of_collection(corpus: EmbeddedCorpus, invented: list[Assessed]) -> None:
    corpus.put(invented)
    assert corpus.counts() == {("weibo_search", "2026-11-23"): 2000}


def test_another_process_may_search_while_one_writes(filled: EmbeddedCorpus, tmp_path: Path, judged: Any) -> None:
    reader = EmbeddedCorpus(tmp_path / "corpus.sqlite", read_only=True)
    filled.put([judged("石桥镇路灯不亮", id="weibo:new")])
    assert ids(reader.search(Query("路灯不亮"))) == ["weibo:new"]
    with pytest.raises(StoreError, match="只读"):
        reader.put([judged()])
    reader.close()


def test_a_missing_damaged_or_newer_file_is_refused_in_words(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="yuqing ingest"):
        EmbeddedCorpus(tmp_path / "none.sqlite", read_only=True)
    (tmp_path / "damaged.sqlite").write_bytes(b"not a database" * 1000)
    with pytest.raises(StoreError, match="打不开"):
        EmbeddedCorpus(tmp_path / "damaged.sqlite")
    path = tmp_path / "newer.sqlite"
    EmbeddedCorpus(path).close()
    with sqlite3.connect(path) as db:
        db.execute("PRAGMA user_version = 99")
    db.close()
    with pytest.raises(StoreError, match="99"):
        EmbeddedCorpus(path)
