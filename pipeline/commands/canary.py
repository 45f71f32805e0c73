"""``yuqing canary``."""

from typing import Annotated

import typer

from pipeline.commands._common import ConfigOption, DataOption, settings_of, spoken

app = typer.Typer(no_args_is_help=True, help="全程自检：合成的重大信息是否仍能走到提醒渠道")


@app.callback()
def _canary() -> None:
    """全程自检."""


@app.command()
def check(
    data: DataOption = None,
    config: ConfigOption = None,
    tell: Annotated[bool, typer.Option("--tell", help="有缺失时直接经提醒渠道告知（不经过流水线）")] = False,
) -> None:
    """核对自检信息的到达时间；超过两个间隔没有到达即报警，退出码 1。由系统定时器调用，独立于流水线."""
    from datetime import UTC, datetime, timedelta  # noqa: PLC0415 (loaded only when the command runs)

    from pipeline.canary.exports import templates  # noqa: PLC0415
    from pipeline.canary.heartbeat import missing, read  # noqa: PLC0415
    from pipeline.canary.switch import report  # noqa: PLC0415

    with spoken():
        settings = settings_of(config, data)
    if not settings.canary.minutes:
        typer.echo("没有开启自检（canary.minutes = 0）")
        return
    faults = missing(
        read(settings.data),
        list(templates()),
        settings.canary.sinks,
        datetime.now(UTC),
        timedelta(minutes=settings.canary.minutes),
    )
    if not faults:
        typer.echo("自检正常：每种来源的合成信息都在两个间隔内到达")
        return
    for fault in faults:
        typer.echo(fault, err=True)
    if tell:
        for failure in report(settings, faults):
            typer.echo(failure, err=True)
    raise typer.Exit(1)
