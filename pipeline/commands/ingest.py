"""``yuqing ingest``."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from pipeline.commands._common import ConfigOption, DataOption, JsonOption, fail, print_json, settings_of, spoken

app = typer.Typer()


@app.command()
def ingest(
    paths: Annotated[list[Path], typer.Argument(help="导出文件或文件夹")],
    data: DataOption = None,
    config: ConfigOption = None,
    format_name: Annotated[str, typer.Option("--format", help="格式名；默认自动识别")] = "auto",
    collected_at: Annotated[
        datetime | None,
        typer.Option(help="采集时间，相对时间以此推算；默认为文件时间", formats=["%Y-%m-%dT%H:%M:%S%z"]),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """读入导出文件，走完全程，打印账目."""
    from pipeline import handover, service  # noqa: PLC0415 (loaded only when the command runs)
    from pipeline.commands._balance import print_balance  # noqa: PLC0415
    from pipeline.errors import DataFolderBusyError  # noqa: PLC0415
    from pipeline.feeding import files_of  # noqa: PLC0415

    with spoken():
        settings = settings_of(config, data)
        files = list(files_of(paths))
        try:
            with service.opened(settings) as running:
                running.pipeline.start()
                reports = [
                    running.feeder.feed(file, format_name=format_name, collected_at=collected_at) for file in files
                ]
                running.feeder.finish()
                balance = running.pipeline.balance()
        except DataFolderBusyError as busy:
            answer = handover.hand_over(settings.data, files, format_name, collected_at, busy)
            reports, balance = answer.reports, answer.balance
    problems = [f"{report.file}：{report.problem}" for report in reports if report.problem]
    if as_json:
        print_json({"files": reports, "lines": balance.lines, "faults": balance.faults, "holds": balance.holds})
    else:
        print_balance(balance)
    if problems:
        fail("\n".join(problems), 1)
    if not balance.holds:
        raise typer.Exit(1)
