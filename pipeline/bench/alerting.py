"""Alerts in twelve hours of a stream of 20,000 mentions a day, on a clock that runs with the stream."""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from pipeline.bench._mentions import fed, lines_of, opened, spread_before, texts_of
from pipeline.bench._rounds import Figure, Options
from pipeline.desk import AlertFilter, Desk, FeedEvent
from pipeline.labels import label

TITLE = "每十二小时的提醒数（每天两万条）"
_A_DAY = 20_000
_HALF = timedelta(hours=12)
_STEP = timedelta(minutes=15)
_START = datetime(2026, 6, 15, tzinfo=UTC)


def measure(options: Options) -> list[Figure]:
    """Return alerts, matters and flagged mentions of the second half of a day; the first half warms the matters up."""
    texts = texts_of(options.data, _A_DAY)
    end = _START + 2 * _HALF
    lines = lines_of(texts, spread_before(end, 2 * _HALF, _A_DAY))
    a_step = _A_DAY * _STEP // (2 * _HALF)
    moment = _START
    with opened(lambda: moment) as running:
        for start in range(0, _A_DAY, a_step):
            moment += _STEP
            fed(running, lines[start : start + a_step], f"{start}.jsonl")
        events = list(_events(running.desk))
        listed = running.desk.alerts(AlertFilter(alerted=None, limit=_A_DAY))
    half = _START + _HALF
    matters = [row.issue for row in listed if row.issue.first_seen >= half]
    revisions = [event.alert for event in events if event.alert is not None and event.at > half]
    rung = [alert for alert in revisions if alert.revision == 1]
    by_severity = Counter("未分级" if alert.severity is None else label(alert.severity) for alert in rung)
    return [
        Figure("提醒", len(rung), "条"),
        *(Figure(f"其中{name}", number, "条") for name, number in sorted(by_severity.items())),
        Figure("改写已有提醒", len(revisions) - len(rung), "次"),
        Figure("新事由（含只列表的）", len(matters), "件"),
        Figure("列入这些事由的信息", sum(issue.size for issue in matters), "条"),
    ]


def _events(desk: Desk) -> Iterator[FeedEvent]:
    after = 0
    while page := desk.feed(after):
        yield from page
        after = page[-1].seq
