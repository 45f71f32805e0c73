"""The ledger group as one object: batches, ticks and people's actions, one at a time, over one SQLite file."""

import threading
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime

import msgspec
import structlog

from connectors.mention import Mention
from pipeline import durations, runner, wire
from pipeline.errors import NotFoundError, StoreError
from pipeline.flow import Group, Topic
from pipeline.records import Action, Decision, DecisionKind, Flagged, Issue, Rejected, Tick
from pipeline.steps.context import Context
from pipeline.steps.duty import set_clocks
from pipeline.steps.handle import handle, refusal_by_table
from pipeline.steps.matter import Matter
from pipeline.steps.policy import policy
from pipeline.steps.regroup import REGROUPING, last_regrouping, regroup
from pipeline.steps.tick import tick
from pipeline.stores import ledger as store
from pipeline.stores import log
from pipeline.stores.database import Database
from pipeline.stores.log import Lane


class ActionResult(msgspec.Struct, frozen=True, omit_defaults=True):
    """What became of an action: done, or refused with the reason in words; ``issue`` is the matter afterwards."""

    done: bool
    message: str
    issue: Issue


_log = structlog.get_logger("yuqing.ledger")


class Ledger:
    """Holds the working state and writes it through; whatever fails, it goes back to what is stored."""

    def __init__(self, main: Database, reject: Callable[[Rejected, Mention], None]) -> None:
        self._main, self._reject = main, reject
        self._lock = threading.RLock()
        self.book = store.load(main.read)
        self.changed = threading.Condition()

    def process(self, lane: Lane, batch: Sequence[tuple[int, Flagged]], ctx: Context) -> None:
        """Do a batch of flagged mentions, each with its position in the lane; what was done before is skipped."""
        with self._lock:
            done = log.committed(self._main.read, Group.LEDGER, Topic.FLAGGED, lane)
            batch = [(position, flagged) for position, flagged in batch if position > done]
            if not batch:
                return
            store.recall(self._main.read, self.book, _named(batch))
            try:
                self._do(lane, batch, ctx)
            except StoreError:
                self._reload()
                raise
            except Exception as error:  # noqa: BLE001 (whatever a step raises, its record is set aside)
                self._reload()
                self._one_by_one(lane, batch, ctx, error)
        with self.changed:
            self.changed.notify_all()

    def _do(self, lane: Lane, batch: Sequence[tuple[int, Flagged]], ctx: Context) -> None:
        """Run each record through all steps before the next, so that no split of the stream changes a decision."""
        decisions: list[Decision] = []
        for _, flagged in batch:
            outcome = runner.run(Group.LEDGER, [flagged], self.book, ctx, isolate=False)
            decisions += outcome.of(Topic.LEDGER)
            for matter in outcome.of(Topic.ISSUES):
                matter.fresh.clear()
                if not matter.canary:
                    decisions.append(matter.state_now(ctx.now))
        with self._main.write("ledger") as db:
            store.persist(db, decisions, ctx.now)
            log.commit(db, Group.LEDGER, Topic.FLAGGED, lane, batch[-1][0])
        for decision in decisions:
            if decision.kind is DecisionKind.ALERTED and decision.alert is not None and decision.alert.revision == 1:
                durations.alerted(decision.alert.seconds_to_alert)

    def _one_by_one(self, lane: Lane, batch: Sequence[tuple[int, Flagged]], ctx: Context, error: Exception) -> None:
        if len(batch) > 1:
            for part in batch:
                self.process(lane, [part], ctx)
            return
        position, flagged = batch[0]
        mention, name = flagged.mention, type(error).__name__
        _log.warning("record_rejected", stage="fold", mention=mention.id, error=name)
        self._reject(Rejected("fold", "step_failed", name, mention.raw_ref, mention.id), mention)
        with self._main.write("ledger") as db:
            log.commit(db, Group.LEDGER, Topic.FLAGGED, lane, position)

    def act(self, action: Action, ctx: Context) -> ActionResult:
        """Do one person's deed at once, and keep the answer under its key: the same key again gets the same answer.

        Raises:
            NotFoundError: there is no such matter.
        """
        with self._lock:
            known = store.answer_to(self._main.read, action.key)
            if known is not None:
                return wire.decode(known, ActionResult)
            store.recall(self._main.read, self.book, (), (action.issue_id,))
            matter = self.book.matters.get(action.issue_id)
            if matter is None:
                raise NotFoundError(f"没有编号为 {action.issue_id} 的事由：用 yuqing alerts 查看现有的编号")
            try:
                refusal, others = self._deed(matter, action, ctx)
                result = ActionResult(not refusal, refusal or "已办理", matter.head())
                acted = [Decision(DecisionKind.ACTED, ctx.now, matter.id, action=action)]
                if others:
                    acted += policy([each for each in (matter, *others) if each.members], self.book, ctx)
                acted += [touched.state_now(ctx.now) for touched in (*others, matter)]
                with self._main.write("ledger") as db:
                    store.persist(db, acted if result.done else [], ctx.now)
                    store.keep_answer(db, action, wire.encode(result))
            except BaseException:
                self._reload()
                raise
        with self.changed:
            self.changed.notify_all()
        return result

    def _deed(self, matter: Matter, action: Action, ctx: Context) -> tuple[str, list[Matter]]:
        """Do a deed; return why it may not be done, or nothing, and the other matters that it touched."""
        if action.kind in REGROUPING:
            refusal = refusal_by_table(matter, action)
            if refusal:
                return refusal, []
            named = action.arguments.get("with", "") or (
                entry.detail["other"] if (entry := last_regrouping(matter)) is not None else ""
            )
            store.recall(self._main.read, self.book, (), (named,) if named else ())
            refusal, others = regroup(self.book, matter, action, ctx)
        else:
            refusal, others = handle(matter, action), []
        for touched in (matter, *others):
            if not refusal and touched.clocks:
                set_clocks(touched, ctx)
        return refusal, others

    def tick(self, ctx: Context) -> int:
        """Let time pass: clocks warn, quiet matters close; return how many matters changed."""
        with self._lock:
            try:
                outcome = list(tick(Tick(ctx.now), self.book, ctx))
                matters = [found for found in outcome if isinstance(found, Matter)]
                if matters:
                    decisions = [found for found in outcome if isinstance(found, Decision)]
                    decisions += [matter.state_now(ctx.now) for matter in matters]
                    with self._main.write("ledger") as db:
                        store.persist(db, decisions, ctx.now)
            except BaseException:
                self._reload()
                raise
        if matters:
            with self.changed:
                self.changed.notify_all()
        return len(matters)

    def tidy(self, now: datetime) -> None:
        """Drop from memory what is long over; the store keeps it and it comes back when something comes of it."""
        with self._lock:
            try:
                tidied = self.book.tidy(now)
                if tidied.matters or tidied.waiting or tidied.withdrawn:
                    with self._main.write("tidy") as db:
                        store.settle(db, tidied)
            except BaseException:
                self._reload()
                raise

    def _reload(self) -> None:
        self.book = store.load(self._main.read)


def _named(batch: Sequence[tuple[int, Flagged]]) -> Iterator[str]:
    """Yield the mentions that a batch may be about: its own, and those they answer."""
    for _, flagged in batch:
        mention = flagged.mention
        yield from (mention.id, mention.root_id, mention.parent_id)
