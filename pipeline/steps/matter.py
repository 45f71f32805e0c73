"""The ledger's working state: matters in memory, changed by steps and written through by the store."""

from bisect import bisect_left, insort
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple

from msgspec import structs

from classifiers.assessment import Category, Severity
from connectors.mention import Channel
from pipeline.matters.follow import LINK_DAYS, Follower
from pipeline.matters.growth import Rhythm
from pipeline.matters.roundup import is_roundup
from pipeline.matters.terms import Terms
from pipeline.records import (
    ActionKind,
    Alert,
    Burst,
    Deadline,
    Decision,
    DecisionKind,
    Flagged,
    Grade,
    HistoryEntry,
    HistoryEvent,
    Issue,
    IssueState,
    Member,
    Scope,
    Silence,
)
from pipeline.routing.answer import Responsibility
from pipeline.routing.facts import Said, Tally
from pipeline.steps.context import Context
from pipeline.steps.copies import CopyIndex

TITLE_LENGTH = 40

OVER = timedelta(days=LINK_DAYS)
"""A matter that has been over for so long leaves memory: nothing is linked to it any more."""

EXPECTED = timedelta(days=7)
"""For so long a reply waits for its root, and a verdict for the flag that it takes back: the log keeps no more."""

WAITING_AT_MOST = 50_000
"""Roots waited for; beyond that the one whose last reply came first is given up."""


def title_of(flagged: Flagged) -> str:
    """Return the mention's title, or the beginning of its text up to the first line break or full stop."""
    if flagged.mention.title:
        return _shortened(flagged.mention.title)
    line = flagged.mention.text.lstrip().split("\n", 1)[0]
    first = " ".join(line[: TITLE_LENGTH * 2].split())
    for stop in "。！？!?":
        first = first.split(stop, 1)[0] or first
    return _shortened(first)


def _shortened(title: str) -> str:
    """Cut a long title behind its last comma where that leaves half of it, and show that it was cut."""
    if len(title) <= TITLE_LENGTH:
        return title
    head = title[: TITLE_LENGTH - 1]
    comma = max(head.rfind(mark) for mark in "，、；：,;")
    return f"{head[:comma] if comma >= TITLE_LENGTH // 2 else head}…"


@dataclass(slots=True)
class Matter:
    """One matter while it is worked on; ``record`` gives the frozen ``Issue``."""

    id: str
    title: str
    representative: str
    first_seen: datetime
    last_seen: datetime
    members: dict[str, Member] = field(default_factory=dict)
    state: IssueState = IssueState.NEW
    scope: Scope | None = None
    regions: tuple[str, ...] = ()
    grade: Grade | None = None
    grade_confirmed: bool = False
    clocks: tuple[Deadline, ...] = ()
    silence: Silence | None = None
    burst: Burst | None = None
    responsible_body: str = ""
    responsibility: Responsibility | None = None
    linked_to: str = ""
    canary: bool = False  # synthetic: in no book, in no store
    history: list[HistoryEntry] = field(default_factory=list)
    alert: Alert | None = None
    rumour: bool = False  # a live member claims a rumour
    refuting: bool = False  # a live member refutes one
    directed: bool = False  # a live member came down the directive inlet
    severity: Severity | None = None
    categories: tuple[Category, ...] = ()
    channels: tuple[Channel, ...] = ()
    heat: int = 0
    live: int = 0
    awaiting: int = 0  # live members that the careful reader has still to read
    plain: int = 0  # live members that are no round-ups
    recent_when_read: int = 0  # live members that were not yet old when they were read
    times: list[datetime] = field(default_factory=list)  # of the live members, sorted
    tally: Tally = field(default_factory=Tally)  # what the live members say about whose it is
    counted: set[str] = field(default_factory=set)  # members that growth has seen
    fresh: list[Flagged] = field(default_factory=list)  # what came now, for the later steps
    changed: dict[str, Member] = field(default_factory=dict)  # what the log of decisions does not have yet
    noted: int = 0  # history entries that it has

    def note(self, at: datetime, event: HistoryEvent | ActionKind, actor: str = "system", **detail: str) -> None:
        """Add a line to the history."""
        self.history.append(HistoryEntry(at, event, actor, detail))

    def put(self, member: Member) -> None:
        """Set one member and bring the sums up to date."""
        before = self.members.get(member.mention_id)
        self.members[member.mention_id] = self.changed[member.mention_id] = member
        if before is None:
            only_roundups = self.live > 0 and not self.plain
            self.recount() if only_roundups and member.counts and not member.roundup else self._count(member)
        elif structs.replace(before, heat=member.heat) == member:
            self.heat += 0 if member.retracted else member.heat - before.heat
        else:
            self.recount()

    def tell(self, mention_id: str, said: Said) -> None:
        """Keep what a member says about whose the matter is."""
        member = self.members[mention_id]
        if member.said == said:
            return
        self.members[mention_id] = self.changed[mention_id] = structs.replace(member, said=said)
        if member.said is None:
            self.tally.add(said)
        else:
            self.recount()

    def recount(self) -> None:
        """Sum the live members anew; needed where one changed or left."""
        self.severity, self.categories, self.channels = None, (), ()
        self.heat = self.plain = self.live = self.recent_when_read = self.awaiting = 0
        self.times.clear()
        self.rumour = self.refuting = self.directed = False
        self.tally = Tally()
        for member in self.members.values():
            self._count(member)

    def _has_plain(self) -> bool:
        return self.plain > 0 or any(member.counts and not member.roundup for member in self.members.values())

    def speaks(self, flagged: Flagged) -> bool:
        """Say whether what a mention says holds for the matter: not what a round-up says beside it."""
        return not self.plain or not is_roundup(flagged.mention.title, flagged.mention.text)

    def _count(self, member: Member) -> None:
        if member.retracted:
            return
        self.heat += member.heat + 1
        if member.channel not in self.channels:
            self.channels = (*self.channels, member.channel)
        if member.heat_only:
            return
        self.live += 1
        self.plain += not member.roundup
        self.recent_when_read += not member.historical
        self.awaiting += member.awaiting
        insort(self.times, member.published_at)
        self.first_seen = min(self.first_seen, member.published_at)
        self.last_seen = max(self.last_seen, member.published_at)
        if member.roundup and self._has_plain():
            return
        self.rumour |= member.rumour
        self.refuting |= member.refutes
        self.directed |= member.directed
        if member.said is not None:
            self.tally.add(member.said)
        if member.severity is not None and (self.severity is None or member.severity.rank > self.severity.rank):
            self.severity = member.severity
        if not set(member.categories) <= set(self.categories):
            both = {*self.categories, *member.categories}
            self.categories = tuple(category for category in Category if category in both)

    def add_regions(self, places: Iterable[str]) -> None:
        """Add places, each once, in the order of their first naming."""
        new = tuple(place for place in places if place not in self.regions)
        if new:
            self.regions = (*self.regions, *dict.fromkeys(new))

    def live_since(self, moment: datetime) -> int:
        """Return the number of live members published at or after a moment."""
        return len(self.times) - bisect_left(self.times, moment)

    def state_now(self, now: datetime) -> Decision:
        """Return, for the log of decisions, what became of the matter since the last time this was asked."""
        members, history = tuple(self.changed.values()), tuple(self.history[self.noted :])
        self.changed.clear()
        self.noted = len(self.history)
        state = structs.replace(self.head(), members=members, history=history)
        return Decision(DecisionKind.STATE, now, self.id, issue=state)

    def head(self) -> Issue:
        """Return the matter without its members and history."""
        return Issue(
            id=self.id,
            title=self.title,
            representative=self.representative,
            first_seen=self.first_seen,
            last_seen=self.last_seen,
            size=len(self.members),
            heat=self.heat,
            severity=self.severity,
            grade=self.grade,
            grade_confirmed=self.grade_confirmed,
            scope=self.scope or Scope.UNKNOWN,
            categories=self.categories,
            channels=self.channels,
            regions=self.regions,
            state=self.state,
            clocks=self.clocks,
            silence=self.silence,
            burst=self.burst,
            responsible_body=self.responsible_body,
            responsibility=self.responsibility,
            linked_to=self.linked_to,
            awaiting=self.awaiting,
        )


@dataclass(frozen=True, slots=True)
class Tidied:
    """What was dropped from memory: ids of matters, of replies that waited in vain, and of mentions taken back."""

    matters: tuple[str, ...]
    waiting: tuple[str, ...]
    withdrawn: tuple[str, ...]


def _said(flagged: Flagged) -> str:
    mention = flagged.mention
    text = mention.text or mention.quoted_text
    return f"{mention.title}\n{text}" if mention.title else text


def _series(matter: Matter, member: Member) -> Iterator[str]:
    yield f"matter:{matter.id}"
    for category in member.categories:
        yield f"category:{category}"
    for place in matter.regions[:1]:
        yield f"place:{place}"


class Arrival(NamedTuple):
    """A member as it arrived, for the follower; ``draws`` is False where it was taken back since."""

    issue_id: str
    flagged: Flagged
    at: datetime
    draws: bool


@dataclass(slots=True)
class Book:
    """Everything the ledger holds in memory: matters, whose member a mention is, copies, waiting replies.

    ``withdrawn`` are retractions that came before what they take back.
    """

    matters: dict[str, Matter] = field(default_factory=dict)
    matter_of: dict[str, str] = field(default_factory=dict)
    copies: CopyIndex = field(default_factory=CopyIndex)
    waiting: dict[str, dict[str, Flagged]] = field(default_factory=dict)  # root id → replies and reposts
    waited: dict[str, datetime] = field(default_factory=dict)  # root id → when its last reply came, the oldest first
    withdrawn: dict[str, tuple[int, datetime]] = field(default_factory=dict)  # mention → version that took flags back
    follower: Follower = field(default_factory=Follower)
    unfollowed: list[Arrival] = field(default_factory=list)  # since a restart, in order
    _rhythms: dict[str, Rhythm] = field(default_factory=dict)
    _learnt: bool = False

    def rhythms(self, matter: Matter, member: Member) -> Iterator[tuple[str, Rhythm]]:
        """Yield the series that a member belongs to: of its matter, its categories, its place, each with its name."""
        if not self._learnt:
            self._learn_rhythms()
        for name in _series(matter, member):
            yield name, self._rhythm(name)

    def _rhythm(self, name: str) -> Rhythm:
        rhythm = self._rhythms.get(name)
        if rhythm is None:
            rhythm = self._rhythms[name] = Rhythm()
        return rhythm

    def _learn_rhythms(self) -> None:
        """After a restart: what the members that growth has seen say of every series."""
        self._learnt = True
        seen = [
            (matter.members[name].published_at, name, matter)
            for matter in self.matters.values()
            for name in matter.counted
        ]
        for at, name, matter in sorted(seen, key=lambda entry: entry[:2]):
            for series in _series(matter, matter.members[name]):
                self._rhythm(series).learn(at)
        for matter in self.matters.values():
            for entry in matter.history:
                if entry.event == HistoryEvent.BURST:
                    count, minutes = int(entry.detail["count"]), int(entry.detail["minutes"])
                    burst = Burst(entry.at, count, float(entry.detail["expected"]), minutes)
                    for series in entry.detail["series"].split(","):
                        self._rhythm(series).remember(burst)

    def find(self, mention_id: str) -> Matter | None:
        """Return the matter that a mention is a member of."""
        issue_id = self.matter_of.get(mention_id)
        return None if issue_id is None else self.matters[issue_id]

    def learn(self, flagged: Flagged) -> str:
        """Take a text into the copies; return the id of the mention that it copies, or nothing."""
        return self.copies.add(flagged.mention.id, flagged.mention.text or flagged.mention.quoted_text)

    def followed(self, ours: Sequence[str]) -> Follower:
        """Return the follower, with all members since a restart; names of our own city and county tell nothing."""
        self.follower.own = tuple(ours)
        if self.unfollowed:
            for arrival in self.unfollowed:
                self._join(arrival.issue_id, arrival.flagged, self.terms(arrival.flagged), arrival.at)
                if not arrival.draws:
                    self.follower.leave(arrival.flagged.mention.id)
            self.follower.forget(self.unfollowed[-1].at)
            self.unfollowed.clear()
        return self.follower

    def terms(self, flagged: Flagged) -> Terms:
        """Return what of a mention decides where it belongs."""
        return self.follower.terms(_said(flagged))

    def follow(self, issue_id: str, flagged: Flagged, ctx: Context, terms: Terms | None = None) -> None:
        """Let a member speak for its matter from now on."""
        self.followed(ctx.jurisdiction.ours)
        self._join(issue_id, flagged, terms or self.terms(flagged), ctx.now)
        self.follower.forget(ctx.now)

    def _join(self, issue_id: str, flagged: Flagged, terms: Terms, arrived: datetime) -> None:
        self.follower.join(issue_id, flagged.mention.id, terms, flagged.mention.published_at, arrived)

    def wait(self, flagged: Flagged, now: datetime) -> bool:
        """Let a reply wait for its root; say whether it was not waiting already."""
        root = flagged.mention.root_id or flagged.mention.parent_id
        replies = self.waiting.setdefault(root, {})
        new = flagged.mention.id not in replies
        replies.setdefault(flagged.mention.id, flagged)
        self.waited.pop(root, None)
        self.waited[root] = now
        return new

    def arrived(self, root: str) -> Iterable[Flagged]:
        """Return the replies that waited for a root, which wait no longer."""
        self.waited.pop(root, None)
        return self.waiting.pop(root, {}).values()

    def withdraw(self, flagged: Flagged, now: datetime) -> bool:
        """Remember a verdict that took back flags not seen yet; say whether it is news."""
        known, _ = self.withdrawn.pop(flagged.mention.id, (-1, now))
        self.withdrawn[flagged.mention.id] = max(known, flagged.version), now
        return flagged.version > known

    def is_withdrawn(self, flagged: Flagged) -> bool:
        """Return whether a later verdict than this one took its flags back before they came."""
        version, _ = self.withdrawn.get(flagged.mention.id, (-1, None))
        return flagged.version <= version

    def tidy(self, now: datetime) -> Tidied:
        """Drop what nothing is expected of any more, so that memory is bounded by what goes on.

        The store keeps the matters, should anything come of one again.
        """
        over = (IssueState.CLOSED, IssueState.RETRACTED)
        quiet = tuple(
            matter.id
            for matter in self.matters.values()
            if matter.state in over and now - max(matter.last_seen, matter.history[-1].at) > OVER
        )
        for issue_id in quiet:
            self.forget(issue_id)
        roots = [root for root, at in self.waited.items() if now - at > EXPECTED]
        roots += list(self.waited)[len(roots) : len(self.waited) - WAITING_AT_MOST]
        waiting = tuple(reply.mention.id for root in roots for reply in self.arrived(root))
        late = tuple(key for key, (_, at) in self.withdrawn.items() if now - at > EXPECTED)
        for key in late:
            del self.withdrawn[key]
        return Tidied(quiet, waiting, late)

    def forget(self, issue_id: str) -> None:
        """Drop one matter and its members from memory; the store has it, should anything come of it again."""
        self._rhythms.pop(f"matter:{issue_id}", None)
        for mention_id in self.matters.pop(issue_id).members:
            del self.matter_of[mention_id]
            self.copies.forget(mention_id)
