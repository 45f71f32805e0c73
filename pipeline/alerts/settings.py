"""The settings of alerts: what rings, when it may wait, who is told next, which days are sensitive."""

import re
from datetime import date, time, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import Field, field_validator, model_validator

from classifiers.assessment import Severity
from pipeline.alerts.timing import Timing
from pipeline.clocks.calendar import Occasion
from pipeline.section import Section

_YEARLY = re.compile(r"(\d{1,2})-(\d{1,2})")


class Step(Section):
    """[[alerts.roster]]: who is told next (和硕 第十一条: 确保24小时联络畅通)."""

    name: str = Field(description="岗位或人员，如 值班员、带班领导")
    after_minutes: Annotated[float, Field(ge=0)] = Field(description="无人签收多少分钟后通知；0 为第一时间即通知")
    sinks: tuple[str, ...] = Field(default=(), description="通知所用的渠道，须是 [sinks] 中的名称；留空用全部渠道")


class OwnDate(Section):
    """[[alerts.dates]]: a sensitive time of the deployment's own."""

    name: str
    first: str = Field(description="首日：2026-11-05，或每年都有的 11-05")
    last: str = Field(default="", description="末日；留空同首日")
    basis: str = "本单位设定"

    @model_validator(mode="after")
    def _days(self) -> "OwnDate":
        self.in_year(2028)  # a leap year, so that 02-29 is a day
        return self

    def in_year(self, year: int) -> Occasion:
        """Return it in a year; one with a year of its own stays there."""
        first = _day(self.first, year)
        last = _day(self.last or self.first, year)
        if last < first:
            last = _day(self.last, year + 1)
        if last < first:
            raise ValueError(f"末日 {self.last} 早于首日 {self.first}")
        return Occasion(self.name, first, last, self.basis)


def _day(text: str, year: int) -> date:
    yearly = _YEARLY.fullmatch(text)
    try:
        if yearly is None:
            return date.fromisoformat(text)
        month, day = int(yearly[1]), int(yearly[2])
        if (month, day) == (2, 29) and (year % 4 or (year % 100 == 0 and year % 400)):
            day = 28
        return date(year, month, day)
    except ValueError:
        raise ValueError(f"{text} 不是日期，应写成 2026-11-05，或每年都有的 11-05") from None


class Alerts(Section):
    """[alerts]: what rings and what is only listed."""

    floor: Severity = Field(
        default=Severity.SENSITIVE, description="达到此等级的事由即时提醒；较低的只列表、计数、可检索"
    )
    max_age_hours: Annotated[float, Field(gt=0)] = Field(
        default=72, description="读到时早于此时数的按「历史补录」处理，不提醒"
    )
    growth: Annotated[int, Field(ge=2)] = Field(default=5, description="社会热点在下述时段内新增多少条即视为升温而提醒")
    growth_minutes: Annotated[float, Field(gt=0)] = Field(default=60, description="判断升温的时段（分钟）")
    repeat_hours: Annotated[float, Field(gt=0)] = Field(default=4, description="一直无人签收时隔多少小时重复提醒")
    digest_minutes: Annotated[float, Field(gt=0)] = Field(
        default=30, description="单一来源、未达最高级的预警每隔多少分钟汇总发送一次（页面不受影响）"
    )
    quiet_from: time | None = Field(
        default=None, description="夜间免打扰的起点，如 22:00:00；最高级、重大以上事件和逾期不受限制"
    )
    quiet_to: time | None = Field(default=None, description="夜间免打扰的终点，如 07:00:00")
    roster: tuple[Step, ...] = Field(
        default=(), description="值班名册 [[alerts.roster]]：name 岗位、after_minutes 无人签收多久后通知、sinks 渠道"
    )
    dates: tuple[OwnDate, ...] = Field(
        default=(), description="本单位的敏感时间节点 [[alerts.dates]]：name、first、last（节假日和两会等已内置）"
    )
    days_before: Annotated[int, Field(ge=0, le=30)] = Field(
        default=1, description="敏感时间节点提前多少天起提请关注（闽政办〔2016〕173号 二）"
    )

    @field_validator("roster")
    @classmethod
    def _in_order(cls, value: tuple[Step, ...]) -> tuple[Step, ...]:
        waits = [step.after_minutes for step in value]
        if waits != sorted(waits):
            raise ValueError("值班名册须按 after_minutes 由小到大排列")
        if waits and waits[0] != 0:
            raise ValueError("值班名册的第一位须 after_minutes = 0：第一时间就要有人知道")
        return value

    @model_validator(mode="after")
    def _both_ends(self) -> "Alerts":
        if (self.quiet_from is None) != (self.quiet_to is None):
            raise ValueError("quiet_from 与 quiet_to 须同时设置")
        return self

    def timing(self, zone: str) -> Timing:
        """Return when notifications go out."""
        quiet = None if self.quiet_from is None or self.quiet_to is None else (self.quiet_from, self.quiet_to)
        return Timing(digest=timedelta(minutes=self.digest_minutes), quiet=quiet, zone=ZoneInfo(zone))

    def own_occasions(self, year: int) -> tuple[Occasion, ...]:
        """Return the deployment's own sensitive times around a year."""
        return tuple(dict.fromkeys(own.in_year(near) for own in self.dates for near in (year - 1, year, year + 1)))
