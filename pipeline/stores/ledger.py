"""The ledger on disk: matters, members, alerts, history and feed, written through in the transaction of each batch."""

import hashlib
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime

import msgspec
from msgspec import structs

from pipeline import wire
from pipeline.flow import Topic
from pipeline.records import Action, Alert, Decision, DecisionKind, Flagged, HistoryEntry, Issue, Member
from pipeline.steps.matter import Arrival, Book, Matter, Tidied
from pipeline.stores import log
from pipeline.stores.log import Lane

SCHEMA = """CREATE TABLE issues (id TEXT PRIMARY KEY, severity INTEGER NOT NULL, last_seen REAL NOT NULL,
 body BLOB NOT NULL, alert BLOB, changed INTEGER NOT NULL) WITHOUT ROWID;
CREATE INDEX issues_changed ON issues (changed);
CREATE TABLE members (mention_id TEXT PRIMARY KEY, issue_id TEXT NOT NULL, joined INTEGER NOT NULL,
 position INTEGER NOT NULL, body BLOB NOT NULL) WITHOUT ROWID;
CREATE INDEX members_of ON members (issue_id, joined);
CREATE TABLE waiting (mention_id TEXT PRIMARY KEY, position INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE withdrawn (mention_id TEXT PRIMARY KEY, version INTEGER NOT NULL, at REAL NOT NULL) WITHOUT ROWID;
CREATE TABLE settled (issue_id TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE history (issue_id TEXT NOT NULL, n INTEGER NOT NULL, body BLOB NOT NULL, digest BLOB NOT NULL,
 PRIMARY KEY (issue_id, n)) WITHOUT ROWID;
CREATE TABLE alert_revisions (issue_id TEXT NOT NULL, revision INTEGER NOT NULL, body BLOB NOT NULL,
 PRIMARY KEY (issue_id, revision)) WITHOUT ROWID;
CREATE TABLE feed (seq INTEGER PRIMARY KEY AUTOINCREMENT, at REAL NOT NULL, kind TEXT NOT NULL,
 issue_id TEXT NOT NULL, body BLOB NOT NULL);
CREATE TABLE actions (key TEXT PRIMARY KEY, issue_id TEXT NOT NULL, body BLOB NOT NULL) WITHOUT ROWID"""


class FeedEvent(msgspec.Struct, frozen=True, omit_defaults=True):
    """One event of the live feed: ``seq`` rises without end; ``alert`` is set for kind ``alert``."""

    seq: int
    kind: str  # alert, issue
    at: datetime
    issue: Issue
    alert: Alert | None = None


def persist(db: sqlite3.Connection, decisions: Sequence[Decision], now: datetime) -> None:
    """Append decisions to their log and do what they say, in the caller's transaction."""
    start = log.last(db, Topic.LEDGER, Lane.LIVE)
    log.append(db, Topic.LEDGER, Lane.LIVE, map(wire.encode, decisions))
    apply(db, list(enumerate(decisions, start=start + 1)), now)


def apply(
    db: sqlite3.Connection, decisions: Sequence[tuple[int, Decision]], now: datetime, *, with_feed: bool = True
) -> None:
    """Do what decisions say, each with its position in the log; the whole ledger comes of nothing else.

    Of a matter that the decisions tell of several times only the last head is written. Without ``with_feed`` the feed
    has these events already.
    """
    _write_arrivals(db, decisions)
    alerts = [found.alert for _, found in decisions if found.kind is DecisionKind.ALERTED and found.alert is not None]
    last_alert = {alert.issue_id: alert for alert in alerts}
    joined: dict[str, int] = {}
    position: dict[str, int] = {}
    heads: dict[str, Issue] = {}
    for at, decision in decisions:
        if decision.kind is DecisionKind.JOINED and decision.flagged is not None:
            mention_id = decision.flagged.mention.id
            joined.setdefault(mention_id, at)
            position[mention_id] = at
        if decision.issue is not None:
            state = decision.issue
            _write_members(db, state, joined, position)
            _write_history(db, state)
            heads.pop(state.id, None)
            heads[state.id] = structs.replace(state, members=(), history=())
    last = int(db.execute("SELECT max(changed) FROM issues").fetchone()[0] or 0)
    for changed, head in enumerate(heads.values(), start=last + 1):
        _write_head(db, head, last_alert.get(head.id), changed)
    db.executemany(
        "INSERT INTO alert_revisions VALUES (?,?,?)",
        [(alert.issue_id, alert.revision, wire.encode(alert)) for alert in alerts],
    )
    if with_feed:
        _write_feed(db, heads, alerts, now)


def _write_arrivals(db: sqlite3.Connection, decisions: Sequence[tuple[int, Decision]]) -> None:
    for at, decision in decisions:
        if decision.flagged is None:
            continue
        mention_id = decision.flagged.mention.id
        if decision.kind is DecisionKind.WAITING:
            db.execute("INSERT OR REPLACE INTO waiting VALUES (?,?)", (mention_id, at))
        elif decision.kind is DecisionKind.WITHDRAWN:
            row = (mention_id, decision.flagged.version, decision.at.timestamp())
            db.execute("INSERT OR REPLACE INTO withdrawn VALUES (?,?,?)", row)
        else:
            db.execute("DELETE FROM waiting WHERE mention_id=?", (mention_id,))


def _write_head(db: sqlite3.Connection, head: Issue, alert: Alert | None, changed: int) -> None:
    db.execute(
        "INSERT INTO issues VALUES (?,?,?,?,?,?) ON CONFLICT DO UPDATE SET severity=excluded.severity,"
        " last_seen=excluded.last_seen, body=excluded.body, alert=coalesce(excluded.alert, alert),"
        " changed=excluded.changed",
        (
            head.id,
            -1 if head.severity is None else head.severity.rank,
            head.last_seen.timestamp(),
            wire.encode(head),
            None if alert is None else wire.encode(alert),
            changed,
        ),
    )
    db.execute("DELETE FROM settled WHERE issue_id=?", (head.id,))


def _write_members(db: sqlite3.Connection, state: Issue, joined: dict[str, int], position: dict[str, int]) -> None:
    """Write the members that changed; one that only moved or was counted anew keeps its place in the log."""
    db.executemany(
        "INSERT INTO members VALUES (?,?,?,?,?) ON CONFLICT DO UPDATE SET issue_id=excluded.issue_id,"
        " position=CASE excluded.position WHEN 0 THEN position ELSE excluded.position END, body=excluded.body",
        (
            (key, state.id, joined.get(key, 0), position.get(key, 0), wire.encode(member))
            for member in state.members
            for key in (member.mention_id,)
        ),
    )


def _write_history(db: sqlite3.Connection, state: Issue) -> None:
    """Append the new lines, each chained to the one before by its digest."""
    if not state.history:
        return
    query = "SELECT n, digest FROM history WHERE issue_id=? ORDER BY n DESC LIMIT 1"
    n, digest = db.execute(query, (state.id,)).fetchone() or (0, b"")
    for number, entry in enumerate(state.history, start=n + 1):
        body = wire.encode(entry)
        digest = hashlib.sha256(digest + body).digest()
        db.execute("INSERT INTO history VALUES (?,?,?,?)", (state.id, number, body, digest))


def _write_feed(db: sqlite3.Connection, heads: dict[str, Issue], alerts: Sequence[Alert], now: datetime) -> None:
    """Tell the feed each revision of an alert in the order of the decisions, then the other changes of such matters."""
    events = [FeedEvent(0, "alert", now, heads[alert.issue_id], alert) for alert in alerts]
    told = {alert.issue_id for alert in alerts}
    ringing = {
        issue_id
        for (issue_id,) in db.execute(
            "SELECT id FROM issues WHERE alert IS NOT NULL AND id IN (SELECT value FROM json_each(?))",
            (msgspec.json.encode([*heads]).decode(),),
        )
    }
    quiet = (head for issue_id, head in heads.items() if issue_id in ringing - told)
    events += [FeedEvent(0, "issue", now, head) for head in quiet]
    db.executemany(
        "INSERT INTO feed (at, kind, issue_id, body) VALUES (?,?,?,?)",
        [(now.timestamp(), event.kind, event.issue.id, wire.encode(event)) for event in events],
    )


def clear(db: sqlite3.Connection) -> None:
    """Empty every table that comes of the log of decisions; the feed, whose numbers people hold, is a log itself."""
    for table in ("issues", "members", "waiting", "withdrawn", "settled", "history", "alert_revisions", "actions"):
        db.execute(f"DELETE FROM {table}")


def load(db: sqlite3.Connection) -> Book:
    """Return the working state as it was stored; copies and words are learned again in the order they came."""
    book = Book()
    _restore(db, book, "NOT IN (SELECT issue_id FROM settled)", ())
    for (value,) in db.execute("SELECT l.value FROM waiting w JOIN log_ledger_0 l USING (position) ORDER BY position"):
        decision = wire.decode(value, Decision)
        if decision.flagged is not None:
            book.wait(decision.flagged, decision.at)
    for mention_id, version, at in db.execute("SELECT * FROM withdrawn ORDER BY at"):
        book.withdrawn[mention_id] = version, datetime.fromtimestamp(at, UTC)
    return book


def recall(db: sqlite3.Connection, book: Book, mention_ids: Iterable[str], issue_ids: Iterable[str] = ()) -> None:
    """Bring back into memory those matters, and those of the mentions, that were dropped from it."""
    asked = msgspec.json.encode([each for each in mention_ids if each and each not in book.matter_of]).decode()
    query = "SELECT DISTINCT issue_id FROM members WHERE mention_id IN (SELECT value FROM json_each(?))"
    wanted = {issue_id for (issue_id,) in db.execute(query, (asked,))} | {*issue_ids}
    missing = sorted(wanted - book.matters.keys())
    if missing:
        _restore(db, book, "IN (SELECT value FROM json_each(?))", (msgspec.json.encode(missing).decode(),))


def settle(db: sqlite3.Connection, tidied: Tidied) -> None:
    """Write what was dropped from memory, in the caller's transaction."""
    db.executemany("INSERT OR IGNORE INTO settled VALUES (?)", ((issue_id,) for issue_id in tidied.matters))
    db.executemany("DELETE FROM waiting WHERE mention_id=?", ((mention_id,) for mention_id in tidied.waiting))
    db.executemany("DELETE FROM withdrawn WHERE mention_id=?", ((mention_id,) for mention_id in tidied.withdrawn))


def _restore(db: sqlite3.Connection, book: Book, chosen: str, arguments: tuple[str, ...]) -> None:
    """Put the chosen matters into the book; ``chosen`` is a condition on the id of a matter."""
    matters: dict[str, Matter] = {}
    for body, alert in db.execute(f"SELECT body, alert FROM issues WHERE id {chosen}", arguments):
        matter = _matter(wire.decode(body, Issue))
        matter.alert = None if alert is None else wire.decode(alert, Alert)
        book.matters[matter.id] = matters[matter.id] = matter
    for issue_id, body in db.execute(
        f"SELECT issue_id, body FROM members WHERE issue_id {chosen} ORDER BY joined", arguments
    ):
        member = wire.decode(body, Member)
        matters[issue_id].members[member.mention_id] = member
        book.matter_of[member.mention_id] = issue_id
    for issue_id, body in db.execute(
        f"SELECT issue_id, body FROM history WHERE issue_id {chosen} ORDER BY issue_id, n", arguments
    ):
        matters[issue_id].history.append(wire.decode(body, HistoryEntry))
    for matter in matters.values():
        matter.noted = len(matter.history)
        matter.counted = {name for name, member in matter.members.items() if member.counts and not member.historical}
        matter.recount()
    for first, arrival in _arrivals(db, book, chosen, arguments):
        book.learn(first)
        if not book.matters[arrival.issue_id].members[arrival.flagged.mention.id].roundup:
            book.unfollowed.append(arrival)


def _arrivals(
    db: sqlite3.Connection, book: Book, chosen: str, arguments: tuple[str, ...]
) -> Iterator[tuple[Flagged, Arrival]]:
    """Yield the members that speak for their matters in the order in which they came, as first and as last read."""
    query = (
        "SELECT m.issue_id, first.value, CASE WHEN m.position > m.joined THEN newest.value END FROM members m"
        " JOIN log_ledger_0 first ON first.position = m.joined"
        " JOIN log_ledger_0 newest ON newest.position = m.position"
        f" WHERE m.issue_id {chosen} ORDER BY m.joined"
    )
    for issue_id, value, newer in db.execute(query, arguments):
        joined = wire.decode(value, Decision)
        first, last = joined.flagged, joined.flagged if newer is None else wire.decode(newer, Decision).flagged
        if first is None or last is None:
            continue
        member = book.matters[issue_id].members[first.mention.id]
        if not member.heat_only:
            yield first, Arrival(issue_id, last, joined.at, not member.retracted)


def _matter(issue: Issue) -> Matter:
    return Matter(
        id=issue.id,
        title=issue.title,
        representative=issue.representative,
        first_seen=issue.first_seen,
        last_seen=issue.last_seen,
        state=issue.state,
        scope=issue.scope,
        regions=issue.regions,
        grade=issue.grade,
        grade_confirmed=issue.grade_confirmed,
        clocks=issue.clocks,
        silence=issue.silence,
        burst=issue.burst,
        responsible_body=issue.responsible_body,
        responsibility=issue.responsibility,
        linked_to=issue.linked_to,
    )


def answer_to(db: sqlite3.Connection, key: str) -> bytes | None:
    """Return the answer that an action of this key got, None when it is new."""
    row = db.execute("SELECT body FROM actions WHERE key=?", (key,)).fetchone()
    return None if row is None else row[0]


def keep_answer(db: sqlite3.Connection, action: Action, answer: bytes) -> None:
    """Remember what an action was answered, in the transaction of what it did."""
    db.execute("INSERT INTO actions VALUES (?,?,?)", (action.key, action.issue_id, answer))
