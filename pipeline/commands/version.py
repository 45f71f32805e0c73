"""``yuqing version``."""

from importlib.metadata import PackageNotFoundError, version

import typer

app = typer.Typer()


@app.command()
def show() -> None:
    """显示版本号."""
    try:
        typer.echo(version("yuqing"))
    except PackageNotFoundError:
        typer.echo("未安装（从源码目录运行）")
