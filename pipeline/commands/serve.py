"""``yuqing serve``."""

import typer

from pipeline.commands._common import ConfigOption, DataOption, settings_of, spoken

app = typer.Typer()


@app.command()
def serve(data: DataOption = None, config: ConfigOption = None) -> None:
    """常驻运行台账与值班页面：从 Kafka 取重点信息，归并、提醒、办理；只起一个，停机后重新启动即续上."""
    from pipeline import brokered, logs  # noqa: PLC0415 (loaded only when the command runs)
    from pipeline.standing import stand  # noqa: PLC0415

    logs.set_up()
    with spoken():
        settings = settings_of(config, data)
        with brokered.opened(settings, leads=True, takes_requests=True) as running:
            stand(running)
