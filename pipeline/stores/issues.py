"""Reading the ledger: lists of matters, one matter whole, the feed."""

import sqlite3
from datetime import datetime
from typing import Any

import msgspec

from classifiers.assessment import Assessment, Category, Severity
from connectors.mention import Channel, Mention
from pipeline import wire
from pipeline.errors import NotFoundError
from pipeline.matters.spread import Spread, spread_of
from pipeline.records import Alert, Decision, HistoryEntry, Issue, IssueState, Member
from pipeline.stores.ledger import FeedEvent


class AlertFilter(msgspec.Struct, frozen=True, omit_defaults=True):
    """Which matters are wanted: every set field must fit, one value of a tuple is enough.

    ``alerted`` True: those that alerted, False: those that are only listed, None: both. ``region`` is a part of a
    place's name. ``before`` is the cursor of the next page (``IssueRow.cursor`` of the last row seen).
    """

    severities: tuple[Severity, ...] = ()
    categories: tuple[Category, ...] = ()
    channels: tuple[Channel, ...] = ()
    states: tuple[IssueState, ...] = ()
    region: str = ""
    alerted: bool | None = True
    since: datetime | None = None
    limit: int = 100
    before: str = ""


class IssueRow(msgspec.Struct, frozen=True, omit_defaults=True):
    """One line of a list: the matter without its members, and its alert where it has one."""

    issue: Issue
    alert: Alert | None
    members: int
    cursor: str


class MemberView(msgspec.Struct, frozen=True, omit_defaults=True):
    """One member with its text and verdict; both are None when they are past their retention."""

    member: Member
    mention: Mention | None
    assessment: Assessment | None


class IssueView(msgspec.Struct, frozen=True, omit_defaults=True):
    """One matter whole: all members, every revision of its alert, every line of its history."""

    issue: Issue
    alert: Alert | None
    alerts: tuple[Alert, ...]
    members: tuple[MemberView, ...]
    history: tuple[HistoryEntry, ...]
    spread: Spread


def list_issues(db: sqlite3.Connection, wanted: AlertFilter) -> list[IssueRow]:
    """Return the matters that fit, the most recently changed first."""
    conditions, arguments = ["1"], list[Any]()
    if wanted.alerted is not None:
        conditions.append("alert IS NOT NULL" if wanted.alerted else "alert IS NULL")
    if wanted.severities:
        conditions.append(f"severity IN ({','.join(str(severity.rank) for severity in wanted.severities)})")
    if wanted.since is not None:
        conditions.append("last_seen >= ?")
        arguments.append(wanted.since.timestamp())
    if wanted.before.isascii() and wanted.before.isdecimal():
        conditions.append("changed < ?")
        arguments.append(int(wanted.before))
    query = (
        "SELECT body, alert, changed, (SELECT count(*) FROM members WHERE issue_id = id)"
        f" FROM issues WHERE {' AND '.join(conditions)} ORDER BY changed DESC"
    )
    rows: list[IssueRow] = []
    for body, alert, changed, members in db.execute(query, arguments):
        issue = wire.decode(body, Issue)
        if _fits(issue, wanted):
            rows.append(IssueRow(issue, None if alert is None else wire.decode(alert, Alert), members, str(changed)))
            if len(rows) == wanted.limit:
                break
    return rows


def _fits(issue: Issue, wanted: AlertFilter) -> bool:
    return (
        (not wanted.categories or bool(set(wanted.categories) & set(issue.categories)))
        and (not wanted.channels or bool(set(wanted.channels) & set(issue.channels)))
        and (not wanted.states or issue.state in wanted.states)
        and (not wanted.region or any(wanted.region in region for region in issue.regions))
    )


def whole_issue(db: sqlite3.Connection, issue_id: str) -> IssueView:
    """Return one matter whole.

    Raises:
        NotFoundError: there is none of that id.
    """
    row = db.execute("SELECT body, alert FROM issues WHERE id=?", (issue_id,)).fetchone()
    if row is None:
        raise NotFoundError(f"没有编号为 {issue_id} 的事由：用 yuqing alerts 查看现有的编号")
    members = tuple(_members(db, issue_id))
    entries = db.execute("SELECT body FROM history WHERE issue_id=? ORDER BY n", (issue_id,))
    history = tuple(wire.decode(body, HistoryEntry) for (body,) in entries)
    revisions = db.execute("SELECT body FROM alert_revisions WHERE issue_id=? ORDER BY revision", (issue_id,))
    return IssueView(
        issue=msgspec.structs.replace(
            wire.decode(row[0], Issue), members=tuple(view.member for view in members), history=history
        ),
        alert=None if row[1] is None else wire.decode(row[1], Alert),
        alerts=tuple(wire.decode(body, Alert) for (body,) in revisions),
        members=members,
        history=history,
        spread=spread_of(view.member for view in members),
    )


def _members(db: sqlite3.Connection, issue_id: str) -> list[MemberView]:
    query = (
        "SELECT m.body, l.value FROM members m LEFT JOIN log_ledger_0 l USING (position) WHERE m.issue_id=? "
        "ORDER BY m.joined"
    )
    views: list[MemberView] = []
    for body, value in db.execute(query, (issue_id,)):
        flagged = None if value is None else wire.decode(value, Decision).flagged
        member = wire.decode(body, Member)
        if flagged is None:
            views.append(MemberView(member, None, None))
        else:
            views.append(MemberView(member, flagged.mention, flagged.assessment))
    return views


def feed_after(db: sqlite3.Connection, seq: int, limit: int) -> list[FeedEvent]:
    """Return the feed's events behind a number, oldest first."""
    rows = db.execute("SELECT seq, body FROM feed WHERE seq > ? ORDER BY seq LIMIT ?", (seq, limit))
    return [msgspec.structs.replace(wire.decode(body, FeedEvent), seq=number) for number, body in rows]


def last_seq(db: sqlite3.Connection) -> int:
    """Return the number of the newest event, 0 before the first."""
    return int(db.execute("SELECT max(seq) FROM feed").fetchone()[0] or 0)
