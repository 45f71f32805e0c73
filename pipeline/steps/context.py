"""What a step may know beside its records and its state: the time, the settings, the readers."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from classifiers.assessment import Severity
from classifiers.classifier import Reader
from classifiers.watchwords import Watch
from pipeline.alerts.deciding import Rules
from pipeline.clocks.profile import Profile, profile
from pipeline.routing.case import Unit
from pipeline.routing.reading import Home


@dataclass(frozen=True, slots=True)
class RosterStep:
    """Who is told next when nobody has acknowledged for so long (和硕 第十一条: 确保24小时联络畅通)."""

    name: str
    after: timedelta


@dataclass(frozen=True, slots=True)
class AlertRules:
    """When a matter alerts; all from configuration."""

    floor: Severity = Severity.SENSITIVE
    max_age: timedelta = timedelta(hours=72)
    growth: int = 5  # live members within `growth_window` that make a hot issue grow
    growth_window: timedelta = timedelta(hours=1)
    repeat: timedelta = timedelta(hours=4)  # an alert that nobody acknowledges is told again
    roster: tuple[RosterStep, ...] = ()

    @property
    def deciding(self) -> Rules:
        """The rules of the pure decision."""
        return Rules(self.floor, self.repeat, tuple(step.after for step in self.roster))


@dataclass(frozen=True, slots=True)
class Jurisdiction:
    """Whose places are ours: names as texts write them. Without any name of ours every matter is ours."""

    ours: tuple[str, ...] = ()
    superior: tuple[str, ...] = ()
    elsewhere: tuple[str, ...] = ()
    government: str = "本级人民政府"
    superior_government: str = "上级人民政府"
    regions: tuple[str, ...] = ()  # those below us
    units: tuple[Unit, ...] = ()
    clocks: Profile = field(default_factory=lambda: profile("national"))  # the statutory clocks in force

    @property
    def home(self) -> Home:
        """Our own government as the decision table needs it."""
        return Home(self.government, self.ours, self.regions, tuple(unit.name for unit in self.units))


@dataclass(frozen=True, slots=True)
class Context:
    """The surroundings of one batch; ``now`` is the only clock a step has."""

    now: datetime
    quick: Reader | None = None
    careful: Reader | None = None
    rules: AlertRules = field(default_factory=AlertRules)
    jurisdiction: Jurisdiction = field(default_factory=Jurisdiction)
    watch: Watch | None = None  # the deployment's watch words
    watch_tier: Severity | None = None  # a flagged text that hits one is judged at least this
    attention: str = ""  # the sensitive time that it is, for people to read
