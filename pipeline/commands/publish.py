"""``yuqing publish``."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from pipeline.commands._common import ConfigOption, DataOption, JsonOption, fail, print_json, settings_of, spoken

app = typer.Typer()


@app.command()
def publish(
    format_name: Annotated[str, typer.Argument(metavar="[FORMAT]", help="格式名，或 auto 自动识别")] = "auto",
    paths: Annotated[
        list[Path] | None, typer.Argument(metavar="[PATH…]", help="导出文件或文件夹；不给则只把存着未发的发完")
    ] = None,
    watch: Annotated[
        bool, typer.Option("--watch", help="常驻：发完后继续查看配置 [watch] 中的文件夹、订阅源与列表页")
    ] = False,
    wait: Annotated[float, typer.Option(min=0, help="Kafka 不应答时至多等多少秒")] = 60.0,
    collected_at: Annotated[
        datetime | None,
        typer.Option(help="采集时间，相对时间以此推算；默认为文件时间", formats=["%Y-%m-%dT%H:%M:%S%z"]),
    ] = None,
    data: DataOption = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """读入导出文件，逐条登记存盘，再发到 Kafka；每条都得到确认才算发出，未发出的留在盘上，下次续发."""
    from pipeline import brokered, logs  # noqa: PLC0415 (loaded only when the command runs)
    from pipeline.feeding import files_of  # noqa: PLC0415
    from pipeline.watching.watcher import Watcher  # noqa: PLC0415

    logs.set_up()
    with spoken():
        settings = settings_of(config, data)
        files = list(files_of(paths or []))
        with brokered.opened(settings, leads=False) as running:
            running.pipeline.start()
            reports = [running.feeder.feed(file, format_name=format_name, collected_at=collected_at) for file in files]
            if watch:
                Watcher(running).run_until_stopped()
            waiting = running.pipeline.undelivered(wait)
            why = running.pipeline.problems()
    problems = [f"{report.file}：{report.problem}" for report in reports if report.problem]
    if as_json:
        print_json({"files": reports, "waiting": waiting})
    else:
        for report in reports:
            fates = "，".join(f"{_FATES[fate.value]} {number}" for fate, number in report.fates.items())
            typer.echo(f"{report.file}（{report.source or '未识别'}）：应有 {report.offered}，{fates or '无'}")
        typer.echo(f"尚有 {waiting} 条未发" if waiting else "已全部发到 Kafka")
    if waiting:
        problems.append(f"{'；'.join(why) or 'Kafka 没有应答'}。{waiting} 条已存盘，再次执行 yuqing publish 即续发")
    if problems:
        fail("\n".join(problems), 1)


_FATES = {"new": "新", "updated": "更新", "duplicate": "重复", "quarantined": "隔离", "rejected": "拒收"}
