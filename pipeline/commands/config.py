"""``yuqing config``."""

import typer

from pipeline.commands._common import ConfigOption, JsonOption, print_json, settings_of, spoken

app = typer.Typer(no_args_is_help=True, help="查看与检查配置")


@app.command()
def check(config: ConfigOption = None) -> None:
    """检查配置：一次说出所有错误."""
    with spoken():
        settings_of(config, None)
    typer.echo("配置无误")


@app.command()
def show(config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """列出每一项设置：现值、默认值、含义."""
    from pipeline.config import lines  # noqa: PLC0415 (loaded only when the command runs)

    with spoken():
        settings = settings_of(config, None)
    for line in lines(settings):
        if as_json:
            print_json(line.model_dump(mode="json"))
            continue
        typer.echo(f"{line.name} = {_shown(line.value)}")
        default = "" if line.value == line.default else f"（默认 {_shown(line.default)}）"
        typer.echo(f"    {line.meaning}{default}")


@app.command()
def clocks(config: ConfigOption = None) -> None:
    """列出现行的法定时限方案：起算点、每条时限及其依据."""
    from pipeline.clocks.profile import OTHER, profile  # noqa: PLC0415 (loaded only when the command runs)
    from pipeline.config import own_profiles  # noqa: PLC0415
    from pipeline.labels import label  # noqa: PLC0415
    from pipeline.records import Grade  # noqa: PLC0415

    with spoken():
        place = settings_of(config, None).jurisdiction
        chosen = profile(place.profile, own_profiles(place.profile_file))
    names = {**{str(grade): label(grade) for grade in Grade}, OTHER: "未定等级"}
    typer.echo(f"方案：{chosen.name}")
    typer.echo(f"起算：{_ANCHORS[chosen.anchor]}〔{chosen.anchor_basis}〕")
    for line in chosen.lines:
        grades = "、".join(names.get(grade, grade) for grade in line.grades)
        typer.echo(f"  {label(line.action)}：{line.hours:g} 小时内，适用于{grades}〔{line.basis}〕")
    grades = "、".join(names.get(grade, grade) for grade in chosen.follow_up_grades)
    typer.echo(f"  持续发布：上次发布后 {chosen.follow_up_hours:g} 小时，适用于{grades}〔{chosen.follow_up_basis}〕")


_ANCHORS = {
    "occurred_at": "事件发生",
    "published_at": "最早公开",
    "detected_at": "本系统发现",
    "accepted_at": "受理",
}


def _shown(value: object) -> str:
    if value is None or value == ():
        return "（空）"
    if isinstance(value, dict):
        return "、".join(value) or "（空）"
    if isinstance(value, tuple):
        return "、".join(map(str, value))
    return str(value)
