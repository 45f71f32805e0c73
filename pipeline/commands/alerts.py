"""``yuqing alerts``."""

from typing import Annotated

import typer

from classifiers.assessment import Category, Severity
from connectors.mention import Channel
from pipeline.commands._common import ConfigOption, DataOption, JsonOption, print_json, settings_of, spoken

app = typer.Typer()


@app.command()
def alerts(
    data: DataOption = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
    everything: Annotated[bool, typer.Option("--all", help="连同只列表、未提醒的事由")] = False,
    category: Annotated[list[Category] | None, typer.Option(help="重点回应情形，可多选")] = None,
    severity: Annotated[list[Severity] | None, typer.Option(help="预警等级，可多选")] = None,
    channel: Annotated[list[Channel] | None, typer.Option(help="渠道，可多选")] = None,
    limit: Annotated[int, typer.Option(min=1, help="至多列出多少件")] = 100,
) -> None:
    """列出提醒：等级、渠道、地点、事由、触发词."""
    from pipeline.labels import label  # noqa: PLC0415 (loaded only when the command runs)
    from pipeline.stores.issues import AlertFilter, list_issues  # noqa: PLC0415
    from pipeline.stores.view import opened  # noqa: PLC0415

    wanted = AlertFilter(
        severities=tuple(severity or ()),
        categories=tuple(category or ()),
        channels=tuple(channel or ()),
        alerted=None if everything else True,
        limit=limit,
    )
    with spoken(), opened(settings_of(config, data).data) as view:
        rows = list_issues(view.main.read, wanted)
    if as_json:
        for row in rows:
            print_json(row)
        return
    for row in rows:
        issue = row.issue
        tier = "未定级" if issue.severity is None else label(issue.severity)
        channels = "、".join(label(each) for each in issue.channels)
        typer.echo(f"{issue.id}  【{tier}】{issue.title}")
        kinds = "、".join(label(each) for each in issue.categories) or "未归类"
        typer.echo(f"    {kinds}；{channels}；{row.members} 条；热度 {issue.heat}；{label(issue.state)}")
        if row.alert is not None and row.alert.evidence:
            typer.echo(f"    触发词：{'、'.join(row.alert.evidence)}")
    typer.echo(f"共 {len(rows)} 件")
