"""The statutory clocks as pure functions: which run, when they are due, which warnings are new (D1 to D8).

Times known only to a day or an hour are intervals; a clock counts from their earliest moment (the strict bound).
"""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

import msgspec

from pipeline.clocks.profile import OTHER, Profile
from pipeline.records import Deadline, DeadlineAction, Grade

WARN_AT = (50, 80, 100)
"""Per cent of the time run out at which a warning is given."""


class Moments(msgspec.Struct, frozen=True):
    """What is known of a matter's times, each the earliest possible (mission 1.8: the profile picks the anchor)."""

    published_at: datetime
    detected_at: datetime
    occurred_at: datetime | None = None
    accepted_at: datetime | None = None


class Pause(msgspec.Struct, frozen=True):
    """A time in which the clocks stood still, and why; ``until`` is None while it lasts."""

    since: datetime
    reason: str
    until: datetime | None = None


class Release(msgspec.Struct, frozen=True):
    """A response that went out: when, whether the public could see it, and whether it was a press conference."""

    at: datetime
    public: bool
    press_conference: bool = False

    def answers(self, action: DeadlineAction) -> bool:
        """Whether it does what a deadline asks: a press conference is met only by one (61号 三)."""
        if action is DeadlineAction.PRESS_CONFERENCE:
            return self.press_conference
        return self.public or action is DeadlineAction.RESPONSE


class Warned(msgspec.Struct, frozen=True):
    """The one combined warning of a clock: the highest mark passed since the last, and whether it is overdue."""

    deadline: Deadline
    percent: int
    overdue: bool


def deadlines(
    place: Profile,
    grade: Grade | None,
    moments: Moments,
    pauses: Sequence[Pause] = (),
    releases: Sequence[Release] = (),
    now: datetime | None = None,
) -> tuple[Deadline, ...]:
    """Return the clocks of a matter (61号 三, 山东 2018 三, 闽 二), provisional until it is accepted.

    A grade raised late counts from the same anchor: its clock may be overdue at once, and says so. A release meets
    what it answers and, at the grades that the profile names, starts the clock of the next one (D5, D8: 持续发布).
    ``now`` bounds a pause that still lasts.
    """
    anchor = getattr(moments, place.anchor)
    basis = place.anchor_basis
    if anchor is None:
        anchor, basis = moments.published_at, f"{basis}；该时刻未知，取最早公开时间（从严）"
    wanted = OTHER if grade is None else str(grade)
    paused = next((pause.since for pause in pauses if pause.until is None), None)
    clocks = [
        Deadline(
            action=line.action,
            due_at=_shifted(anchor + timedelta(hours=line.hours), anchor, pauses, now),
            anchor=anchor,
            anchor_basis=basis,
            basis=line.basis,
            provisional=moments.accepted_at is None,
            met_at=min((release.at for release in releases if release.answers(line.action)), default=None),
            paused_since=paused,
        )
        for line in place.lines
        if wanted in line.grades
    ]
    last = max((release.at for release in releases if release.public), default=None)
    if last is not None and wanted in place.follow_up_grades:
        clocks.append(
            Deadline(
                action=DeadlineAction.FOLLOW_UP,
                due_at=_shifted(last + timedelta(hours=place.follow_up_hours), last, pauses, now),
                anchor=last,
                anchor_basis="上一次发布",
                basis=place.follow_up_basis,
                provisional=False,
                paused_since=paused,
            )
        )
    return tuple(clocks)


def warning(deadline: Deadline, now: datetime, given: Collection[int]) -> Warned | None:
    """Return the new warning of a clock, or None; ``given`` holds the marks warned of before.

    After a stop one warning speaks for all marks passed meanwhile, so a restart neither loses nor repeats one.
    """
    if deadline.met_at is not None:
        return None
    whole = (deadline.due_at - deadline.anchor).total_seconds()
    run = (now - deadline.anchor).total_seconds()
    passed = [mark for mark in WARN_AT if run * 100 >= whole * mark and mark > max(given, default=0)]
    if not passed:
        return None
    return Warned(deadline, passed[-1], now >= deadline.due_at)


def _shifted(due: datetime, anchor: datetime, pauses: Sequence[Pause], now: datetime | None) -> datetime:
    """Move a due time by the pauses that begin before it; a pause after it no longer helps."""
    for pause in sorted(pauses, key=lambda pause: pause.since):
        until = pause.until or now
        if until is not None and pause.since < due and until > anchor:
            due += until - max(pause.since, anchor)
    return due
