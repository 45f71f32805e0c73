"""``yuqing backup``."""

from pathlib import Path
from typing import Annotated

import typer

from pipeline.commands._common import ConfigOption, DataOption, JsonOption, print_json, settings_of, spoken

app = typer.Typer()


@app.command()
def backup(
    destination: Annotated[Path, typer.Argument(help="备份写到这个目录：尚不存在，或是空的")],
    data: DataOption = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """备份数据目录、配置与密钥；不必停止运行。备份含密钥，请妥善保管."""
    from pipeline import backup as copies  # noqa: PLC0415 (loaded only when the command runs)

    with spoken():
        manifest = copies.backup(settings_of(config, data), config, destination)
    if as_json:
        print_json(manifest)
        return
    typer.echo(f"已备份到 {destination}：{len(manifest.files)} 个文件，{manifest.size / (1 << 20):.1f} MiB")
    typer.echo("其中有盐值、密钥与隔离的内容：请按原数据的密级保管")
