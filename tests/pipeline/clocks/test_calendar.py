"""Sensitive times, years ahead."""

from datetime import date

import pytest
from pydantic import ValidationError

from pipeline.alerts.settings import Alerts, OwnDate
from pipeline.clocks.calendar import attention, occasions


def names(day: str, own: tuple[OwnDate, ...] = (), days_before: int = 0) -> list[str]:
    at = date.fromisoformat(day)
    given = Alerts(dates=own).own_occasions(at.year)
    return [occasion.name for occasion in attention(at, given, days_before)]


@pytest.mark.parametrize(
    ("day", "name"),
    [
        ("2026-10-01", "国庆节"),
        ("2027-02-06", "农历除夕、春节"),
        ("2031-01-23", "农历除夕、春节"),
        ("2045-09-25", "中秋节"),
        ("2070-06-13", "端午节"),
        ("2033-03-05", "全国两会"),
        ("2029-06-08", "高考"),
        ("2026-12-13", "国家公祭日"),
    ],
)
def test_holidays_and_sessions_are_known_for_years_ahead(day: str, name: str) -> None:
    assert names(day) == [name]


def test_an_ordinary_day_is_none() -> None:
    assert names("2026-06-16") == []


def test_attention_begins_so_many_days_before_also_over_new_year() -> None:
    assert names("2026-09-29", days_before=1) == ["烈士纪念日"]
    assert names("2026-12-31", days_before=1) == ["元旦"]


def test_days_off_that_a_weekend_joins_are_one_occasion() -> None:
    (labour,) = [occasion for occasion in occasions(2026) if occasion.name == "劳动节"]
    assert str(labour) == "劳动节（5月1日至5月5日）"
    assert labour.basis


def test_the_deployments_own_dates_come_every_year_or_once() -> None:
    own = (
        OwnDate(name="市两会", first="2026-01-12", last="2026-01-16"),
        OwnDate(name="灯会", first="12-30", last="01-03"),
        OwnDate(name="纪念日", first="02-29"),
    )
    assert names("2026-01-14", own) == ["市两会"]
    assert names("2027-01-14", own) == []
    assert "灯会" in names("2030-01-02", own)
    assert "灯会" in names("2029-12-31", own)
    assert names("2027-02-28", own) == ["纪念日"]


@pytest.mark.parametrize(("first", "last"), [("明天", ""), ("2026-02-30", ""), ("2026-05-02", "2026-05-01")])
def test_a_wrong_date_is_said_in_words(first: str, last: str) -> None:
    with pytest.raises(ValidationError, match=r"日期|早于"):
        OwnDate(name="x", first=first, last=last)
