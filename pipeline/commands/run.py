"""``yuqing run``."""

import typer

from pipeline.commands._common import ConfigOption, DataOption, settings_of, spoken

app = typer.Typer()


@app.command()
def run(data: DataOption = None, config: ConfigOption = None) -> None:
    """常驻运行：持续查看文件夹、订阅源与列表页（配置 [watch]），处理、提醒，并开着值班页面."""
    from pipeline import logs, service  # noqa: PLC0415 (loaded only when the command runs)
    from pipeline.standing import stand  # noqa: PLC0415

    logs.set_up()
    with spoken():
        settings = settings_of(config, data)
        with service.opened(settings, takes_requests=True) as running:
            stand(running)
