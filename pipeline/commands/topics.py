"""``yuqing topics``."""

import typer

from pipeline.commands._common import ConfigOption, JsonOption, print_json, settings_of, spoken

app = typer.Typer(no_args_is_help=True, help="Kafka 上的主题")


@app.callback()
def _topics() -> None:
    """Kafka 上的主题."""


@app.command()
def create(config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """建立所缺的主题；已有的只核对，不改动：分区数或保留期与规定不符时说明，退出码为 1."""
    from pipeline.broker import topics  # noqa: PLC0415 (loaded only when the command runs)
    from pipeline.broker.connection import Connection  # noqa: PLC0415

    with spoken():
        made = topics.create(Connection(settings_of(config, None).kafka))
    if as_json:
        print_json(made)
    else:
        for name in made.created:
            typer.echo(f"已建立  {name}")
        for name in made.present:
            typer.echo(f"已存在  {name}")
        for difference in made.differences:
            typer.echo(f"不符    {difference}")
    if made.differences:
        raise typer.Exit(1)
