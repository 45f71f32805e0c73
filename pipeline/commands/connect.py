"""``yuqing connect``."""

import sys
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, BinaryIO

import typer

from pipeline.commands._common import ConfigOption, JsonOption, fail, print_json, settings_of, spoken

app = typer.Typer()


@app.command()
def connect(
    format_name: Annotated[str, typer.Argument(metavar="FORMAT", help="格式名，auto 为自动识别，list 列出全部格式")],
    paths: Annotated[list[Path] | None, typer.Argument(help="导出文件或文件夹")] = None,
    explain: Annotated[
        bool, typer.Option("--explain", help="不输出条目，只说明由哪个格式读取、各栏怎么读、略过了什么、为什么")
    ] = False,
    as_json: JsonOption = False,
    rejected: Annotated[Path | None, typer.Option(help="拒收的记录写入此文件（JSON 行）")] = None,
    config: ConfigOption = None,
) -> None:
    """读导出文件，把信息条目按 JSON 行写到标准输出."""
    import msgspec  # noqa: PLC0415 (loaded only when the command runs)

    from connectors import catalogue  # noqa: PLC0415
    from connectors.connector import Quarantined, Reading, Refused  # noqa: PLC0415
    from pipeline import wire  # noqa: PLC0415
    from pipeline.feeding import files_of  # noqa: PLC0415
    from pipeline.service import pseudonym_salt  # noqa: PLC0415

    if format_name == "list":
        _list(as_json=as_json)
        return
    if explain:
        _explain(format_name, paths or [], config, as_json=as_json)
        return
    if not paths:
        fail("请给出要读的文件或文件夹，例如：yuqing connect auto 导出.csv", 2)
    refusals: Counter[str] = Counter()
    with spoken():
        settings = settings_of(config, None)
        salt = pseudonym_salt(settings)
        sink: BinaryIO | None = None if rejected is None else rejected.open("wb")
        for path in files_of(paths):
            connector = catalogue.recognise(path) if format_name == "auto" else catalogue.named(format_name)
            collected = datetime.fromtimestamp(path.stat().st_mtime, UTC)
            reading = Reading(collected, salt, settings.timezone, settings.input.secret_marks)
            for item in connector.read(path, reading):
                if isinstance(item, Refused):
                    refusals[item.reason] += 1
                    if sink is not None:
                        sink.write(msgspec.json.encode(item) + b"\n")
                elif isinstance(item, Quarantined):
                    refusals["quarantined"] += 1
                else:
                    sys.stdout.buffer.write(wire.encode(item) + b"\n")
        if sink is not None:
            sink.close()
    sys.stdout.buffer.flush()
    for reason, count in sorted(refusals.items()):
        typer.echo(f"{reason}\t{count}", err=True)


def _explain(format_name: str, paths: list[Path], config: Path | None, *, as_json: bool) -> None:
    """Say what was made of each file; a first word that is no format is a file too."""
    from connectors import catalogue  # noqa: PLC0415 (loaded only when the command runs)
    from connectors.connector import Reading  # noqa: PLC0415
    from connectors.explaining import explain  # noqa: PLC0415
    from pipeline.commands._explanation import print_explanation  # noqa: PLC0415
    from pipeline.feeding import files_of  # noqa: PLC0415

    if format_name != "auto" and format_name not in catalogue.all_connectors():
        format_name, paths = "auto", [Path(format_name), *paths]
    if not paths:
        fail("请给出要说明的文件，例如：yuqing connect --explain 导出.csv", 2)
    with spoken():
        settings = settings_of(config, None)
        for path in files_of(paths):
            collected = datetime.fromtimestamp(path.stat().st_mtime, UTC)
            # Nothing of the reading is kept, so authors need no salt of the deployment's.
            reading = Reading(collected, b"explain", settings.timezone, settings.input.secret_marks)
            explanation = explain(path, reading, format_name)
            if as_json:
                print_json(explanation)
            else:
                print_explanation(explanation)


def _list(*, as_json: bool) -> None:
    from connectors import catalogue  # noqa: PLC0415
    from pipeline.labels import label  # noqa: PLC0415

    for name, connector in catalogue.all_connectors().items():
        if as_json:
            print_json(catalogue.card(connector))
            continue
        typer.echo(f"{name:<20}{connector.title}（{label(connector.channel)}）")
        typer.echo(f"    凭什么认出：{connector.known_by}")
        for line in connector.example.splitlines():
            typer.echo(f"    │ {line}")
