"""The same flow twice: embedded, and on real brokers; the same bytes come of it."""

from pathlib import Path
from typing import Any

import pytest

from pipeline import brokered, config, service, wire
from pipeline.flow import Group, Topic
from pipeline.records import Decision
from pipeline.service import Service
from pipeline.stores import log
from pipeline.stores.log import Lane
from tests.integration import kill
from tests.integration.brokered import CLOCK, Deployment, deployed
from tests.pipeline.keyword_reader import KeywordReader

pytestmark = [pytest.mark.servers, pytest.mark.timeout(600)]
MENTIONS = 600


@pytest.fixture(scope="module")
def exports(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("exports")
    kill.generate(folder, MENTIONS)
    return sorted(folder.iterdir())


@pytest.fixture(scope="module")
def embedded(exports: list[Path], tmp_path_factory: pytest.TempPathFactory) -> dict[Topic, list[bytes]]:
    """Every topic of the embedded log after all exports."""
    settings = config.load(data=tmp_path_factory.mktemp("embedded"), clock=CLOCK)
    with service.opened(settings, quick=KeywordReader()) as running:
        running.pipeline.start()
        feed(running, exports)
        running.feeder.finish()
        db = running.pipeline.main.read
        return {
            topic: [value for lane in Lane for _, value in log.read(db, topic, lane, 0, -1)] for topic in log.LOGGED
        }


def feed(running: Service, exports: list[Path]) -> None:
    for path in exports:
        assert not running.feeder.feed(path).problem


def on_brokers(deployment: Deployment, exports: list[Path]) -> dict[Topic, list[bytes]]:
    """Publish the exports, let detect and ledger do them, and return the records of every topic, envelopes unpacked."""
    deployment.start(Group.DETECT, "detect-1")
    with brokered.opened(deployment.settings("desk"), leads=True, quick=KeywordReader()) as running:
        running.pipeline.start()
        feed(running, exports)
        running.pipeline.settle()
        assert running.pipeline.undelivered(30) == 0
    found = {topic: [record.value for record in deployment.records(topic)] for topic in log.LOGGED}
    for topic in (Topic.MENTIONS, Topic.ASSESSED):
        found[topic] = [part for value in found[topic] for part in wire.unpack(value)]
    return found


def test_with_one_partition_every_topic_holds_the_same_bytes(
    embedded: dict[Topic, list[bytes]], exports: list[Path], servers: Any, tmp_path: Path
) -> None:
    with deployed(servers, tmp_path, partitions=1) as deployment:
        found = on_brokers(deployment, exports)
    assert len(embedded[Topic.MENTIONS]) > MENTIONS
    assert len(embedded[Topic.LEDGER]) > 50
    for topic in (Topic.MENTIONS, Topic.ASSESSED, Topic.FLAGGED, Topic.LEDGER):
        assert found[topic] == embedded[topic], topic
    assert sorted(found[Topic.REJECTED]) == sorted(embedded[Topic.REJECTED])
    assert found[Topic.REJECTED]


def test_with_twelve_partitions_the_sets_are_the_same_and_the_ledger_decides_on_every_mention(
    embedded: dict[Topic, list[bytes]], exports: list[Path], servers: Any, tmp_path: Path
) -> None:
    with deployed(servers, tmp_path) as deployment:
        found = on_brokers(deployment, exports)
    for topic in (Topic.ASSESSED, Topic.FLAGGED, Topic.REJECTED):
        assert sorted(found[topic]) == sorted(embedded[topic]), topic
    # Which of two copies comes first is not the same, and with it whose matter it is; who was decided on is.
    assert decided(found[Topic.LEDGER]) == decided(embedded[Topic.LEDGER])


def decided(decisions: list[bytes]) -> set[tuple[str, int]]:
    """Return the mentions, with their versions, that decisions are about."""
    read = [wire.decode(value, Decision).flagged for value in decisions]
    return {(flagged.mention.id, flagged.version) for flagged in read if flagged is not None}
