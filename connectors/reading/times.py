"""Times as exports and pages write them, with how exactly they are known; a time without a zone is China's."""

import calendar
import math
import re
import unicodedata
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from connectors.connector import Reading
from connectors.mention import TimePrecision


class Moment(NamedTuple):
    """An aware time, how exactly it is known, and the field it came from."""

    at: datetime
    precision: TimePrecision
    basis: str = ""


def unknown(reading: Reading) -> Moment:
    """Return the moment of a record that bears no time: some time before it was collected."""
    return Moment(reading.collected_at, TimePrecision.UNKNOWN)


def read_time(value: object, reading: Reading, basis: str = "") -> Moment | None:
    """Return the moment written in ``value``, or None where it is none that we understand (never a guess).

    Takes datetimes, dates, spreadsheet serial days (20000 to 80000), epoch seconds, milliseconds and microseconds, and
    text: ISO, 2024/7/19 8:05, 2024年7月19日上午8时, 07-19, 今天 12:30, 昨天, 5分钟前, 刚刚, Sat Jul 20 10:30:00 +0800
    2024, RFC 822 with and without zone. Relative forms and missing years count from ``reading.collected_at``; a day
    without a year is the latest such day that is not after the collection.
    """
    found = _read(value, reading)
    return None if found is None else Moment(found[0], found[1], basis)


_Found = tuple[datetime, TimePrecision]

_PREFIX = re.compile(r"^(?:发[布表]于|编辑于|更新于|(?:发布|发表|更新|创建|受理|留言)?(?:时间|日期))[\s:]*")
_DATE = re.compile(r"(?:(\d{4})\s?[-/.年]\s?)?(\d{1,2})\s?[-/.月]\s?(\d{1,2})(?!\d)\s?[日号]?")
_MONTH = re.compile(r"(\d{4})\s?[-/.年]\s?(\d{1,2})\s?月?")
_DAYWORD = re.compile(r"今天|今日|昨天|昨日|前天|前日")
_CLOCK = re.compile(
    r"\s*[T\s]?\s*(?:星期.|周.)?\s*(凌晨|清晨|早上|上午|中午|下午|傍晚|晚上|[AaPp][Mm])?\s*"
    r"(?:(\d{1,2})(?:\s?[:时点]\s?(?:(\d{1,2})(?:\s?[:分]\s?(?:(\d{1,2})(?:[.,]\d+)?\s?秒?)?)?)?))?"
    r"\s*([AaPp][Mm])?\s*(Z|UTC|GMT|CST|[+-]\d{2}:?\d{2})?"
)
_AGO = re.compile(r"(\d+|半|几)\s?(?:个)?(秒钟?|分钟?|小时|天|日|周|星期|月|年)\s?(?:之|以)?前")
_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_WEIBO = re.compile(r"[A-Z][a-z]{2} ([A-Z][a-z]{2}) (\d{1,2}) (\d{1,2}):(\d{2}):(\d{2}) ([A-Z]{3}|[+-]\d{4}) (\d{4})")
_RFC822 = re.compile(
    r"(?:[A-Z][a-z]{2,8},? )?(\d{1,2})[ -]([A-Z][a-z]{2})[a-z]*[ -](\d{4}) (\d{1,2}):(\d{2})(?::(\d{2}))?"
    r"\s*([A-Z]{1,4}|[+-]\d{2}:?\d{2})?"
)
_COMPACT = {8: "%Y%m%d", 12: "%Y%m%d%H%M", 14: "%Y%m%d%H%M%S"}
_COMPACT_PRECISION = {8: TimePrecision.DAY, 12: TimePrecision.MINUTE, 14: TimePrecision.SECOND}
_ZONES = {"Z": UTC, "UT": UTC, "UTC": UTC, "GMT": UTC, "CST": timezone(timedelta(hours=8))}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SERIAL_ORIGIN = datetime(1899, 12, 30)  # noqa: DTZ001 the wall clock of a spreadsheet has no zone


def _read(value: object, reading: Reading) -> _Found | None:
    zone = _zone(reading.timezone)
    if isinstance(value, datetime):
        # A date cell at midnight was typed as a day.
        midnight = value.tzinfo is None and (value.hour, value.minute, value.second) == (0, 0, 0)
        at = value.replace(microsecond=0) if value.tzinfo else value.replace(microsecond=0, tzinfo=zone)
        return at, TimePrecision.DAY if midnight else TimePrecision.SECOND
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day, tzinfo=zone), TimePrecision.DAY
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, int | float):
        return _number(float(value), zone) if math.isfinite(value) else None
    if not isinstance(value, str) or len(value) > 100:
        return None
    text = " ".join(unicodedata.normalize("NFKC", value).replace("\u200b", "").strip(" \t\r\n[]()【】").split())
    text = _PREFIX.sub("", text)
    try:
        return _digits(text, zone) or _english(text, zone) or _relative(text, reading, zone) or _dated(text, reading)
    except (ValueError, OverflowError):
        return None


@lru_cache(maxsize=8)
def _zone(name: str) -> tzinfo:
    return ZoneInfo(name)


def _number(number: float, zone: tzinfo) -> _Found | None:
    if 20_000 <= number <= 80_000:
        seconds = round(number % 1 * 86_400)
        at = (_SERIAL_ORIGIN + timedelta(days=int(number), seconds=seconds)).replace(tzinfo=zone)
        return at, TimePrecision.SECOND if number % 1 else TimePrecision.DAY
    for unit in (1, 1_000, 1_000_000):
        if 10**8 * unit <= number < 10**10 * unit // 2:
            return (_EPOCH + timedelta(seconds=int(number / unit))).astimezone(zone), TimePrecision.SECOND
    digits = f"{number:.0f}"
    return _compact(digits, zone) if number == int(number) else None


def _digits(text: str, zone: tzinfo) -> _Found | None:
    if not re.fullmatch(r"\d{5,16}(?:\.\d*)?", text, re.ASCII):
        return None
    compact = _compact(text, zone)
    return compact or _number(float(text), zone)


def _compact(digits: str, zone: tzinfo) -> _Found | None:
    form = _COMPACT.get(len(digits))
    if form is None or digits[:2] not in ("19", "20"):
        return None
    try:
        return datetime.strptime(digits, form).replace(tzinfo=zone), _COMPACT_PRECISION[len(digits)]
    except ValueError:
        return None


def _offset(text: str | None, zone: tzinfo) -> tzinfo:
    if not text:
        return zone
    if text in _ZONES:
        return _ZONES[text]
    if text[0] not in "+-":
        raise ValueError(text)
    sign = -1 if text[0] == "-" else 1
    digits = text[1:].replace(":", "")
    return timezone(sign * timedelta(hours=int(digits[:2]), minutes=int(digits[2:])))


def _english(text: str, zone: tzinfo) -> _Found | None:
    if match := _WEIBO.fullmatch(text):
        month, day, hour, minute, second, offset, year = match.groups()
    elif match := _RFC822.fullmatch(text):
        day, month, year, hour, minute, second, offset = match.groups()
    else:
        return None
    number = _MONTHS.index(month.lower()) + 1
    at = datetime(int(year), number, int(day), int(hour), int(minute), int(second or 0), tzinfo=_offset(offset, zone))
    return at.astimezone(zone), TimePrecision.SECOND if second else TimePrecision.MINUTE


def _relative(text: str, reading: Reading, zone: tzinfo) -> _Found | None:
    now = reading.collected_at.astimezone(zone).replace(microsecond=0)
    if text in ("刚刚", "刚才", "just now"):
        return now, TimePrecision.MINUTE
    match = _AGO.fullmatch(text)
    if match is None or match[1] == "几":
        return None
    number = 0.5 if match[1] == "半" else float(match[1])
    midnight = now.replace(hour=0, minute=0, second=0)
    unit = match[2][0]
    if unit in "秒分小":
        seconds, precision = {
            "秒": (1, TimePrecision.SECOND),
            "分": (60, TimePrecision.MINUTE),
            "小": (3600, TimePrecision.MINUTE if number < 1 else TimePrecision.HOUR),
        }[unit]
        return now - timedelta(seconds=number * seconds), precision
    days = {"天": 1, "日": 1, "周": 7, "星": 7, "月": 30, "年": 365}[unit]
    precision = {"月": TimePrecision.MONTH, "年": TimePrecision.UNKNOWN}.get(unit, TimePrecision.DAY)
    return midnight - timedelta(days=int(number * days)), precision


def _dated(text: str, reading: Reading) -> _Found | None:
    zone = _zone(reading.timezone)
    now = reading.collected_at.astimezone(zone)
    if match := _DAYWORD.match(text):
        day = (now - timedelta(days="今昨前".index(match[0][0]))).date()
    elif match := _DATE.match(text):
        day = _day(match[1], int(match[2]), int(match[3]), now.date())
    elif match := _MONTH.fullmatch(text):
        return datetime(int(match[1]), int(match[2]), 1, tzinfo=zone), TimePrecision.MONTH
    elif re.match(r"\d{1,2}:\d{2}", text):  # a clock alone is today's, as forum lists write it
        day, match = now.date(), None
    else:
        return None
    clock = _CLOCK.fullmatch(text[match.end() if match else 0 :])
    if clock is None:
        return None
    half, hour, minute, second, half_after, offset = clock.groups()
    start = datetime(day.year, day.month, day.day, tzinfo=_offset(offset, zone))
    if hour is None:
        return (start, TimePrecision.DAY) if offset is None else None
    hours = _hour(int(hour), half or half_after)
    at = start.replace(hour=hours, minute=int(minute or 0), second=int(second or 0)).astimezone(zone)
    if second is not None:
        return at, TimePrecision.SECOND
    return at, TimePrecision.HOUR if minute is None else TimePrecision.MINUTE


def _day(year: str | None, month: int, day: int, today: date) -> date:
    if year is not None:
        return date(int(year), month, day)
    for candidate in range(today.year, today.year - 9, -1):  # nine years hold a 29 February
        if 1 <= month <= 12 and day <= calendar.monthrange(candidate, month)[1]:
            found = date(candidate, month, day)
            if found <= today + timedelta(days=1):  # a page may be one zone ahead of its reader
                return found
    raise ValueError(month, day)


def _hour(hour: int, half: str | None) -> int:
    if half is None:
        return hour
    if half in ("下午", "傍晚", "晚上", "中午") or half.lower() == "pm":
        return hour + 12 if hour < 12 and not (half == "中午" and hour >= 10) else hour
    return 0 if hour == 12 and (half == "凌晨" or half.lower() == "am") else hour
