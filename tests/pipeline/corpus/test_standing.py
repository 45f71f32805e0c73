"""Every store of the corpus keeps one version of each mention, the highest, whatever comes twice, late or between."""

import random
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from pipeline.corpus.query import Hit, Page, Query, Stored, every_hit
from pipeline.records import Assessed

Store = Any  # a corpus with ``put``


@pytest.fixture
def corpus(new_store: Callable[[], Store]) -> Iterator[Store]:
    """An empty store of either kind."""
    store = new_store()
    yield store
    store.close()


@pytest.fixture
def filled(corpus: Store, invented: list[Assessed]) -> Store:
    corpus.put(invented)
    return corpus


def ids(page: Page | list[Hit]) -> list[str]:
    return [hit.assessed.mention.id for hit in (page.hits if isinstance(page, Page) else page)]


def careful(assessed: Assessed) -> Assessed:
    """The same mention as the careful reader judged it."""
    return replace(assessed, assessment=replace(assessed.assessment, reader="careful"))


def test_pages_are_complete_while_others_write(filled: Store, invented: list[Assessed], judged: Any) -> None:
    before = set(ids(list(every_hit(filled, Query("停")))))
    query = Query("停", limit=50)
    seen: list[str] = []
    number = 0
    while True:
        page = filled.search(query)
        seen += ids(page)
        if not page.cursor:
            break
        number += 1
        newest, oldest = page.hits[0].assessed.mention.published_at, page.hits[-1].assessed.mention.published_at
        filled.put(
            [
                judged("又停水了", id=f"new:{number}", at=newest + timedelta(hours=1)),
                judged("又停水了", id=f"same:{number}", at=oldest),
                careful(page.hits[-1].assessed),
                careful(invented[number]),
            ]
        )
        query = replace(query, cursor=page.cursor)
    assert len(seen) == len(set(seen))
    assert before <= set(seen)


@pytest.mark.parametrize("query", ["雲澤市停水", "云泽市停水", "雲 澤", "ｇｄｐ", "GDP２０", "gdp 20"])
def test_traditional_and_full_width_queries_find_simplified_text(corpus: Store, judged: Any, query: str) -> None:
    corpus.put([judged("云泽市停水，GDP20"), judged("没有关系", id="weibo:2")])
    assert ids(corpus.search(Query(query))) == ["weibo:1"]


def test_highlights_name_field_and_characters(corpus: Store, judged: Any) -> None:
    corpus.put([judged("連續停水，又停水", title="停水", quoted="原文：停水通知")])
    (hit,) = corpus.search(Query("停水")).hits
    assert [(mark.field, mark.start, mark.end) for mark in hit.highlights] == [
        ("title", 0, 2), ("text", 2, 4), ("text", 6, 8), ("quoted_text", 3, 5),
    ]  # fmt: skip


@given(st.text(max_size=40), st.text(max_size=20))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_text_can_be_stored_and_any_sought(corpus: Store, judged: Any, text: str, query: str) -> None:
    first, second = f"weibo:{uuid4()}", f"weibo:{uuid4()}"
    assessed = judged(text, id=first)
    corpus.put([assessed, judged(text + query, id=second)])
    assert corpus.get(first) == assessed
    corpus.search(Query(query))
    assert corpus.put([judged("停水", id=first, revision=1)]) == Stored(0, 1, 0)
    assert first in ids(corpus.search(Query("停水", limit=1000)))


def test_a_lower_version_never_replaces_a_higher(corpus: Store, judged: Any) -> None:
    careful = judged("停水三天", revision=1, reader="careful")
    assert corpus.put([careful]) == Stored(1, 0, 0)
    assert corpus.put([judged("停水三天", revision=1)]) == Stored(0, 0, 1)
    assert corpus.put([judged("停水", revision=0, reader="human")]) == Stored(0, 0, 1)
    assert corpus.get("weibo:1") == careful
    edited = judged("改成停电", revision=2)
    assert corpus.put([edited]) == Stored(0, 1, 0)
    assert corpus.get("weibo:1") == edited
    assert ids(corpus.search(Query("停水"))) == []
    assert ids(corpus.search(Query("停电"))) == ["weibo:1"]


def test_storing_twice_changes_nothing_and_counts_as_duplicate(corpus: Store, invented: list[Assessed]) -> None:
    assert corpus.put(invented) == Stored(2000, 0, 0)
    before = list(every_hit(corpus, Query("停", limit=100)))
    assert corpus.put(invented) == Stored(0, 0, 2000)
    assert list(every_hit(corpus, Query("停", limit=100))) == before


@pytest.mark.parametrize("apart", [timedelta(days=1), timedelta(days=31)])
def test_the_order_of_versions_does_not_matter(corpus: Store, judged: Any, apart: timedelta) -> None:
    days = [datetime(2026, 11, 20, tzinfo=UTC) + apart * revision for revision in range(3)]
    for number in range(6):
        versions = [
            judged("停水", id=f"weibo:{number}", revision=revision, reader=reader, at=day)
            for revision, day in enumerate(days)
            for reader in ("quick", "careful", "human")
        ]
        random.Random(number).shuffle(versions)
        half = len(versions) // 2
        stored = [corpus.put(versions[:half]), corpus.put(versions[half:])]
        assert sum(s.indexed for s in stored) == 1
        standing = corpus.get(f"weibo:{number}")
        assert standing is not None
        assert standing.version == 10
        assert len(list(every_hit(corpus, Query("停水")))) == corpus.facets(Query()).total == number + 1
    assert corpus.versions() == {f"weibo:{number}": 10 for number in range(6)}


def test_new_counts_of_the_same_text_are_kept(corpus: Store, judged: Any) -> None:
    corpus.put([judged(likes=1)])
    assert corpus.put([judged(likes=9)]) == Stored(0, 1, 0)
    (hit,) = corpus.search(Query("停水")).hits
    assert hit.assessed.mention.engagement.likes == 9
