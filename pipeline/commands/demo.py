"""``yuqing demo``."""

from pathlib import Path
from typing import Annotated

import typer

from pipeline.commands._common import spoken

app = typer.Typer()


@app.command()
def demo(
    *,
    once: bool = typer.Option(False, "--once", help="一次走完，打印摘要后退出"),
    port: int = typer.Option(8800, "--port", help="值班页面的端口；0 为任选"),
    servers: Annotated[
        Path | None, typer.Option(help="在此文件夹的 Kafka 与 Elasticsearch 上演示（见 make demo-kafka）")
    ] = None,
    seconds: float = typer.Option(90.0, "--seconds", help="把演示的一天放进多少秒"),
) -> None:
    """用随附的演示数据走完全程：九个渠道、一座虚构城市的一天."""
    from pipeline.demo import show  # noqa: PLC0415 (loaded only when the command runs)

    with spoken():
        holds = show.once(servers) if once else show.live(port, seconds, servers)
    raise typer.Exit(0 if holds else 1)
