"""The surroundings that steps are given, from the configuration."""

from datetime import date, timedelta
from zoneinfo import ZoneInfo

from classifiers.classifier import Reader
from classifiers.readers import careful as shipped_careful
from pipeline import clock
from pipeline.clock import Clock
from pipeline.clocks.calendar import attention
from pipeline.clocks.profile import profile
from pipeline.config import Settings, own_profiles
from pipeline.routing.case import Unit
from pipeline.steps.context import AlertRules, Context, Jurisdiction, RosterStep


def clock_of(settings: Settings) -> Clock:
    """Return the clock of the configuration."""
    start = settings.clock.start
    if start is None:
        return clock.real
    return clock.standing_at(start) if settings.clock.standing else clock.started_at(start)


class _Contexts:
    """Makes each batch's context: everything but the time stays the same."""

    def __init__(self, settings: Settings, quick: Reader | None, careful: Reader | None, now: Clock) -> None:
        alerts, places = settings.alerts, settings.jurisdiction
        self._now = now
        self._quick, self._careful = quick, careful
        self._rules = AlertRules(
            floor=alerts.floor,
            max_age=timedelta(hours=alerts.max_age_hours),
            growth=alerts.growth,
            growth_window=timedelta(minutes=alerts.growth_minutes),
            repeat=timedelta(hours=alerts.repeat_hours),
            roster=tuple(RosterStep(step.name, timedelta(minutes=step.after_minutes)) for step in alerts.roster[1:]),
        )
        self._alerts, self._zone = alerts, ZoneInfo(settings.timezone)
        self._day, self._attention = date.min, ""
        self._watch, self._watch_tier = settings.watch_words.opened(), settings.watch_words.tier
        self._jurisdiction = Jurisdiction(
            ours=places.ours,
            superior=places.superior,
            elsewhere=places.elsewhere,
            government=places.government,
            superior_government=places.superior_government,
            regions=places.regions,
            units=tuple(Unit(unit.name, unit.head, unit.deputy, unit.section) for unit in places.units),
            clocks=profile(places.profile, own_profiles(places.profile_file)),
        )

    def __call__(self) -> Context:
        now = self._now()
        return Context(
            now=now,
            quick=self._quick,
            careful=self._careful,
            rules=self._rules,
            jurisdiction=self._jurisdiction,
            watch=self._watch,
            watch_tier=self._watch_tier,
            attention=self._attention_on(now.astimezone(self._zone).date()),
        )

    def _attention_on(self, day: date) -> str:
        """Return the sensitive times of a day; looked up once a day."""
        if day != self._day:
            found = attention(day, self._alerts.own_occasions(day.year), self._alerts.days_before)
            self._day, self._attention = day, "、".join(map(str, found))
        return self._attention


def context_of(
    settings: Settings, quick: Reader | None = None, now: Clock | None = None, *, careful: Reader | None = None
) -> _Contexts:
    """Return the maker of contexts for a configuration."""
    return _Contexts(settings, quick, careful, now or clock_of(settings))


def careful_of(settings: Settings) -> Reader | None:
    """Return the careful reader, None where the configuration leaves it out or it cannot run here."""
    return shipped_careful() if settings.careful.enabled else None
