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
    careful_seconds: Annotated[
        float, typer.Option("--careful-seconds", min=0, help="至多等精读复核这么多秒；余下的留在队列，下次运行时接着读")
    ] = 60.0,
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
                waiting = running.feeder.finish_review(careful_seconds)
                balance = running.pipeline.balance()
        except DataFolderBusyError as busy:
            answer = handover.hand_over(settings.data, files, format_name, collected_at, busy)
            reports, balance, waiting = answer.reports, answer.balance, 0
    problems = [f"{report.file}：{report.problem}" for report in reports if report.problem]
    if as_json:
        print_json({"files": reports, "lines": balance.lines, "faults": balance.faults, "holds": balance.holds})
    else:
        print_balance(balance)
        if waiting:
            typer.echo(f"其中待精读复核 {waiting} 条：以快读为准，下次 yuqing run 或 ingest 时按轻重接着读")
    if problems:
        fail("\n".join(problems), 1)
    if not balance.holds:
        raise typer.Exit(1)
