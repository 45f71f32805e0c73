"""The topics of the flow on the brokers: made once as the table says, and never changed behind anybody's back."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

import msgspec
from kafka import KafkaAdminClient
from kafka.admin import ConfigResource, ConfigResourceType, NewTopic
from kafka.errors import KafkaError

from pipeline.broker.connection import Connection
from pipeline.errors import ConfigError, TransientError
from pipeline.flow import Topic


@dataclass(frozen=True, slots=True)
class Shape:
    """How a topic is laid out and for how long its records are kept."""

    partitions: int
    kept: timedelta


def shapes(partitions: int) -> dict[Topic, Shape]:
    """Return the table of topics; ``partitions`` is how many ways the mentions are parted."""
    return {
        Topic.MENTIONS: Shape(partitions, timedelta(days=7)),
        Topic.ASSESSED: Shape(partitions, timedelta(days=3)),
        Topic.FLAGGED: Shape(1, timedelta(days=7)),  # one: the ledger is one process, and order is its business
        Topic.REJECTED: Shape(min(3, partitions), timedelta(days=30)),
        Topic.LEDGER: Shape(1, timedelta(days=400)),
    }


class Made(msgspec.Struct):
    """What ``create`` did: topics made, topics that were there, and in words where these differ from the table."""

    created: list[str]
    present: list[str]
    differences: list[str]


def create(connection: Connection) -> Made:
    """Make the topics that are missing and compare the others with the table.

    Raises:
        TransientError: the brokers do not answer.
        ConfigError: they refuse to make a topic.
    """
    wanted = {connection.topic(topic): shape for topic, shape in shapes(connection.settings.partitions).items()}
    admin = admin_of(connection)
    try:
        there = set(admin.list_topics())
        fresh = [name for name in wanted if name not in there]
        if fresh:
            copies = connection.settings.replication
            admin.create_topics(
                [NewTopic(name, wanted[name].partitions, copies, topic_configs=_config(wanted[name])) for name in fresh]
            )
        present = [name for name in wanted if name in there]
        return Made(fresh, present, list(_differences(admin, {name: wanted[name] for name in present})))
    except KafkaError as error:
        raise ConfigError(f"Kafka 拒绝建立主题：{error}。请检查权限与 kafka.replication") from error
    finally:
        admin.close()


def _config(shape: Shape) -> dict[str, str]:
    return {"retention.ms": str(int(shape.kept.total_seconds() * 1000)), "cleanup.policy": "delete"}


def _differences(admin: KafkaAdminClient, wanted: dict[str, Shape]) -> Iterator[str]:
    """Yield in words how existing topics differ; nothing is changed: another partition count would break the order."""
    if not wanted:
        return
    for found in admin.describe_topics(list(wanted)):
        name, count = found["name"], len(found["partitions"])
        if count != wanted[name].partitions:
            yield (
                f"{name} 有 {count} 个分区，应为 {wanted[name].partitions} 个：分区数不能改动，否则同一信息的先后会乱。"
                f"请把 kafka.partitions 改为 {count}，或另取 kafka.prefix 新建一套"
            )
    resources = [ConfigResource(ConfigResourceType.TOPIC, name) for name in wanted]
    for name, found in admin.describe_configs(resources)["topic"].items():
        for key, value in _config(wanted[name]).items():
            now = found.get(key, {}).get("value", "缺省值")
            if now != value:
                yield f"{name} 的 {key} 为 {now}，应为 {value}：请用 kafka-configs.sh 改正"


def admin_of(connection: Connection) -> KafkaAdminClient:
    """Return an open administrator's client.

    Raises:
        TransientError: the brokers do not answer.
    """
    try:
        return KafkaAdminClient(**connection.options())
    except KafkaError as error:
        raise TransientError(
            f"连不上 Kafka（{'、'.join(connection.brokers)}）：{error}。请检查地址、网络与服务"
        ) from error
