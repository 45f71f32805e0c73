"""``yuqing evaluate``."""

import importlib
import time
from pathlib import Path
from typing import Annotated, Any

import typer

from pipeline.commands._common import JsonOption, fail, print_json

app = typer.Typer()

_ERASED = 500  # flagged texts whose evidence is put to the test


@app.command()
def evaluate(
    data: Annotated[Path, typer.Option("--data", help="标注文件（JSON 行）")],
    reader: Annotated[str, typer.Option("--reader", help="衡量哪个模型：quick 快读，careful 精读")] = "quick",
    as_json: JsonOption = False,
) -> None:
    """衡量随程序发布的模型；训练过的文本另列，并给出训练时留出部分的成绩."""
    import msgspec  # noqa: PLC0415 - loaded only when the command runs
    import numpy as np  # noqa: PLC0415 - same

    from classifiers.readers import unavailable  # noqa: PLC0415 - same
    from classifiers.training.faithfulness import faithfulness  # noqa: PLC0415 - same
    from classifiers.training.labelled import LabelError, load, texts, truth  # noqa: PLC0415 - same
    from classifiers.training.metrics import Figures, figures, verdicts  # noqa: PLC0415 - same
    from classifiers.training.report import by_slice, table  # noqa: PLC0415 - same
    from classifiers.training.seen import by_set, hashes, record  # noqa: PLC0415 - same

    if reader == "careful" and (reason := unavailable()):
        fail(reason, 2)
    try:
        rows = load(data)
        judge = importlib.import_module(f"classifiers.models.{reader}").load()
    except LabelError as error:
        fail(str(error), 2)
    except ModuleNotFoundError:
        fail(f"没有名为 {reader} 的模型", 2)
    stored, known = record(reader)
    seen = np.isin(hashes(rows), known)
    if reader == "careful":
        # Its verdicts are both readers'; what either was trained on says little and takes long.
        seen |= np.isin(hashes(rows), record("quick")[1])
        rows = [row for row, was in zip(rows, seen.tolist(), strict=True) if not was]
        seen = np.zeros(len(rows), bool)
    started = time.perf_counter()
    given = texts(rows)
    answers = judge.assess(given)
    seconds = time.perf_counter() - started
    judged = verdicts(answers)
    true = truth(rows)
    columns: dict[str, Figures] = {}
    for name, places in (("未训练过", np.flatnonzero(~seen)), ("训练过", np.flatnonzero(seen))):
        if len(places):
            columns[name] = figures(true.take(places), judged.take(places))
    faithful = faithfulness(judge, given, answers, most=_ERASED)
    held_out = {f"训练时{name}": msgspec.convert(figure, Figures) for name, figure in stored.items() if "·" not in name}
    together = {name: msgspec.convert(figure, Figures) for name, figure in record("careful")[0].items()}
    if as_json:
        answer: dict[str, Any] = {"model_version": judge.model_version, "texts_per_second": len(rows) / seconds}
        print_json(
            answer | {"figures": columns, "held_out": held_out, "both_readers": together, "faithfulness": faithful}
        )
        return
    typer.echo(f"{judge.model_version}，{len(rows)} 条，每秒 {len(rows) / seconds:.0f} 条\n")
    if columns or held_out:
        typer.echo(table(columns | held_out))
    for name, of_readers in by_set(together).items():
        typer.echo(f"\n快读、精读与两者合判，训练时{name}（哪个都没有训练过）：\n")
        typer.echo(table(of_readers))
    if faithful is not None:
        typer.echo(
            f"\n依据（抽 {faithful.texts} 条被标记的、40 字以上的文本）：平均占全文 {faithful.share:.1%}，"
            f"超过三成的 {faithful.too_much:.1%}；删去依据后落到阈值以下 {faithful.fallen:.1%}，"
            f"删去同样多的随机字符 {faithful.fallen_at_random:.1%}"
        )
    unseen = np.flatnonzero(~seen)
    if len(unseen):
        fresh = [rows[i] for i in unseen.tolist()]
        typer.echo("\n未训练过的文本，按来源种类：\n")
        typer.echo(by_slice(fresh, true.take(unseen), judged.take(unseen), lambda row: row.source_kind or row.channel))
