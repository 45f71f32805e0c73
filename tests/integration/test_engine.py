"""What an engine does with bad records, against real brokers: each is set aside with its reason, the rest goes on."""

import threading
from pathlib import Path
from typing import Any

import pytest

from pipeline import wire
from pipeline.broker.publisher import ENVELOPE, LARGEST, Publisher, envelopes, partition_of
from pipeline.contexts import context_of
from pipeline.flow import Group, Topic
from pipeline.records import Assessed, Flagged, Rejected
from pipeline.runtimes.engine import Stages, Taken
from pipeline.stores.kept import KeptStore
from tests.integration.brokered import deployed
from tests.pipeline.keyword_reader import KeywordReader


def line(number: int, text: str) -> bytes:
    at = "2026-06-16T11:00:00+08:00"
    return (
        f'{{"id":"weibo:{number}","channel":"weibo","source":"mentions","text":"{text}","published_at":"{at}",'
        f'"collected_at":"{at}"}}'
    ).encode()


@pytest.mark.servers
def test_bad_records_are_set_aside_and_the_others_go_on(servers: Any, tmp_path: Path) -> None:
    with deployed(servers, tmp_path, partitions=2) as deployment:
        settings = deployment.settings("worker")
        settings.data.mkdir()
        rejected = KeptStore(settings.data / "rejected.db")
        publisher = Publisher(deployment.connection)
        engine = Stages(
            Group.DETECT, context_of(settings, KeywordReader()), publisher, rejected, threading.Event()
        )  # fmt: skip
        values = [
            b"\xff not an envelope",
            wire.pack([line(1, "甲路停水"), b'{"id":"weibo:2","channel":"nowhere"}', line(3, "抛错"), line(4, "晴")]),
            wire.pack([b'{"id":"weibo:5","text":5}', line(6, "乙路塌方")]),
        ]
        engine.work([Taken(Topic.MENTIONS, 0, number, value) for number, value in enumerate(values)])
        assessed = [
            wire.decode(part, Assessed).mention.id
            for record in deployment.records(Topic.ASSESSED)
            for part in wire.unpack(record.value)
        ]
        assert sorted(assessed) == ["weibo:1", "weibo:4", "weibo:6"]
        flagged = [wire.decode(record.value, Flagged).mention.id for record in deployment.records(Topic.FLAGGED)]
        assert flagged == ["weibo:1", "weibo:6"]
        records = deployment.records(Topic.REJECTED)
        told = [wire.decode(record.value, Rejected) for record in records]
        assert sorted((each.reason, each.mention_id) for each in told) == [
            ("bad_record", ""),
            ("bad_record", "weibo:2"),
            ("bad_record", "weibo:5"),
            ("step_failed", "weibo:3"),
        ]
        assert not any("抛错".encode() in record.value for record in records)
        assert rejected.places() == {
            "opinion.mentions/0/0", "opinion.mentions/0/1/1", "opinion.mentions/0/2/0", "weibo:3",
        }  # fmt: skip
        kept = rejected.get("opinion.mentions/0/0")
        assert kept is not None
        assert kept.raw == values[0]
        publisher.close()


def test_envelopes_keep_the_order_of_a_mention_and_hold_no_more_than_they_may() -> None:
    records = [(f"weibo:{number % 50}", b"%d" % number) for number in range(1000)]
    parcels = list(envelopes(Topic.MENTIONS, 4, records))
    found: dict[int, list[int]] = {}
    for parcel in parcels:
        parts = wire.unpack(parcel.value)
        assert len(parts) <= ENVELOPE
        found.setdefault(parcel.partition, []).extend(map(int, parts))
    assert sorted(number for numbers in found.values() for number in numbers) == list(range(1000))
    for partition, numbers in found.items():
        assert numbers == sorted(numbers)
        assert all(partition_of(f"weibo:{number % 50}", 4) == partition for number in numbers)


def test_a_large_record_travels_alone() -> None:
    large = b'"' + b"x" * (LARGEST // 2) + b'"'
    parcels = list(envelopes(Topic.MENTIONS, 1, [("a", b"1"), ("b", large), ("c", b"2")]))
    assert [len(wire.unpack(parcel.value)) for parcel in parcels] == [1, 1, 1]
