"""``yuqing rejected``."""

from typing import Annotated

import typer

from pipeline.commands._common import ConfigOption, DataOption, JsonOption, fail, print_json, settings_of, spoken

app = typer.Typer(invoke_without_command=True, help="未能处理的记录：查看原因，重试")


@app.callback()
def _default(context: typer.Context) -> None:
    if context.invoked_subcommand is None:
        show_list()


@app.command("list")
def show_list(data: DataOption = None, config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """列出未能处理的记录与原因."""
    from pipeline.stores.view import opened  # noqa: PLC0415 (loaded only when the command runs)

    with spoken(), opened(settings_of(config, data).data) as view:
        records = view.rejected.all()
    for kept in records:
        if as_json:
            line = {"place": kept.place, "stage": kept.stage, "reason": kept.reason, "detail": kept.detail}
            print_json(line | {"file": kept.file, "row": kept.row, "at": kept.at, "bytes": len(kept.raw)})
        else:
            typer.echo(f"{kept.place}  {kept.file} 第 {kept.row} 条  {kept.stage}/{kept.reason}  {kept.detail}")
    if not as_json:
        typer.echo(f"共 {len(records)} 条")


@app.command()
def show(
    place: Annotated[str, typer.Argument(help="记录的编号，见 yuqing rejected list")],
    data: DataOption = None,
    config: ConfigOption = None,
) -> None:
    """显示一条记录的内容（已遮蔽个人信息）."""
    from connectors.reading.masking import mask  # noqa: PLC0415 (loaded only when the command runs)
    from pipeline.stores.view import opened  # noqa: PLC0415

    with spoken(), opened(settings_of(config, data).data) as view:
        kept = view.rejected.get(place)
    if kept is None:
        fail(f"没有编号为 {place} 的记录：用 yuqing rejected list 查看", 2)
    typer.echo(f"{kept.file} 第 {kept.row} 条，{kept.stage}/{kept.reason}：{kept.detail}")
    typer.echo(mask(kept.raw[:4000].decode("utf-8", "replace")))


@app.command()
def retry(data: DataOption = None, config: ConfigOption = None) -> None:
    """把处理中失败的记录再试一次；读不懂的行请修正文件后重新读入."""
    from pipeline import service  # noqa: PLC0415 (loaded only when the command runs)
    from pipeline.retry import retry_rejected  # noqa: PLC0415

    with spoken():
        settings = settings_of(config, data)
        if settings.kafka.brokers:
            from pipeline import brokered  # noqa: PLC0415

            with brokered.opened(settings, leads=False) as running:
                running.pipeline.start()
                outcome = retry_rejected(running.pipeline)
            typer.echo(f"已重新发到 Kafka {outcome.tried} 条；{outcome.unreadable} 条须修正原文件后重新读入")
            return
        with service.opened(settings) as running:
            outcome = retry_rejected(running.pipeline)
    typer.echo(f"重试 {outcome.tried} 条，成功 {outcome.done} 条；{outcome.unreadable} 条须修正原文件后重新读入")
    if outcome.done < outcome.tried:
        raise typer.Exit(1)
