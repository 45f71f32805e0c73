"""The balance as a table for people."""

import typer

from pipeline.audit import Balance

_COLUMNS = ("来源", "日期", "应有", "入库", "更新", "重复", "隔离", "拒收", "在途", "差额")


def print_balance(balance: Balance) -> None:
    """Print a line for each source and day, then what is wrong."""
    rows = [
        (
            line.source,
            line.day,
            *map(
                str,
                (
                    line.offered,
                    line.indexed,
                    line.updated,
                    line.duplicate,
                    line.quarantined,
                    line.rejected,
                    line.in_flight,
                    line.difference,
                ),
            ),
        )
        for line in balance.lines
    ]
    widths = [max([_width(title), *(_width(row[n]) for row in rows)]) for n, title in enumerate(_COLUMNS)]
    for row in (_COLUMNS, *rows):
        cells = [
            cell + " " * (width - _width(cell)) if n < 2 else " " * (width - _width(cell)) + cell
            for n, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        typer.echo("  ".join(cells).rstrip())
    for fault in balance.faults:
        typer.echo(f"异常：{fault}")
    typer.echo("账目平衡：每条信息都有去处" if balance.holds else f"账目不平：差额 {balance.difference}")


def _width(text: str) -> int:
    return sum(2 if ord(character) > 0x2E80 else 1 for character in text)
