"""``yuqing audit``."""

import typer

from pipeline.commands._common import ConfigOption, DataOption, JsonOption, print_json, settings_of, spoken

app = typer.Typer()


@app.command()
def audit(data: DataOption = None, config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """重新核算账目：每个来源每天应有、入库、更新、重复、隔离、拒收、在途；不平则退出码为 1."""
    from pipeline import books  # noqa: PLC0415 (loaded only when the command runs)
    from pipeline.commands._balance import print_balance  # noqa: PLC0415

    with spoken():
        balance = books.balance_of(settings_of(config, data))
    if as_json:
        print_json({"lines": balance.lines, "faults": balance.faults, "holds": balance.holds})
    else:
        print_balance(balance)
    if not balance.holds:
        raise typer.Exit(1)
