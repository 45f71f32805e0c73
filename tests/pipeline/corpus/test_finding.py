"""Every store of the corpus finds the same: what a substring search finds, newest first, page by page."""

import random
import re
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import pytest

from classifiers.assessment import Category, Severity
from connectors.mention import Channel
from pipeline.corpus.cutting import fold
from pipeline.corpus.query import Hit, Page, Query, every_hit
from pipeline.errors import QueryError
from pipeline.records import Assessed

Store = Any  # a corpus with ``put``


@pytest.fixture(scope="module")
def filled(new_store: Callable[[], Store], invented: list[Assessed]) -> Iterator[Store]:
    """A store of either kind that holds what was invented; the tests of this file only read it."""
    store = new_store()
    for start in range(0, len(invented), 500):
        store.put(invented[start : start + 500])
    yield store
    store.close()


def ids(page: Page | list[Hit]) -> list[str]:
    return [hit.assessed.mention.id for hit in (page.hits if isinstance(page, Page) else page)]


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
    filled: Store, invented: list[Assessed]
) -> None:
    texts = {a.mention.id: fold(f"{a.mention.title}\n{a.mention.text}") for a in invented}
    for query in chinese_parts(list(texts.values()), 80, random.Random(1)):
        found = ids(filled.search(Query(query, limit=len(texts))))
        assert sorted(found) == sorted(id_ for id_, text in texts.items() if query in text), query


def test_hits_come_newest_first_and_pages_hold_each_once(filled: Store) -> None:
    hits = list(every_hit(filled, Query("停", limit=7)))
    times = [hit.assessed.mention.published_at for hit in hits]
    assert times == sorted(times, reverse=True)
    assert len(set(ids(hits))) == len(hits) == filled.facets(Query("停")).total


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
def test_filters_let_through_what_they_say(filled: Store, invented: list[Assessed], query: Query) -> None:
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


HOSTILE = [
    *('"', "'", '"停水', "停 AND 水", "NEAR(停 水)", "text:停水", "停水*", "^停", "-停水", "(", "{a b}: c", "%", "\\"),
    *("停\0水", "\ud800停水", "\ue000", "\ue001", ";DROP TABLE mention", "停" * 1000, "停 " * 500, "a" * 1000),
    " ".join(map(chr, range(0x4E00, 0x4FF0))),
]


@pytest.mark.parametrize("query", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_queries_are_words_and_nothing_else(filled: Store, invented: list[Assessed], query: str) -> None:
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


def test_more_words_than_a_store_can_seek_are_refused() -> None:
    with pytest.raises(QueryError, match="至多 1000 个字"):
        Query("停" * 1001)
    with pytest.raises(QueryError, match="至多 1000 个字"):
        Query(place="停" * 1001)


@pytest.mark.parametrize("cursor", ["x", "1;2", "９", "1" * 40, "-", "\0"])
def test_a_cursor_of_ones_own_making_is_refused(filled: Store, cursor: str) -> None:
    with pytest.raises(QueryError, match="游标"):
        filled.search(Query("停水", cursor=cursor))
