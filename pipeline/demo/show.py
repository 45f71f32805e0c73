"""The demonstration as people see it in the terminal: progress, alerts as they come, the summary in Chinese."""

import signal
import tempfile
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import typer

from classifiers.assessment import Severity
from connectors.connector import Refused
from connectors.mention import Channel
from pipeline import config, service
from pipeline.commands._balance import print_balance
from pipeline.demo import on_servers, story
from pipeline.demo.replay import DemoClock, Export, Offer, Replay, exports
from pipeline.desk import AlertFilter
from pipeline.labels import label
from pipeline.records import Alert, AlertReason
from pipeline.service import Service
from pipeline.stores.intake import Fate
from pipeline.web.server import Listening, serving

_CAREFUL_SECONDS = 40.0  # of the demonstration go to the careful reader at most
_COLOURS = {
    Severity.MAJOR_EMERGENCY: typer.colors.BRIGHT_RED,
    Severity.SENSITIVE: typer.colors.RED,
    Severity.HOT_ISSUE: typer.colors.YELLOW,
    Severity.GENERAL: typer.colors.BLUE,
}


def once(servers: Path | None = None) -> bool:
    """Walk the whole way at once and print the summary; say whether the balance holds.

    ``servers`` is the folder of a Kafka and an Elasticsearch that the demonstration is to run on.
    """
    with _opened(servers) as (running, clock):
        replay = _prepared(running, clock)
        alerts = _AlertsAsTheyCome(running)

        def work(_offer: Offer) -> None:
            running.pipeline.settle()
            alerts.print()

        replay.run(work)
        waiting = running.pipeline.review_queue()
        left = running.pipeline.review(_CAREFUL_SECONDS)
        alerts.print()
        running.pipeline.drain()
        if waiting:
            typer.echo(f"\n精读复核了快读标记或存疑的 {waiting - left} 条，还有 {left} 条待复核（以快读为准）")
        return _summary(running, replay)


def live(port: int, seconds: float, servers: Path | None = None) -> bool:
    """Serve the desk, let the day pass in some seconds, then leave the desk open until Ctrl-C."""
    stopping = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopping.set())
    with _opened(servers) as (running, clock):
        replay = _prepared(running, clock)
        if servers is None:
            running.pipeline.start()
        with serving(running, Listening(port=port, demo=True)) as address:
            typer.secho(f"\n值班页面：{address}\n", bold=True)
            typer.echo(f"请在浏览器中打开。演示的一天将在约 {seconds:.0f} 秒内走完；按 Ctrl-C 结束。\n")
            alerts = _AlertsAsTheyCome(running)
            pause = seconds / len(replay.offers)

            def wait(_offer: Offer) -> None:
                stopping.wait(pause)
                alerts.print()
                if stopping.is_set():
                    raise KeyboardInterrupt

            try:
                replay.run(wait)
            except KeyboardInterrupt:
                return True
            running.feeder.finish()
            alerts.print()
            holds = _summary(running, replay)
            typer.secho(f"\n值班页面仍开着：{address}（按 Ctrl-C 结束）", bold=True)
            stopping.wait()
            return holds


@contextmanager
def _opened(servers: Path | None) -> Iterator[tuple[Service, DemoClock]]:
    clock = DemoClock()
    with tempfile.TemporaryDirectory(prefix="yuqing-demo-") as folder:
        if servers is None:
            settings = config.load(Path(__file__).parent / "yuqing.toml", data=Path(folder))
            with service.opened(settings, now=clock) as running:
                yield running, clock
        else:
            with on_servers.opened(servers, Path(folder), clock) as running:
                yield running, clock


def _prepared(running: Service, clock: DemoClock) -> Replay:
    typer.echo("读取随附的演示导出（虚构的临江省云泽市，2026 年 6 月 16 日）……")
    shipped = list(exports(running))
    for name in story.ROUNDS:
        made_at = story.round_time(name)
        counts = Counter[str]()
        for export in shipped:
            if export.made_at == made_at:
                counts[export.channel] += export.offered
        parts = "，".join(f"{label(channel)} {counts[channel]}" for channel in Channel if counts[channel])
        typer.echo(f"  {made_at:%H:%M} 的导出：{parts}")
    return Replay(running, clock, shipped)


class _AlertsAsTheyCome:
    """Prints each alert when it is raised or rewritten."""

    def __init__(self, running: Service) -> None:
        self._running, self._seen = running, 0

    def print(self) -> None:
        """Print what came since the last time."""
        for event in self._running.desk.feed(self._seen):
            self._seen = event.seq
            if event.kind == "alert" and event.alert is not None:
                at = event.at.astimezone(story.ZONE)
                typer.echo(f"  {at:%H:%M:%S} " + _line(event.alert))


def _line(alert: Alert) -> str:
    withdrawn = "已撤销" if alert.reason is AlertReason.CORRECTION else "传言待核"
    severity = withdrawn if alert.severity is None else label(alert.severity)
    colour = typer.colors.WHITE if alert.severity is None else _COLOURS[alert.severity]
    words = "、".join(alert.evidence[:4])
    again = f"，第 {alert.revision} 次改写" if alert.revision > 1 else ""
    why = f"（{label(alert.reason)}{again}{f'；依据：{words}' if words else ''}）"
    return typer.style(f"【{severity}】", fg=colour, bold=True) + alert.title + typer.style(why, dim=True)


def _summary(running: Service, replay: Replay) -> bool:
    shipped: dict[Path, Export] = {offer.export.path: offer.export for offer in replay.offers}
    read = Counter[str]()
    for export in shipped.values():
        read[export.channel] += export.offered
    _title("读入")
    typer.echo("  " + "，".join(f"{label(channel)} {read[channel]} 条" for channel in Channel))
    typer.echo(f"  合计 {read.total()} 条，{len(shipped)} 个文件")
    _title("拒收与隔离（原样保留，可查看、可重试）")
    refused = Counter(label(offer.item.reason) for offer, _ in replay.fates if isinstance(offer.item, Refused))
    for reason, number in refused.most_common():
        typer.echo(f"  {reason}：{number} 条")
    secret = sum(fate is Fate.QUARANTINED for _, fate in replay.fates)
    typer.echo(f"  带有密级标志，已隔离：{secret} 条")
    _title("预警（由重到轻）")
    rows = running.desk.alerts(AlertFilter(limit=500))
    rows.sort(key=lambda row: -1 if row.issue.severity is None else -row.issue.severity.rank)
    for row in rows:
        if row.alert is not None:
            where = "、".join(row.issue.regions[:3])
            channels = "、".join(label(channel) for channel in row.issue.channels)
            typer.echo("  " + _line(row.alert))
            typer.echo(typer.style(f"      {where}｜{channels}｜{row.members} 条｜热度 {row.issue.heat}", dim=True))
    listed = running.desk.alerts(AlertFilter(alerted=False, limit=500))
    typer.echo(f"  另有 {len(listed)} 个事项只列表、不打扰")
    _title("账目")
    balance = running.pipeline.balance()
    print_balance(balance)
    return balance.holds


def _title(text: str) -> None:
    typer.secho(f"\n{text}", bold=True)
