"""The ledger built again from nothing but the log of its decisions."""

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from pipeline import backup, wire
from pipeline.broker.connection import Connection
from pipeline.broker.forwarder import READER
from pipeline.broker.reader import Reader
from pipeline.config import Settings
from pipeline.errors import ConfigError
from pipeline.flow import Group, Topic
from pipeline.ledger import ActionResult
from pipeline.records import Decision, DecisionKind
from pipeline.stores import ledger, log
from pipeline.stores.database import Database
from pipeline.stores.folder import DataFolder, Places
from pipeline.stores.log import Lane
from pipeline.stores.view import main_of

_CHUNK = 256


class Rebuilt(msgspec.Struct, frozen=True):
    """What came of the log: ``first`` is the position of its oldest decision, 1 unless the oldest are trimmed."""

    matters: int
    alerts: int
    revisions: int
    decisions: int
    first: int


def from_folder(source: Path, data: Path) -> Rebuilt:
    """Copy a data folder, or a backup, and build the copy's ledger anew from its log of decisions.

    Raises:
        ConfigError: there is no log in the source, or the folder is not empty.
        StoreError: a file cannot be read or written; nothing is left behind.
    """
    places = Places(source)
    if not places.main.exists():
        raise ConfigError(f"{source} 中没有台账日志：请指向数据目录或 yuqing backup 写成的目录")
    with backup.prepared(data, "重建") as part:
        backup.copy_stores(places, part)
        with closing(main_of(Places(part).main)) as main:
            with main.write("rebuild") as db:
                ledger.clear(db)
            return _apply(main, _numbered(log.read(main.read, Topic.LEDGER, Lane.LIVE, 0, -1)))


def from_brokers(settings: Settings) -> Rebuilt:
    """Build the ledger in an empty data folder from the topic of decisions; then it reads ``opinion.flagged`` again.

    What it has done of that is recognised and changes nothing.

    Raises:
        ConfigError: the folder is not empty, or no brokers are configured.
        TransientError: the brokers do not answer.
    """
    places = Places(settings.data)
    if places.main.exists():
        raise ConfigError(f"{settings.data} 中已有台账：重建不覆盖已有的内容，请用 --data 另指一处")
    connection = Connection(settings.kafka)
    with closing(DataFolder(settings.data)), closing(main_of(places.main)) as main:
        with closing(Reader(connection, Topic.FLAGGED)) as flagged:
            start = flagged.extents()[0].first
        with closing(Reader(connection, Topic.LEDGER)) as decisions:
            rows = ((int(record.key or b"0"), record.value) for record in decisions.between({}))
            rebuilt = _apply(main, _numbered(_stored(main, rows)))
        with main.write("rebuild") as db:
            log.commit(db, Group.LEDGER, Topic.FLAGGED, Lane.LIVE, start)
            log.commit(db, READER, Topic.LEDGER, Lane.LIVE, log.last(db, Topic.LEDGER, Lane.LIVE))
    return rebuilt


def _stored(main: Database, rows: Iterable[tuple[int, bytes]]) -> Iterator[tuple[int, bytes]]:
    """Put each record into the folder's own log, at its position and once, and pass it on."""
    last = 0
    for position, value in rows:
        if position > last:
            last = position
            with main.write("rebuild", durable=False) as db:
                log.put(db, Topic.LEDGER, Lane.LIVE, position, value)
            yield position, value


def _numbered(rows: Iterable[tuple[int, bytes]]) -> Iterator[tuple[int, Decision]]:
    return ((position, wire.decode(value, Decision)) for position, value in rows)


def _apply(main: Database, decisions: Iterable[tuple[int, Decision]]) -> Rebuilt:
    first = count = 0
    with_feed = main.read.execute("SELECT 1 FROM feed").fetchone() is None
    for part in _chunks(decisions):
        first, count = first or part[0][0], count + len(part)
        with main.write("rebuild", durable=False) as db:
            ledger.apply(db, part, part[-1][1].at, with_feed=with_feed)
            _keep_answers(db, part)
    with main.write("rebuild") as db:  # and with it everything before is on the disk
        log.mark(db, datetime.now(UTC))
    matters, alerts = main.read.execute("SELECT count(*), count(alert) FROM issues").fetchone()
    (revisions,) = main.read.execute("SELECT count(*) FROM alert_revisions").fetchone()
    return Rebuilt(matters, alerts, revisions, count, first)


def _chunks(decisions: Iterable[tuple[int, Decision]]) -> Iterator[list[tuple[int, Decision]]]:
    """Yield runs of decisions that end where nothing is half told: each matter's state follows what made it."""
    part: list[tuple[int, Decision]] = []
    half_told: set[str] = set()
    for position, decision in decisions:
        part.append((position, decision))
        if decision.kind is DecisionKind.STATE:
            half_told.discard(decision.issue_id)
        elif decision.issue_id:
            half_told.add(decision.issue_id)
        if len(part) >= _CHUNK and not half_told:
            yield part
            part = []
    if part:
        yield part


def _keep_answers(db: sqlite3.Connection, part: list[tuple[int, Decision]]) -> None:
    """Remember what each deed was answered, so that the same request again is the same deed."""
    for n, (_, decision) in enumerate(part):
        action = decision.action
        if action is None:
            continue
        state = next(
            later.issue for _, later in part[n:] if later.issue is not None and later.issue.id == action.issue_id
        )
        head = msgspec.structs.replace(state, members=(), history=())
        ledger.keep_answer(db, action, wire.encode(ActionResult(True, "已办理", head)))
