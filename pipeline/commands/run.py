"""``yuqing run``."""

import typer

from pipeline.commands._common import ConfigOption, DataOption, settings_of, spoken

app = typer.Typer()


@app.command()
def run(data: DataOption = None, config: ConfigOption = None) -> None:
    """常驻运行：持续查看文件夹、订阅源与列表页（配置 [watch]），处理、提醒，并开着值班页面."""
    from pipeline import logs, service  # noqa: PLC0415 (loaded only when the command runs)
    from pipeline.watching.watcher import Watcher  # noqa: PLC0415
    from pipeline.web.server import Listening, serving  # noqa: PLC0415

    logs.set_up()
    with spoken():
        settings = settings_of(config, data)
        with service.opened(settings, takes_requests=True) as running:
            running.pipeline.start()
            courier = service.courier_of(settings, running.pipeline)
            courier.start()
            try:
                listening = Listening(host=settings.web.host, port=settings.web.port)
                with serving(running, listening) as address:
                    typer.echo(f"yuqing 已启动，数据目录 {settings.data}；按 Ctrl-C 停止", err=True)
                    typer.echo(f"值班页面：{address}", err=True)
                    Watcher(running).run_until_stopped()
            finally:
                courier.stop()
