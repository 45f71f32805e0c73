"""``yuqing run``."""

import typer

from pipeline.commands._common import ConfigOption, DataOption, settings_of, spoken

app = typer.Typer()


@app.command()
def run(data: DataOption = None, config: ConfigOption = None) -> None:
    """常驻运行：持续查看文件夹、处理、提醒."""
    from pipeline import logs, service  # noqa: PLC0415 (loaded only when the command runs)
    from pipeline.watching import Watcher  # noqa: PLC0415

    logs.set_up()
    with spoken():
        settings = settings_of(config, data)
        with service.opened(settings, takes_requests=True) as running:
            running.pipeline.start()
            courier = service.courier_of(settings, running.pipeline)
            courier.start()
            typer.echo(f"yuqing 已启动，数据目录 {settings.data}；按 Ctrl-C 停止", err=True)
            try:
                Watcher(running).run_until_stopped()
            finally:
                courier.stop()
