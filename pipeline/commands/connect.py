"""``yuqing connect``."""

import sys
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, BinaryIO

import typer

from pipeline.commands._common import ConfigOption, fail, settings_of, spoken

app = typer.Typer()


@app.command()
def connect(
    format_name: Annotated[str, typer.Argument(metavar="FORMAT", help="格式名，auto 为自动识别，list 列出全部格式")],
    paths: Annotated[list[Path] | None, typer.Argument(help="导出文件或文件夹")] = None,
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
        _list()
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


def _list() -> None:
    from connectors import catalogue  # noqa: PLC0415
    from pipeline.labels import label  # noqa: PLC0415

    for name, connector in catalogue.all_connectors().items():
        typer.echo(f"{name:<24}{connector.title}（{label(connector.channel)}）")
        for line in connector.example.splitlines()[:3]:
            typer.echo(f"    {line[:100]}")
