"""``yuqing doctor``."""

import typer

from pipeline.commands._common import ConfigOption, DataOption, JsonOption, print_json

app = typer.Typer()
_WORDS = {"pass": "通过", "note": "注意", "fail": "不通过"}


@app.command()
def doctor(data: DataOption = None, config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """体检：缺什么、怎么办；有不通过的则退出码为 1."""
    from pipeline.doctor.examination import examine  # noqa: PLC0415 (loaded only when the command runs)

    counts = dict.fromkeys(_WORDS, 0)
    for finding in examine(config, data):
        counts[finding.verdict] += 1
        if as_json:
            print_json(finding)
            continue
        typer.echo(f"{_WORDS[finding.verdict]}\t{finding.title}：{finding.found}")
        if finding.advice:
            typer.echo(f"\t→ {finding.advice}")
    if not as_json:
        typer.echo("，".join(f"{_WORDS[verdict]} {number} 项" for verdict, number in counts.items()))
    if counts["fail"]:
        raise typer.Exit(1)
