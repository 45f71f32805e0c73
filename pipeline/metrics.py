"""What Prometheus may know: counts by closed sets, and durations; no text, no person.

Durations are observed where they pass (``durations``); everything else is read from the stores at each scrape, so
that a restart loses no count and a metric cannot disagree with the balance.
"""

from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from connectors import catalogue
from connectors.connector import ConnectorError, RefusalReason
from connectors.watching.health import Trouble
from pipeline import durations, labels
from pipeline.audit import Balance
from pipeline.canary import heartbeat
from pipeline.corpus.query import Query
from pipeline.errors import StoreError, TransientError
from pipeline.feeding import UNRECOGNISED
from pipeline.records import DeadlineAction
from pipeline.service import Service

CONTENT_TYPE = CONTENT_TYPE_LATEST


def exposition(running: Service, balance: Balance) -> bytes:
    """Return everything in Prometheus's text form."""
    registry = CollectorRegistry()
    registry.register(_Stores(running, balance))
    return generate_latest(registry) + generate_latest(durations.REGISTRY)


class _Stores(Collector):
    def __init__(self, running: Service, balance: Balance) -> None:
        self._running, self._balance = running, balance

    def collect(self) -> Iterable[Metric]:
        """Yield every metric that the stores can tell."""
        running = self._running
        with suppress(TransientError, StoreError):  # while the index is down the other metrics are wanted most
            facets = running.pipeline.corpus.facets(Query())
            yield _counter("opinion_mentions", "Mentions in the corpus", ["channel"], _single(facets.channels))
            yield _counter("opinion_flagged", "Mentions of each category", ["category"], _single(facets.categories))
        yield _counter("opinion_rejected", "Records refused", ["stage", "reason"], rejected_counts(running))
        yield _counter("opinion_alerts", "Alert revisions", ["severity", "reason"], _alerts(running))
        status = running.desk.status()
        yield _gauge("opinion_in_flight", "Records taken in and not yet done", status.in_flight)
        yield _gauge("opinion_balance_difference", "Records without a place", self._balance.difference)
        yield _gauge("opinion_review_queue", "Mentions waiting for the careful reader", status.review_queue)
        success = GaugeMetricFamily(
            "opinion_connector_last_success_timestamp_seconds", "Last complete reading", labels=["connector"]
        )
        for connector, at in _last_success(running).items():
            success.add_metric([connector], at)
        yield success
        trouble = GaugeMetricFamily("opinion_watch_trouble", "Watched sources in trouble", labels=["trouble"])
        states = running.watching.states(status.now)
        for kind in Trouble:
            trouble.add_metric([kind.value], sum(state.trouble is kind for state in states))
        yield trouble
        canary = GaugeMetricFamily(
            "opinion_canary_last_success_timestamp_seconds", "Last arrival of the self-test", labels=["connector"]
        )
        for way, arrived in heartbeat.read(running.settings.data).items():
            connector, _, sink = way.partition(" ")
            if sink == heartbeat.Heartbeat.NAME:
                canary.add_metric([connector], arrived.timestamp())
        yield canary
        overdue = GaugeMetricFamily("opinion_clock_overdue", "Clocks past their due time", labels=["action"])
        for action, number in _overdue(running, status.now).items():
            overdue.add_metric([action.value], number)
        yield overdue


def _counter(
    name: str, help_text: str, label_names: list[str], counts: dict[tuple[str, ...], int]
) -> CounterMetricFamily:
    family = CounterMetricFamily(name, help_text, labels=label_names)
    for values, number in counts.items():
        family.add_metric(list(values), number)
    return family


def _gauge(name: str, help_text: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, help_text, value=value)


def _single(counts: dict[str, int]) -> dict[tuple[str, ...], int]:
    return {(name,): number for name, number in counts.items()}


def rejected_counts(running: Service) -> dict[tuple[str, ...], int]:
    """Return the number of refused records by stage and reason."""
    return running.pipeline.rejected.counts()


def _alerts(running: Service) -> dict[tuple[str, ...], int]:
    query = (
        "SELECT coalesce(json_extract(body, '$.severity'), 'none'), json_extract(body, '$.reason'), count(*)"
        " FROM alert_revisions GROUP BY 1, 2"
    )
    rows = running.pipeline.main.read.execute(query)
    return {(severity, reason): number for severity, reason, number in rows}


def _last_success(running: Service) -> dict[str, float]:
    known = catalogue.all_connectors()
    rows = running.pipeline.main.read.execute("SELECT source, max(at) FROM readings WHERE finished GROUP BY 1")
    return {source: at for source, at in rows if source in known}


def _overdue(running: Service, now: datetime) -> dict[DeadlineAction, int]:
    counts = dict.fromkeys(DeadlineAction, 0)
    for clock in running.desk.open_clocks():
        counts[clock.action] += clock.due_at < now
    return counts


def source_title(name: str) -> str:
    """Return what people call a source."""
    if name == UNRECOGNISED:
        return "未能识别的内容"
    try:
        return catalogue.named(name).title
    except ConnectorError:
        return name


def reason_title(reason: str) -> str:
    """Return what people call a reason of refusal."""
    try:
        return labels.label(RefusalReason(reason))
    except ValueError:
        return labels.STEP_FAILED if reason == "step_failed" else reason
