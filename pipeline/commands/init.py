"""``yuqing init``."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.commands._common import fail, spoken

if TYPE_CHECKING:
    from pipeline.initial import Answers

app = typer.Typer()


@app.command()
def init(
    file: Annotated[Path, typer.Argument(help="写到哪个文件")] = Path("yuqing.toml"),
    answers: Annotated[Path | None, typer.Option(help="答案文件（TOML）；不再提问")] = None,
    yes: Annotated[bool, typer.Option("--yes", help="一律用默认值，不提问")] = False,
    force: Annotated[bool, typer.Option("--force", help="覆盖已有的文件")] = False,
) -> None:
    """提问所在地、单位、关注词、值班名册和时限方案，写出可直接运行的配置；文件没有写明的事项连同依据一并列出."""
    from pipeline import config, initial  # noqa: PLC0415 (loaded only when the command runs)
    from pipeline.errors import ConfigError  # noqa: PLC0415

    if file.exists() and not force:
        fail(f"{file} 已经存在：另取一个文件名，或用 --force 覆盖", 2)
    with spoken():
        given = initial.Answers() if yes and answers is None else _asked() if answers is None else initial.read(answers)
        given = initial.completed(given)
        temporary = file.with_name(f".{file.name}.new")
        try:
            temporary.write_text(initial.render(given), encoding="utf-8")
            settings = config.load(temporary)
            inbox = Path(given.inbox)
            inbox.mkdir(parents=True, exist_ok=True)
            temporary.replace(file)
        except OSError as error:
            raise ConfigError(f"写不了 {file}：{error.strerror}") from error
        finally:
            temporary.unlink(missing_ok=True)
    typer.echo(f"已写好 {file}：{settings.jurisdiction.government}，时限方案 {settings.jurisdiction.profile}")
    typer.echo(f"接着：yuqing config check -c {file}；yuqing run -c {file}；把导出文件放进 {given.inbox}")


def _asked() -> "Answers":
    from pipeline.clocks.profile import profiles  # noqa: PLC0415 (loaded only when the command runs)
    from pipeline.initial import Answers, RosterAnswer, UnitAnswer, completed  # noqa: PLC0415

    typer.echo("回车即用方括号中的默认值。")
    place = typer.prompt("本级所在地，如 山东省青岛市；留空则一切视为属地事项", default="", show_default=False)
    known = completed(Answers(place=place))
    government = typer.prompt("本级政府名称", default=known.government)
    superior = typer.prompt("上一级政府名称", default=known.superior_government)
    if known.regions:
        typer.echo(f"下辖：{'、'.join(known.regions)}")
    else:
        typer.echo("区划资料中没有该地的下辖地方，可在下面写出。")
    regions = _several("下辖县（市、区）", known.regions)
    words = _several("关注词：本地乡镇、学校、企业、小区等名称，用空格分开", ())
    units = _several("本级各部门全称，用空格分开（责任人可稍后在文件中补）", ())
    for key, each in profiles().items():
        typer.echo(f"  {key}：{each.name}；" + "；".join(f"{line.hours:g} 小时〔{line.basis}〕" for line in each.lines))
    profile = typer.prompt("时限方案", default=known.profile)
    roster = []
    for number, step in enumerate(Answers().roster):
        name = typer.prompt(f"值班名册第 {number + 1} 位", default=step.name)
        wait = step.after_minutes
        if number:
            wait = typer.prompt(f"  无人签收多少分钟后通知{name}", default=wait, type=float)
        roster.append(RosterAnswer(name, wait))
    return Answers(
        place=place,
        government=government,
        superior_government=superior,
        words=words,
        regions=regions,
        units=tuple(UnitAnswer(name) for name in units),
        roster=tuple(roster),
        profile=profile,
    )


def _several(question: str, default: tuple[str, ...]) -> tuple[str, ...]:
    text: str = typer.prompt(question, default=" ".join(default), show_default=False)
    return tuple(text.replace("，", " ").replace("、", " ").split())
