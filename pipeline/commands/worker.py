"""``yuqing worker``."""

from enum import StrEnum
from typing import Annotated

import typer

from pipeline.commands._common import ConfigOption, DataOption, settings_of, spoken

app = typer.Typer()


class Group(StrEnum):
    """The groups that workers can be of."""

    DETECT = "detect"
    CAREFUL = "careful"
    INDEX = "index"


@app.command()
def worker(
    group: Annotated[Group, typer.Argument(help="detect 初判，careful 细读，index 入检索库")],
    name: Annotated[str, typer.Option(help="本进程的名字，同组各进程须不同，重启后不变；默认为组名加 -1")] = "",
    data: DataOption = None,
    config: ConfigOption = None,
) -> None:
    """常驻处理 Kafka 上的一类工作；可在多台机器上各起若干个。异常时以退出码 75 退出，由守护程序重新启动."""
    from pipeline import flow, logs, workers  # noqa: PLC0415 (loaded only when the command runs)

    logs.set_up()
    with spoken():
        workers.run(settings_of(config, data), flow.Group(group.value), name)
