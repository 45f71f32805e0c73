"""The embedded corpus: finds what a substring search finds, newest first, and keeps one version of each mention."""

import random
import re
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from classifiers.assessment import Category, Severity
from connectors.mention import Channel
from pipeline.corpus.cutting import fold
from pipeline.corpus.embedded import EmbeddedCorpus
from pipeline.corpus.query import CursorError, Hit, Page, Query, Stored, every_hit
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


def careful(assessed: Assessed) -> Assessed:
    """The same mention as the careful reader judged it."""
    return replace(assessed, assessment=replace(assessed.assessment, reader="careful"))


def chinese_parts(texts: list[str], number: int, chance: random.Random) -> list[str]:
    """Parts of 1 to 8 Chinese characters that stand in the texts."""
    parts: list[str] = []
    while len(parts) < number:
        length = len(parts) % 8 + 1
        text = chance.choice(texts)
        start = chance.randrange(max(1, len(text) - length + 1))
        part = text[start : start + length]
        if len(part) == length and all("\u4e00" <= character <= "\u9fff" for character in part):
            parts.append(part)
    return parts


def test_queries_of_one_to_eight_characters_find_what_a_substring_search_finds(
    filled: EmbeddedCorpus, invented: list[Assessed]
) -> None:
    texts = {a.mention.id: fold(f"{a.mention.title}\n{a.mention.text}") for a in invented}
    for query in chinese_parts(list(texts.values()), 160, random.Random(1)):
        found = ids(filled.search(Query(query, limit=len(texts))))
        assert sorted(found) == sorted(id_ for id_, text in texts.items() if query in text), query


def test_hits_come_newest_first_and_pages_hold_each_once(filled: EmbeddedCorpus) -> None:
    hits = list(every_hit(filled, Query("停", limit=7)))
    times = [hit.assessed.mention.published_at for hit in hits]
    assert times == sorted(times, reverse=True)
    assert len(set(ids(hits))) == len(hits) == filled.facets(Query("停")).total


def test_pages_are_complete_while_others_write(filled: EmbeddedCorpus, invented: list[Assessed], judged: Any) -> None:
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


@pytest.mark.parametrize(
    "query",
    [
        Query("停", channels=(Channel.WEIBO, Channel.HOTLINE)),
        Query("停", categories=(Category.VITAL_INTERESTS,)),
        Query(severities=(Severity.MAJOR_EMERGENCY, Severity.SENSITIVE)),
        Query("的", since=datetime.fromisoformat("2026-11-23T08:00+08:00")),
        Query("", until=datetime.fromisoformat("2026-11-23T08:00+08:00")),
        Query("水 电", since=datetime.fromisoformat("2026-11-21T08:00+08:00"), channels=(Channel.FORUM,)),
        Query("停", place="望泽"),
        Query(),
    ],
)
def test_filters_let_through_what_they_say(filled: EmbeddedCorpus, invented: list[Assessed], query: Query) -> None:
    def passes(a: Assessed) -> bool:
        mention, text = a.mention, fold(f"{a.mention.title}\n{a.mention.text}")
        return (
            all(word in text for word in query.words.split())
            and (not query.channels or mention.channel in query.channels)
            and (not query.categories or bool(set(query.categories) & set(a.assessment.flagged)))
            and (not query.severities or a.assessment.severity in query.severities)
            and (query.since is None or mention.published_at >= query.since)
            and (query.until is None or mention.published_at < query.until)
            and (query.place in mention.region_text + text)
        )

    expected = [a for a in invented if passes(a)]
    found = list(every_hit(filled, query))
    assert sorted(ids(found)) == sorted(a.mention.id for a in expected)
    facets = filled.facets(query)
    assert facets.total == len(expected) == sum(facets.channels.values()) == sum(facets.days.values())
    assert facets.severities == {
        severity: number
        for severity in Severity
        if (number := sum(a.assessment.severity == severity for a in expected))
    }
    assert facets.categories == {
        category: number for category in Category if (number := sum(category in a.assessment.flagged for a in expected))
    }


@pytest.mark.parametrize("query", ["雲澤市停水", "云泽市停水", "雲 澤", "ｇｄｐ", "GDP２０", "gdp 20"])
def test_traditional_and_full_width_queries_find_simplified_text(
    corpus: EmbeddedCorpus, judged: Any, query: str
) -> None:
    corpus.put([judged("云泽市停水，GDP20"), judged("没有关系", id="weibo:2")])
    assert ids(corpus.search(Query(query))) == ["weibo:1"]


def test_highlights_name_field_and_characters(corpus: EmbeddedCorpus, judged: Any) -> None:
    corpus.put([judged("連續停水，又停水", title="停水", quoted="原文：停水通知")])
    (hit,) = corpus.search(Query("停水")).hits
    assert [(mark.field, mark.start, mark.end) for mark in hit.highlights] == [
        ("title", 0, 2), ("text", 2, 4), ("text", 6, 8), ("quoted_text", 3, 5),
    ]  # fmt: skip


HOSTILE = [
    *('"', "'", '"停水', "停 AND 水", "NEAR(停 水)", "text:停水", "停水*", "^停", "-停水", "(", "{a b}: c", "%", "\\"),
    *("停\0水", "\ud800停水", "\ue000", "\ue001", ";DROP TABLE mention", "停" * 10_000, "停 " * 5_000, "a" * 10_000),
    " ".join(map(chr, range(0x4E00, 0x5A00))),
]


@pytest.mark.parametrize("query", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_queries_are_words_and_nothing_else(
    filled: EmbeddedCorpus, invented: list[Assessed], query: str
) -> None:
    parts = [re.findall(r"[^\W_]+", part) for part in fold(query).split()]
    patterns = [re.compile(r"[\W_]+".join(map(re.escape, runs))) for runs in parts if runs]
    fields = {a.mention.id: (fold(a.mention.title), fold(a.mention.text)) for a in invented}
    expected = sorted(
        id_
        for id_, texts in fields.items()
        if patterns and all(any(map(pattern.search, texts)) for pattern in patterns)
    )
    found = sorted(ids(filled.search(Query(query, limit=len(fields)))))
    assert found == expected
    assert filled.facets(Query(query)).total == len(expected)
    filled.search(Query(place=query))


@given(st.text(max_size=40), st.text(max_size=20))
@settings(max_examples=150, deadline=None)
def test_any_text_can_be_stored_and_any_sought(
    tmp_path_factory: pytest.TempPathFactory, judged: Any, text: str, query: str
) -> None:
    corpus = EmbeddedCorpus(tmp_path_factory.mktemp("corpus") / "corpus.sqlite")
    assessed = judged(text)
    corpus.put([assessed, judged(text + query, id="weibo:2")], 1)
    assert corpus.get("weibo:1") == assessed
    corpus.search(Query(query))
    assert corpus.put([judged("停水", revision=1)]) == Stored(0, 1, 0)
    assert "weibo:1" in ids(corpus.search(Query("停水")))
    corpus.close()


def test_a_lower_version_never_replaces_a_higher(corpus: EmbeddedCorpus, judged: Any) -> None:
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


def test_storing_twice_changes_nothing_and_counts_as_duplicate(
    corpus: EmbeddedCorpus, invented: list[Assessed]
) -> None:
    assert corpus.put(invented) == Stored(2000, 0, 0)
    before = list(every_hit(corpus, Query("停", limit=100)))
    assert corpus.put(invented) == Stored(0, 0, 2000)
    assert list(every_hit(corpus, Query("停", limit=100))) == before


def test_the_order_of_versions_does_not_matter(tmp_path: Path, judged: Any) -> None:
    days = [datetime(2026, 11, day, tzinfo=UTC) for day in (20, 21, 22)]
    versions = [
        judged("停水", revision=revision, reader=reader, at=day)
        for revision, day in enumerate(days)
        for reader in ("quick", "careful", "human")
    ]
    for number in range(6):
        random.Random(number).shuffle(versions)
        store = EmbeddedCorpus(tmp_path / f"{number}.sqlite")
        half = len(versions) // 2
        stored = [store.put(versions[:half]), store.put(versions[half:])]
        assert sum(s.indexed for s in stored) == 1
        standing = store.get("weibo:1")
        assert standing is not None
        assert standing.version == 10
        assert len(list(every_hit(store, Query("停水")))) == store.facets(Query()).total == 1
        store.close()


def test_new_counts_of_the_same_text_are_kept(corpus: EmbeddedCorpus, judged: Any) -> None:
    corpus.put([judged(likes=1)])
    assert corpus.put([judged(likes=9)]) == Stored(0, 1, 0)
    (hit,) = corpus.search(Query("停水")).hits
    assert hit.assessed.mention.engagement.likes == 9


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


@pytest.mark.parametrize("cursor", ["x", "1;2", "９", "1" * 40, "-", "\0"])
def test_a_cursor_of_ones_own_making_is_refused(corpus: EmbeddedCorpus, cursor: str) -> None:
    with pytest.raises(CursorError, match="游标"):
        corpus.search(Query("停水", cursor=cursor))
