"""What a duty officer sees and does: the one service behind the page, the HTTP interface and the commands."""

import hashlib
import time
from collections.abc import Callable, Sequence
from datetime import datetime

import msgspec

from classifiers.assessment import Assessment
from classifiers.readers import Both
from connectors.mention import Mention
from pipeline import wire
from pipeline.ledger import ActionResult
from pipeline.records import Action, Deadline, IssueState
from pipeline.runtimes.base import Runtime
from pipeline.steps.assess import text_of
from pipeline.stores import issues
from pipeline.stores.intake import Fate
from pipeline.stores.issues import AlertFilter, IssueRow, IssueView, MemberView
from pipeline.stores.ledger import FeedEvent
from pipeline.stores.log import Lane

__all__ = ["ActionResult", "AlertFilter", "Desk", "FeedEvent", "IssueRow", "IssueView", "MemberView", "Status"]


class Status(msgspec.Struct, frozen=True):
    """Where the pipeline stands; ``problems`` is empty when it works, ``warnings`` when every watched source does.

    Both are sentences for people.
    """

    ready: bool
    now: datetime
    in_flight: int
    index_behind: int
    review_queue: int
    last_seq: int
    problems: tuple[str, ...] = ()
    attention: str = ""
    warnings: tuple[str, ...] = ()


class Desk:
    """Reads the ledger and acts on it; every method may be called from any thread.

    ``warnings`` tells what must be said of the sources at a moment.
    """

    def __init__(self, pipeline: Runtime, warnings: Callable[[datetime], tuple[str, ...]] = lambda _now: ()) -> None:
        self._pipeline, self._warnings = pipeline, warnings
        self.corpus = pipeline.corpus

    def alerts(self, wanted: AlertFilter | None = None) -> list[IssueRow]:
        """Return the matters that fit, the most recently changed first."""
        return issues.list_issues(self._pipeline.main.read, wanted or AlertFilter())

    def issue(self, issue_id: str) -> IssueView:
        """Return one matter whole.

        Raises:
            NotFoundError: there is none of that id.
        """
        return issues.whole_issue(self._pipeline.main.read, issue_id)

    def feed(self, after: int, limit: int = 500) -> list[FeedEvent]:
        """Return the events behind a number, oldest first; numbers rise without end and are never used twice."""
        return issues.feed_after(self._pipeline.main.read, after, limit)

    def last_seq(self) -> int:
        """Return the number of the newest event, 0 before the first."""
        return issues.last_seq(self._pipeline.main.read)

    def wait(self, after: int, timeout: float) -> bool:
        """Wait until there is an event behind a number; say whether there is one after ``timeout`` seconds."""
        changed = self._pipeline.ledger.changed
        deadline = time.monotonic() + timeout
        with changed:
            while self.last_seq() <= after:
                left = deadline - time.monotonic()
                if left <= 0:
                    return False
                changed.wait(left)
        return True

    def act(self, action: Action) -> ActionResult:
        """Do one person's deed at once; of two that contradict each other one is done and both are told.

        Raises:
            NotFoundError: there is no such matter.
        """
        return self._pipeline.ledger.act(action, self._pipeline.context())

    def push(self, mentions: Sequence[Mention], sender: str = "push") -> list[Fate]:
        """Take mentions from a push inlet; when it returns they are on the disk. One fate each, in order."""
        digest = hashlib.sha256(b"\n".join(wire.encode(mention) for mention in mentions)).hexdigest()
        now = self._pipeline.context().now
        reading = self._pipeline.intake.begin(sender, sender, digest, len(mentions), now)
        fates = self._pipeline.intake.take(reading, mentions, Lane.LIVE, now)
        self._pipeline.intake.finish(reading)
        return fates

    def assess(self, mentions: Sequence[Mention]) -> list[Assessment]:
        """Return the readers' verdicts without storing anything."""
        ctx = self._pipeline.context()
        if ctx.quick is None:
            return []
        return Both(ctx.quick, ctx.careful).assess([text_of(mention) for mention in mentions])

    def open_clocks(self) -> list[Deadline]:
        """Return the clocks that still run."""
        matters = list(self._pipeline.ledger.book.matters.values())
        over = (IssueState.CLOSED, IssueState.RETRACTED)
        return [clock for matter in matters if matter.state not in over for clock in matter.clocks if not clock.met_at]

    def status(self) -> Status:
        """Return where the pipeline stands."""
        pipeline = self._pipeline
        problems = pipeline.problems()
        ctx = pipeline.context()
        now = ctx.now
        return Status(
            ready=pipeline.failure is None,
            now=now,
            in_flight=pipeline.in_flight(),
            index_behind=pipeline.index_behind(),
            review_queue=pipeline.review_queue(),
            last_seq=self.last_seq(),
            problems=tuple(problems),
            attention=ctx.attention,
            warnings=self._warnings(now),
        )
