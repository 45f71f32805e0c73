"""Carries alerts from the ledger's log to the channels: each revision once, and after a crash never silently lost."""

import sqlite3
import threading
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime, timedelta

import structlog

from pipeline import wire
from pipeline.alerts.notification import Notification, combine, compose, self_test
from pipeline.alerts.sink import Sink
from pipeline.alerts.timing import Timing, wait_after
from pipeline.canary.heartbeat import Heartbeat
from pipeline.errors import PermanentError, TransientError
from pipeline.flow import Topic
from pipeline.records import Alert, AlertReason, Decision, DecisionKind, Issue, Ringing
from pipeline.stores import log, outbox
from pipeline.stores.database import Database
from pipeline.stores.log import Lane
from pipeline.stores.outbox import Delivery, Row

_log = structlog.get_logger("yuqing.courier")
_READER = "outbox"
_BATCH = 256
_CANARIES_KEPT = timedelta(days=1)


class Courier:
    """Reads decisions behind its own offset into the outbox and sends what is due.

    ``link`` gives the address of a matter's page; ``roster`` names the channels of each step of the duty roster: one
    that no step names is always told. Delivery: at least once; a message that a crash may have doubled says so and
    keeps its key.
    """

    def __init__(
        self,
        main: Database,
        sinks: Mapping[str, Sink],
        link: Callable[[str], str],
        clock: Callable[[], datetime],
        timing: Timing | None = None,
        roster: Sequence[Collection[str]] = (),
        heartbeat: Heartbeat | None = None,
    ) -> None:
        self._main, self._sinks, self._link, self._clock = main, sinks, link, clock
        self._timing = timing or Timing()
        self._roster = roster
        self._heartbeat = heartbeat
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        with main.write("outbox") as db:
            outbox.recover(db)

    def take(self) -> bool:
        """Put the alerts among the next decisions into the outbox; say whether there were any decisions."""
        after = log.committed(self._main.read, _READER, Topic.LEDGER, Lane.LIVE)
        batch = log.read(self._main.read, Topic.LEDGER, Lane.LIVE, after, _BATCH)
        if not batch:
            return False
        with self._main.write("outbox") as db:
            for _, value in batch:
                decision = wire.decode(value, Decision)
                if decision.kind is DecisionKind.CANARY and decision.alert is not None:
                    self._put_canary(db, decision.alert)
                elif decision.alert is not None and decision.alert.ringing is not Ringing.MUTED:
                    self._put(db, decision.alert)
            log.commit(db, _READER, Topic.LEDGER, Lane.LIVE, batch[-1][0])
        return True

    def _put(self, db: sqlite3.Connection, alert: Alert) -> None:
        (body,) = db.execute("SELECT body FROM issues WHERE id=?", (alert.issue_id,)).fetchone()
        (members,) = db.execute("SELECT count(*) FROM members WHERE issue_id=?", (alert.issue_id,)).fetchone()
        notification = compose(alert, wire.decode(body, Issue), members, self._link(alert.issue_id))
        overdue = alert.detail.get("percent") == "100"
        for name in self._told(alert):
            due = self._timing.due(
                alert.severity,
                alert.reason,
                self._clock(),
                outbox.last_sent(db, alert.issue_id, name),
                grade=alert.grade,
                overdue=overdue,
                digest=notification.digest,
            )
            outbox.put(db, notification, alert.issue_id, name, due)

    def _put_canary(self, db: sqlite3.Connection, alert: Alert) -> None:
        """Let the canary go the way of all notifications, at once, to the channels set up for it."""
        if self._heartbeat is None:
            return
        outbox.forget_canaries(db, self._clock() - _CANARIES_KEPT)
        for name in (Heartbeat.NAME, *self._heartbeat.sinks):
            outbox.put(db, self_test(alert), alert.issue_id, name, self._clock())

    def _told(self, alert: Alert) -> Collection[str]:
        """Return the channels that an alert goes to: of the roster those reached so far, in an escalation the new."""
        steps = self._roster
        if alert.reason is AlertReason.ESCALATED and alert.step < len(steps):
            return [name for name in steps[alert.step] if name in self._sinks]
        later = {name for step in steps[alert.step + 1 :] for name in step}
        reached = {name for step in steps[: alert.step + 1] for name in step}
        return [name for name in self._sinks if name in reached or name not in later]

    def send(self) -> bool:
        """Send everything that is due; say whether there was anything."""
        rows = outbox.due(self._main.read, self._clock())
        digests: dict[str, list[Row]] = {}
        for row in rows:
            if row.notification.digest:
                digests.setdefault(row.sink, []).append(row)
            else:
                self._send([row], row.notification)
        for waiting in digests.values():
            self._send(waiting, combine([row.notification for row in waiting]))
        return bool(rows)

    def _send(self, rows: Sequence[Row], notification: Notification) -> None:
        """Send one message that speaks for the rows, all of one channel."""
        row = rows[0]
        sink = self._heartbeat if row.sink == Heartbeat.NAME else self._sinks.get(row.sink)
        if sink is None:
            self._mark(rows, Delivery.FAILED, "渠道已从配置中删除")
            return
        self._mark(rows, Delivery.SENDING)
        try:
            sink.send(notification)
        except TransientError as error:
            wait = wait_after(row.attempts + 1)
            if error.retry_after is not None:
                wait = max(wait, timedelta(seconds=error.retry_after))
            with self._main.write("outbox") as db:
                for each in rows:
                    outbox.postpone(db, each, self._clock() + wait, error=str(error))
            _log.warning("notification_postponed", sink=row.sink, key=row.key, error=str(error))
        except PermanentError as error:
            self._mark(rows, Delivery.FAILED, str(error))
            _log.error("notification_failed", sink=row.sink, key=row.key, error=str(error))
        else:
            self._mark(rows, Delivery.SENT)
            if notification.canary and self._heartbeat is not None:
                self._heartbeat.beat(notification.canary, row.sink, self._clock())

    def _mark(self, rows: Sequence[Row], state: Delivery, error: str = "") -> None:
        with self._main.write("outbox") as db:
            for row in rows:
                outbox.mark(db, row, state, self._clock(), error=error)

    def start(self) -> None:
        """Take and send in a thread until ``stop``."""
        self._thread = threading.Thread(target=self._loop, name="courier", daemon=True)
        self._thread.start()

    def _loop(self) -> None:
        while not self._stopping.is_set():
            taken, sent = self.take(), self.send()
            if not taken and not sent:
                self._stopping.wait(0.5)

    def stop(self) -> None:
        """End the thread after the message it is at."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join(timeout=30)
