"""What the brokers know of the balance: whose mentions are under way, who was rejected, what retention took."""

import msgspec

from pipeline import wire
from pipeline.audit import Elsewhere
from pipeline.broker.connection import Connection
from pipeline.broker.forwarder import READER
from pipeline.broker.reader import Lag, Reader
from pipeline.errors import PermanentError
from pipeline.flow import Group, Topic
from pipeline.records import EXPIRED, Rejected
from pipeline.stores import log
from pipeline.stores.database import Database
from pipeline.stores.log import Lane


class _Identified(msgspec.Struct):
    id: str = ""
    mention: "_Identified | None" = None


def elsewhere(connection: Connection, main: Database) -> Elsewhere:
    """Read what is under way of a folder's mentions: its own spool, then the topics in the order of the flow.

    Raises:
        TransientError: the brokers do not answer.
    """
    found = Elsewhere()
    for lane in Lane:
        after = log.committed(main.read, READER, Topic.MENTIONS, lane)
        found.waiting |= {_id(value) for _, value in log.read(main.read, Topic.MENTIONS, lane, after, -1)}
    lag = Lag(connection)
    try:
        for group, topic in ((Group.DETECT, Topic.MENTIONS), (Group.INDEX, Topic.ASSESSED)):
            name = connection.topic(topic)
            done = {place[1]: offset for place, offset in lag.committed(group).items() if place[0] == name}
            _pending(connection, group, topic, done, found)
    finally:
        lag.close()
    _rejections(connection, found)
    return found


def _pending(connection: Connection, group: Group, topic: Topic, done: dict[int, int], found: Elsewhere) -> None:
    reader = Reader(connection, topic)
    try:
        for number, extent in reader.extents().items():
            if number in done and done[number] < extent.first:
                found.faults.append(
                    f"{topic.value} 分区 {number} 的第 {done[number]} 至 {extent.first - 1} 条"
                    f"已过保留期而 {group.value} 未处理，数据有缺失"
                )
        for record in reader.between(done):
            try:
                found.waiting |= {_id(part) for part in wire.unpack(record.value)}
            except PermanentError:
                continue  # no envelope of ours: the group will reject it
    finally:
        reader.close()


def _rejections(connection: Connection, found: Elsewhere) -> None:
    reader = Reader(connection, Topic.REJECTED)
    try:
        for record in reader.between({}):
            rejected = wire.decode(record.value, Rejected)
            if rejected.reason == EXPIRED:
                found.faults.append(f"有记录未及处理即过保留期，数据有缺失：{rejected.detail}")
            elif rejected.mention_id:
                found.failed.add(rejected.mention_id)
    finally:
        reader.close()


def _id(value: bytes) -> str:
    try:
        found = wire.decode(value, _Identified)
    except PermanentError:
        return ""
    return found.id if found.mention is None else found.mention.id
