"""``yuqing follow``."""

import sys
from datetime import UTC, datetime
from typing import Annotated

import typer

from pipeline.commands._common import spoken

app = typer.Typer()


@app.command()
def follow(
    source: Annotated[str, typer.Argument(metavar="FILE|-", help="JSON 行，按时间先后；「-」为标准输入")] = "-",
) -> None:
    """按时间先后读入 {id, text, time} 的 JSON 行，逐条给出归入的事由."""
    import msgspec  # noqa: PLC0415 (loaded only when the command runs)

    from pipeline.errors import ConfigError  # noqa: PLC0415
    from pipeline.matters.follow import Follower  # noqa: PLC0415

    with spoken():
        follower = Follower()
        try:
            lines = sys.stdin.buffer if source == "-" else open(source, "rb")  # noqa: SIM115, PTH123
        except OSError as error:
            raise ConfigError(f"读不了 {source}：{error.strerror}") from error
        with lines:
            for number, line in enumerate(lines, 1):
                if not line.strip():
                    continue
                try:
                    row = msgspec.json.decode(line, type=dict[str, object])
                    name, text, at = str(row["id"]), str(row["text"]), datetime.fromisoformat(str(row["time"]))
                except (msgspec.MsgspecError, KeyError, ValueError) as error:
                    raise ConfigError(f"第 {number} 行不是含 id、text、time 的 JSON：{error}") from error
                at = at if at.tzinfo else at.replace(tzinfo=UTC)
                placement = follower.follow(name, text, at, at)
                answer = {"id": name, "issue": placement.issue or name}
                if placement.linked_to:
                    answer["linked_to"] = placement.linked_to
                sys.stdout.buffer.write(msgspec.json.encode(answer) + b"\n")
        sys.stdout.flush()
