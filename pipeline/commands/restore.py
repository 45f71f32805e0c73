"""``yuqing restore``."""

from pathlib import Path
from typing import Annotated

import typer

from pipeline.commands._common import ConfigOption, DataOption, JsonOption, print_json, settings_of, spoken

app = typer.Typer()


@app.command()
def restore(
    source: Annotated[Path, typer.Argument(help="yuqing backup 写成的目录")],
    data: DataOption = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """把备份恢复到空的数据目录，并核对账目；备份损坏、版本较新或目录不空时拒绝，不写入."""
    from pipeline import backup as copies  # noqa: PLC0415 (loaded only when the command runs)
    from pipeline.audit import audit  # noqa: PLC0415
    from pipeline.commands._balance import print_balance  # noqa: PLC0415
    from pipeline.stores.view import opened  # noqa: PLC0415

    with spoken():
        settings = settings_of(config, data)
        manifest = copies.restore(source, settings.data)
        with opened(settings.data) as view:
            balance = audit(view)
    if as_json:
        print_json({"made_at": manifest.made_at, "files": len(manifest.files), "holds": balance.holds})
    else:
        typer.echo(f"已恢复到 {settings.data}：{manifest.made_at.astimezone():%Y-%m-%d %H:%M:%S} 的备份")
        print_balance(balance)
        if (settings.data / copies.KEPT_APART).is_dir():
            typer.echo(f"备份中的配置与密钥放在 {settings.data / copies.KEPT_APART}，请按需取用")
    if not balance.holds:
        raise typer.Exit(1)
