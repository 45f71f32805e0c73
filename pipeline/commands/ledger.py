"""``yuqing ledger``."""

from pathlib import Path
from typing import Annotated

import typer

from pipeline.commands._common import ConfigOption, DataOption, JsonOption, fail, print_json, settings_of, spoken

app = typer.Typer(no_args_is_help=True, help="台账的日志")


@app.callback()
def _ledger() -> None:
    """台账的日志."""


@app.command()
def rebuild(
    source: Annotated[Path | None, typer.Argument(help="数据目录或备份；不写则读 Kafka 上的 opinion.ledger")] = None,
    data: DataOption = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """只凭决定的日志，在空的数据目录中重建台账：同样的事由、提醒与改写、经过."""
    from pipeline import rebuild as building  # noqa: PLC0415 (loaded only when the command runs)

    with spoken():
        settings = settings_of(config, data)
        built = building.from_brokers(settings) if source is None else building.from_folder(source, settings.data)
    if as_json:
        print_json(built)
    else:
        typer.echo(
            f"已在 {settings.data} 重建：{built.decisions} 项决定，{built.matters} 件事由，"
            f"{built.alerts} 件有提醒，共 {built.revisions} 版"
        )
    if built.first > 1:
        fail(f"日志自第 {built.first} 项起，更早的已过保留期（retention.ledger_days）：当时已了结的事由不全", 1)
