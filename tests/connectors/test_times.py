"""Every form of time that tools and pages write, against a fixed moment of collection."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.connector import Reading
from connectors.mention import TimePrecision as P
from connectors.reading.times import read_time

CHINA = timezone(timedelta(hours=8))
READING = Reading(collected_at=datetime(2024, 7, 20, 12, 0, 30, tzinfo=CHINA), salt=b"s")


def at(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=CHINA)  # type: ignore[misc,arg-type]


@pytest.mark.parametrize(
    ("value", "moment", "precision"),
    [
        ("2022-08-20 18:29:52+08:00", at(2022, 8, 20, 18, 29, 52), P.SECOND),
        ("2022-08-20T18:29:52", at(2022, 8, 20, 18, 29, 52), P.SECOND),
        ("2026-04-02T10:00:00.000Z", at(2026, 4, 2, 18), P.SECOND),
        ("2020/1/6 12:09:38", at(2020, 1, 6, 12, 9, 38), P.SECOND),
        ("2024-7-19 8:05", at(2024, 7, 19, 8, 5), P.MINUTE),
        ("2019-10-11 12:03 ", at(2019, 10, 11, 12, 3), P.MINUTE),
        ("2024年7月19日 08:05", at(2024, 7, 19, 8, 5), P.MINUTE),
        ("2024年7月19日上午8时", at(2024, 7, 19, 8), P.HOUR),
        ("2024年7月19日下午3点05分", at(2024, 7, 19, 15, 5), P.MINUTE),
        ("2024年07月19日", at(2024, 7, 19), P.DAY),
        ("2020-05", at(2020, 5, 1), P.MONTH),
        ("07-19", at(2024, 7, 19), P.DAY),
        ("12-25", at(2023, 12, 25), P.DAY),
        ("2-29", at(2024, 2, 29), P.DAY),
        ("07月19日 08:05", at(2024, 7, 19, 8, 5), P.MINUTE),
        ("7-19 23:10", at(2024, 7, 19, 23, 10), P.MINUTE),
        ("今天 11:30", at(2024, 7, 20, 11, 30), P.MINUTE),
        ("昨天\xa008:05", at(2024, 7, 19, 8, 5), P.MINUTE),
        ("前天 08:05", at(2024, 7, 18, 8, 5), P.MINUTE),
        ("11:24", at(2024, 7, 20, 11, 24), P.MINUTE),
        ("刚刚", at(2024, 7, 20, 12, 0, 30), P.MINUTE),
        ("30秒前", at(2024, 7, 20, 12), P.SECOND),
        ("5分钟前", at(2024, 7, 20, 11, 55, 30), P.MINUTE),
        ("5\xa0分钟前", at(2024, 7, 20, 11, 55, 30), P.MINUTE),
        ("半小时前", at(2024, 7, 20, 11, 30, 30), P.MINUTE),
        ("3 小时前", at(2024, 7, 20, 9, 0, 30), P.HOUR),
        ("3 天前", at(2024, 7, 17), P.DAY),
        ("Sat Aug 20 18:29:52 +0800 2022", at(2022, 8, 20, 18, 29, 52), P.SECOND),
        ("Sat, 20 Jul 2024 10:30:00 ", at(2024, 7, 20, 10, 30), P.SECOND),
        ("Sat, 20 Jul 2024 10:30:00 GMT", at(2024, 7, 20, 18, 30), P.SECOND),
        ("Sat, 20 Jul 2024 10:30:00+0800", at(2024, 7, 20, 10, 30), P.SECOND),
        ("20240719080500", at(2024, 7, 19, 8, 5), P.SECOND),
        ("20240719", at(2024, 7, 19), P.DAY),
        (1660991392, at(2022, 8, 20, 18, 29, 52), P.SECOND),
        ("1660991392", at(2022, 8, 20, 18, 29, 52), P.SECOND),
        (1660991392123, at(2022, 8, 20, 18, 29, 52), P.SECOND),
        (1660991392.0, at(2022, 8, 20, 18, 29, 52), P.SECOND),
        (46204.40625, at(2026, 7, 1, 9, 45), P.SECOND),
        ("46204.40625", at(2026, 7, 1, 9, 45), P.SECOND),
        (46204.0, at(2026, 7, 1), P.DAY),
        (datetime(2017, 6, 8, 17, 31, 20), at(2017, 6, 8, 17, 31, 20), P.SECOND),  # noqa: DTZ001
        (datetime(2017, 6, 8, 9, tzinfo=UTC), at(2017, 6, 8, 17), P.SECOND),
        (date(2017, 6, 8), at(2017, 6, 8), P.DAY),
        ("２０２４年７月１９日　８：０５", at(2024, 7, 19, 8, 5), P.MINUTE),
        ("发布于 2024-07-19 08:05", at(2024, 7, 19, 8, 5), P.MINUTE),
        ("[2026-05-22]", at(2026, 5, 22), P.DAY),
    ],
)
def test_a_form_of_time_is_read_with_zone_and_precision(value: object, moment: datetime, precision: P) -> None:
    found = read_time(value, READING, "field")
    assert found is not None
    assert (found.at, found.precision, found.basis) == (moment, precision, "field")
    assert found.at.tzinfo is not None


@pytest.mark.parametrize(
    "value",
    [
        "",
        "无",
        "nan",
        None,
        True,
        "2024-02-30",
        "2024-13-01",
        "24-07-19 08:05",
        "25:61",
        "某日",
        -1,
        1e300,
        float("nan"),
        float("inf"),
        "99999999999999999999",
        "2024-07-19 08:05 XYZ",
        "几天前",
    ],
)
def test_what_is_no_time_we_know_is_none_and_never_a_guess(value: object) -> None:
    assert read_time(value, READING) is None


@given(st.text(alphabet="0123456789-/:.年月日时分秒前今昨天 TZ+年上午下几半小", max_size=24) | st.text(max_size=20))
def test_any_text_is_a_dated_moment_or_none(value: str) -> None:
    found = read_time(value, READING)
    assert found is None or found.at.tzinfo is not None


@given(st.floats() | st.integers())
def test_any_number_is_a_dated_moment_or_none(value: float) -> None:
    found = read_time(value, READING)
    assert found is None or found.at.tzinfo is not None


@given(st.datetimes(min_value=datetime(2000, 1, 1), max_value=datetime(2030, 1, 1)))  # noqa: DTZ001
def test_what_a_program_prints_is_read_back(moment: datetime) -> None:
    moment = moment.replace(microsecond=0)
    for form in ("%Y-%m-%d %H:%M:%S", "%Y/%m/%d %H:%M:%S", "%Y年%m月%d日 %H时%M分%S秒", "%Y-%m-%dT%H:%M:%S+08:00"):
        found = read_time(moment.strftime(form), READING)
        assert found is not None
        assert found.at == moment.replace(tzinfo=CHINA)
