"""``yuqing issue``."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.commands._common import ConfigOption, DataOption, JsonOption, print_json, settings_of, spoken

if TYPE_CHECKING:
    from pipeline.routing.answer import Responsibility

app = typer.Typer()


def _who(answer: "Responsibility | None") -> Iterator[str]:
    if answer is None:
        return
    yield f"第一责任主体（建议）：{'、'.join(answer.responsible)}"
    for name, text in (
        ("组织协调", answer.coordinator),
        ("牵头部门", answer.lead),
        ("一并回应", "、".join(answer.answering)),
        ("责任人", "；".join(answer.persons)),
        ("根据", "；".join(answer.grounds)),
    ):
        if text:
            yield f"  {name}：{text}"
    if answer.head_of_government:
        yield "  本级政府主要负责同志切实负起领导责任；必要时向同级党委报告"
    for reason in answer.reasons:
        yield f"  {reason.rule} {reason.says}〔{reason.clause}〕"


@app.command()
def issue(
    issue_id: Annotated[str, typer.Argument(help="事由编号，见 yuqing alerts")],
    data: DataOption = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """一件事由的全部：成员、原文、提醒的每次改写、经过."""
    from pipeline.labels import label  # noqa: PLC0415 (loaded only when the command runs)
    from pipeline.stores.issues import whole_issue  # noqa: PLC0415
    from pipeline.stores.view import opened  # noqa: PLC0415

    with spoken(), opened(settings_of(config, data).data) as view:
        whole = whole_issue(view.main.read, issue_id)
    if as_json:
        print_json(whole)
        return
    head = whole.issue
    tier = "未定级" if head.severity is None else label(head.severity)
    typer.echo(f"{head.id}  【{tier}】{head.title}")
    typer.echo(f"状态：{label(head.state)}；属地：{label(head.scope)}；地点：{'、'.join(head.regions) or '未识别'}")
    typer.echo(f"首见：{head.first_seen:%Y-%m-%d %H:%M}；最近：{head.last_seen:%Y-%m-%d %H:%M}；热度 {head.heat}")
    spread = whole.spread
    channels = "，".join(f"{label(channel)} {count}" for channel, count in spread.channels.items())
    typer.echo(f"传播：{channels}；媒体占 {spread.media_share:.0%}；仅计热度 {spread.heat_only} 条")
    typer.echo(
        f"走势：{label(spread.trend)}（近 6 小时 {spread.recent} 条，此前 6 小时 {spread.before} 条）；"
        f"回应价值 {spread.response_value:.2f}"
    )
    for line in _who(head.responsibility):
        typer.echo(line)
    for alert in whole.alerts:
        severity = "未定级" if alert.severity is None else label(alert.severity)
        typer.echo(f"提醒第 {alert.revision} 版（{label(alert.reason)}，{severity}）：{'、'.join(alert.evidence)}")
    for view_ in whole.members:
        member = view_.member
        note = "（仅计热度）" if member.heat_only else "（已撤销）" if member.retracted else ""
        text = "（原文已过保留期）" if view_.mention is None else view_.mention.text or view_.mention.quoted_text
        typer.echo(f"  {label(member.channel)} {member.published_at:%m-%d %H:%M} {member.mention_id}{note}")
        typer.echo(f"    {text[:200]}")
