"""``yuqing train``."""

import importlib
import pkgutil
from pathlib import Path
from typing import Annotated

import typer

from pipeline.commands._common import fail

app = typer.Typer()


@app.command()
def train(
    data: Annotated[Path, typer.Option("--data", help="标注文件（JSON 行）")],
    out: Annotated[Path, typer.Option("--out", help="权重与模型卡写到这个目录")],
    reader: Annotated[str, typer.Option("--reader", help="训练哪个模型：quick 快读，careful 精读")] = "quick",
    seed: Annotated[int, typer.Option("--seed", help="随机种子：同样的数据与种子得到同样的权重")] = 61,
) -> None:
    """用标注重新训练；比原模型差的不写入，并给出成绩."""
    import classifiers.training.readers as readers  # noqa: PLC0415 - loaded only when the command runs
    from classifiers.training.labelled import LabelError, load  # noqa: PLC0415 - same

    known = sorted(module.name for module in pkgutil.iter_modules(readers.__path__))
    if reader not in known:
        fail(f"没有名为 {reader} 的模型可训练；可选：{'、'.join(known)}", 2)
    try:
        rows = load(data)
    except LabelError as error:
        fail(str(error), 2)
    build = importlib.import_module(f"classifiers.training.readers.{reader}").build
    outcome = build(rows, out, lambda line: typer.echo(line, err=True), seed)
    typer.echo(outcome.report)
    if outcome.refusal:
        fail(f"新模型不如原模型，未写入：{outcome.refusal}", 1)
    for path in outcome.written:
        typer.echo(f"已写入 {path}")
