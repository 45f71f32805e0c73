"""``yuqing config``."""

import typer

from pipeline.commands._common import ConfigOption, JsonOption, print_json, settings_of, spoken

app = typer.Typer(no_args_is_help=True, help="查看与检查配置")


@app.command()
def check(config: ConfigOption = None) -> None:
    """检查配置：一次说出所有错误."""
    with spoken():
        settings_of(config, None)
    typer.echo("配置无误")


@app.command()
def show(config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """列出每一项设置：现值、默认值、含义."""
    from pipeline.config import lines  # noqa: PLC0415 (loaded only when the command runs)

    with spoken():
        settings = settings_of(config, None)
    for line in lines(settings):
        if as_json:
            print_json(line.model_dump(mode="json"))
            continue
        typer.echo(f"{line.name} = {_shown(line.value)}")
        default = "" if line.value == line.default else f"（默认 {_shown(line.default)}）"
        typer.echo(f"    {line.meaning}{default}")


def _shown(value: object) -> str:
    if value is None or value == ():
        return "（空）"
    if isinstance(value, dict):
        return "、".join(value) or "（空）"
    if isinstance(value, tuple):
        return "、".join(map(str, value))
    return str(value)
