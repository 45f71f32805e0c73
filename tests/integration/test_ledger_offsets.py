"""The ledger keeps its own offset of the brokers' log: a record twice changes nothing, a lost one is told."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from kafka import KafkaAdminClient, TopicPartition

from classifiers.classifier import Text
from connectors.mention import Channel, Mention
from pipeline import brokered, wire
from pipeline.broker.publisher import Parcel, Publisher
from pipeline.flow import Group, Topic
from pipeline.records import EXPIRED, Flagged, FlagReason, Rejected
from pipeline.service import Service
from pipeline.stores import log
from pipeline.stores.log import Lane
from tests.integration.brokered import Deployment, deployed
from tests.pipeline.keyword_reader import KeywordReader

pytestmark = [pytest.mark.servers, pytest.mark.timeout(600)]
NOON = datetime(2026, 6, 16, 4, tzinfo=UTC)


def flagged(number: int, text: str = "路塌方") -> Parcel:
    text = f"{number}号{text}"
    mention = Mention(f"weibo:{number}", Channel.WEIBO, "mentions", text, NOON, NOON)
    (verdict,) = KeywordReader().assess([Text(text)])
    return Parcel(Topic.FLAGGED, 0, wire.encode(Flagged(mention, verdict, FlagReason.CATEGORY)))


def work(deployment: Deployment, offset: int) -> dict[str, list[Any]]:
    """Let the ledger come to an offset and return what it holds."""
    with brokered.opened(deployment.settings("desk"), leads=True, quick=KeywordReader()) as running:
        running.pipeline.start()
        deployment.until(lambda: done(running) >= offset, 60)
        db = running.pipeline.main.read
        return {
            name: db.execute(f"SELECT * FROM {name} ORDER BY 1, 2").fetchall()
            for name in ("log_ledger_0", "members", "alert_revisions", "feed", "log_rejected_0")
        }


def done(running: Service) -> int:
    return log.committed(running.pipeline.main.read, Group.LEDGER, Topic.FLAGGED, Lane.LIVE)


def test_a_record_again_or_twice_changes_nothing_and_a_lost_one_is_told(servers: Any, tmp_path: Path) -> None:
    with deployed(servers, tmp_path, partitions=1) as deployment:
        publisher = Publisher(deployment.connection)
        publisher.publish([flagged(1), flagged(2), Parcel(Topic.FLAGGED, 0, b"{broken"), flagged(3)])
        before = work(deployment, 4)
        assert len(before["members"]) == 3
        assert before["alert_revisions"]

        publisher.publish([flagged(1), flagged(2), flagged(3)])
        assert work(deployment, 7) | {"log_rejected_0": []} == before | {"log_rejected_0": []}

        publisher.publish([flagged(4), flagged(5)])
        admin = KafkaAdminClient(bootstrap_servers=servers.kafka)
        admin.delete_records({TopicPartition(deployment.connection.topic(Topic.FLAGGED), 0): 8})
        admin.close()
        after = work(deployment, 9)
        assert len(after["members"]) == 4
        told = [wire.decode(record.value, Rejected) for record in deployment.records(Topic.REJECTED)]
        assert [(each.reason, each.detail) for each in told if each.reason == EXPIRED] == [
            (EXPIRED, "opinion.flagged/0: 7-7")
        ]
        assert [each.reason for each in told if each.stage == "fold"].count("bad_record") == 1
        with brokered.opened(deployment.settings("desk"), leads=True, quick=KeywordReader()) as running:
            assert any("已过保留期" in fault or "过保留期" in fault for fault in running.pipeline.balance().faults)
        publisher.close()


def test_while_the_brokers_are_away_what_comes_in_waits_on_the_disk(servers: Any, tmp_path: Path) -> None:
    with deployed(servers, tmp_path, partitions=2) as deployment:
        given = deployment.given["kafka"]
        deployment.given["kafka"] = given | {"brokers": ["127.0.0.1:9"]}
        export = tmp_path / "export.jsonl"
        export.write_text(
            '{"id": "weibo:1", "channel": "weibo", "text": "停水", "published_at": "2026-06-16T08:00:00+08:00"}\n'
        )
        with brokered.opened(deployment.settings("inlet"), leads=False) as running:
            running.pipeline.start()
            assert not running.feeder.feed(export).problem
            assert running.pipeline.undelivered(2) == 1
            deployment.until(lambda: any("Kafka" in problem for problem in running.pipeline.problems()), 60)
        deployment.given["kafka"] = given
        with brokered.opened(deployment.settings("inlet"), leads=False) as running:
            running.pipeline.start()
            assert running.pipeline.undelivered(30) == 0
            assert not running.pipeline.problems()
        (envelope,) = deployment.records(Topic.MENTIONS)
        (mention,) = [wire.decode(part, Mention) for part in wire.unpack(envelope.value)]
        assert mention.id == "weibo:1"
