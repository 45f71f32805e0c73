"""``yuqing bench``."""

import importlib
import os
import pkgutil
from pathlib import Path
from typing import Annotated

import typer

from pipeline.bench._rounds import Figure, Options
from pipeline.commands._common import JsonOption, fail, print_json, spoken

app = typer.Typer()


@app.command()
def bench(
    parts: Annotated[
        list[str] | None,
        typer.Argument(metavar="[PART…]", help="只测这几项（默认全部；brokers 须有服务器，只在写明时测）"),
    ] = None,
    data: Annotated[Path | None, typer.Option("--data", help="测速用的文本（JSON 行，可 .gz）；默认用自拟文本")] = None,
    rounds: Annotated[int, typer.Option("--rounds", min=1, help="交替测量的轮数")] = 15,
    as_json: JsonOption = False,
) -> None:
    """测速：各种做法在同一进程里交替进行，报告每轮之比的中位数."""
    import pipeline.bench  # noqa: PLC0415 - loaded only when the command runs

    names = (module.name for module in pkgutil.iter_modules(pipeline.bench.__path__))
    known = sorted(name for name in names if not name.startswith("_"))
    if unknown := sorted(set(parts or ()) - set(known)):
        fail(f"没有名为 {'、'.join(unknown)} 的测速项；可选：{'、'.join(known)}", 2)
    if data is None and (shared := os.environ.get("YUQING_SHARED")):
        data = Path(shared) / "data" / "corpus.jsonl.gz"
    results: dict[str, list[Figure]] = {}
    for name in parts or known:
        part = importlib.import_module(f"pipeline.bench.{name}")
        if not parts and getattr(part, "ON_SERVERS", False):
            continue  # only when it is named
        if not as_json:
            typer.echo(f"\n{part.TITLE}（{name}）")
        with spoken():
            results[name] = part.measure(Options(data, rounds))
        if not as_json:
            for figure in results[name]:
                typer.echo(_line(figure))
    if as_json:
        print_json(results)
    if not all(figure.met for figures in results.values() for figure in figures):
        raise typer.Exit(1)


def _line(figure: Figure) -> str:
    """One figure for people: value, spread, and whether it reaches what it must."""
    text = f"  {figure.name}：{figure.value:,.4g} {figure.unit}"
    if figure.spread is not None:
        text += f"（{figure.spread[0]:,.4g}–{figure.spread[1]:,.4g}）"
    for word, bound in (("至少", figure.floor), ("至多", figure.ceiling)):
        if bound is not None:
            text += f"  {word} {bound:g} {'✓' if figure.met else '✗ 未达到'}"
    return text
