"""``yuqing topics create``: made once as the table says; what differs is told and left alone."""

from pathlib import Path
from typing import Any

import pytest
from kafka import KafkaAdminClient
from kafka.admin import NewTopic

from pipeline.broker import topics
from pipeline.broker.connection import Connection
from pipeline.config import Kafka
from pipeline.errors import ConfigError, TransientError
from pipeline.flow import Topic
from tests.integration.brokered import Deployment


@pytest.mark.servers
def test_topics_are_made_once_and_differences_are_told(servers: Any, tmp_path: Path) -> None:
    deployment = Deployment(servers, tmp_path, partitions=3)
    flagged, ledger = (deployment.connection.topic(topic) for topic in (Topic.FLAGGED, Topic.LEDGER))
    admin = KafkaAdminClient(bootstrap_servers=servers.kafka)
    admin.create_topics([NewTopic(flagged, 2, 1)])
    made = topics.create(deployment.connection)
    assert len(made.created) == 4
    assert made.present == [flagged]
    assert any("2 个分区，应为 1 个" in line for line in made.differences)
    assert any("retention.ms 为 缺省值" in line for line in made.differences)
    shape = {found["name"]: len(found["partitions"]) for found in admin.describe_topics([flagged, ledger])}
    admin.close()
    assert shape == {flagged: 2, ledger: 1}
    again = topics.create(deployment.connection)
    assert (again.created, again.differences) == ([], made.differences)


def test_brokers_that_are_not_there_are_named() -> None:
    with pytest.raises(TransientError, match=r"127\.0\.0\.1:9"):
        topics.create(Connection(Kafka(brokers=("127.0.0.1:9",))))


def test_without_brokers_the_configuration_is_asked_for() -> None:
    with pytest.raises(ConfigError, match="brokers"):
        Connection(Kafka())
