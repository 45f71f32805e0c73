"""``yuqing assess``."""

import sys
from pathlib import Path
from typing import Any, BinaryIO

import msgspec
import typer

from classifiers.assessment import Assessment
from classifiers.classifier import Reader, Text

app = typer.Typer()

_BATCH = 256


class _Counts(msgspec.Struct, frozen=True):
    reposts: int | None = None
    comments: int | None = None
    likes: int | None = None
    reads: int | None = None


class _Line(msgspec.Struct, frozen=True):
    text: str
    id: str | int | None = None
    title: str | None = None
    channel: str | None = None
    region_text: str | None = None
    quoted_text: str | None = None
    engagement: _Counts | None = None

    def as_text(self) -> Text:
        counts = self.engagement or _Counts()
        return Text(
            text=self.text,
            title=self.title or "",
            quoted_text=self.quoted_text or "",
            channel=self.channel or "",
            region_text=self.region_text or "",
            reposts=counts.reposts,
            comments=counts.comments,
            likes=counts.likes,
            reads=counts.reads,
            directed=self.channel == "directive",
        )


@app.command()
def assess(
    file: Path = typer.Argument(Path("-"), metavar="[FILE|-]", help="JSON 行文件；- 为标准输入"),
    careful_wanted: bool = typer.Option(
        True, "--careful/--quick-only", help="标记或存疑的由精读复核（与常驻运行相同），或只用快读"
    ),
) -> None:
    """逐条研判：每行一条 JSON（text 必填），按序每行输出一条判断；reader 一项说明由谁判定."""
    from classifiers.models.quick import load  # noqa: PLC0415 - loaded only when the command runs
    from classifiers.readers import Both, careful, unavailable  # noqa: PLC0415 - same
    from classifiers.table import WeightsError  # noqa: PLC0415 - same

    if (reason := unavailable()) and careful_wanted:
        typer.echo(reason, err=True)
    try:
        reader = Both(load(), careful() if careful_wanted else None)
    except WeightsError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from error
    if str(file) == "-":
        wrong = run(reader, sys.stdin.buffer, sys.stdout.buffer)
    else:
        try:
            with file.open("rb") as source:
                wrong = run(reader, source, sys.stdout.buffer)
        except OSError as error:
            typer.echo(f"读不到 {file}：{error.strerror}", err=True)
            raise typer.Exit(2) from error
    if wrong:
        typer.echo(f"{wrong} 行不是合法的输入，已在相应位置输出 error", err=True)
        raise typer.Exit(1)


def run(reader: Reader, source: BinaryIO, target: BinaryIO) -> int:
    """Judge every line of ``source``; return how many lines were no input."""
    decoder = msgspec.json.Decoder(_Line)
    waiting: list[_Line | bytes] = []
    wrong = 0

    def flush() -> None:
        judged = iter(reader.assess([line.as_text() for line in waiting if isinstance(line, _Line)]))
        for line in waiting:
            answer = line if isinstance(line, bytes) else encode(line.id, next(judged))
            target.write(answer + b"\n")
        target.flush()
        waiting.clear()

    for number, raw in enumerate(source, start=1):
        if not raw.strip():
            continue
        try:
            waiting.append(decoder.decode(raw))
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            wrong += 1
            said = f"第 {number} 行不是合法的输入：{error}。每行应是一个 JSON 对象，至少有字符串 text"
            waiting.append(msgspec.json.encode({"line": number, "error": said}))
        if len(waiting) == _BATCH:
            flush()
    flush()
    return wrong


def encode(line_id: str | int | None, assessment: Assessment) -> bytes:
    """Return one answer line; every field is written, also where it holds its default."""
    fields: dict[str, Any] = {} if line_id is None else {"id": line_id}
    for name in assessment.__struct_fields__:
        fields[name] = getattr(assessment, name)
    fields["evidence"] = [
        {name: getattr(item, name) for name in item.__struct_fields__} for item in assessment.evidence
    ]
    return msgspec.json.encode(fields)
