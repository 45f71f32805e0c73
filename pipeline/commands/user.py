"""``yuqing user``."""

from typing import Annotated

import typer

from pipeline.commands._common import ConfigOption, DataOption, settings_of, spoken
from pipeline.handling.roles import Role
from pipeline.stores.access import Access
from pipeline.stores.folder import Places

app = typer.Typer(no_args_is_help=True, help="值班页面的用户")


@app.callback()
def _users() -> None:
    """值班页面的用户."""


@app.command()
def add(
    name: Annotated[str, typer.Argument(help="用户名")],
    role: Annotated[Role, typer.Option(help="viewer 查看、officer 值班、analyst 研判、admin 管理")],
    data: DataOption = None,
    config: ConfigOption = None,
) -> None:
    """添加用户，或重设其角色与密码；密码在提示后输入."""
    with spoken():
        settings = settings_of(config, data)
        settings.data.mkdir(mode=0o700, parents=True, exist_ok=True)
        password = typer.prompt("密码", hide_input=True, confirmation_prompt="再输一次")
        access = Access(Places(settings.data).access)
        try:
            access.add_user(name, role, password)
        finally:
            access.close()
    typer.echo(f"已添加 {name}（{role.value}）")


@app.command()
def token(
    name: Annotated[str, typer.Argument(help="程序的名字，例如 prometheus")],
    role: Annotated[Role, typer.Option(help="viewer 查看、officer 值班、analyst 研判、admin 管理")],
    data: DataOption = None,
    config: ConfigOption = None,
) -> None:
    """为程序发一个令牌并打印，只此一次；用时放在请求头 Authorization: Bearer 中."""
    with spoken():
        settings = settings_of(config, data)
        settings.data.mkdir(mode=0o700, parents=True, exist_ok=True)
        access = Access(Places(settings.data).access)
        try:
            typer.echo(access.new_token(name, role))
        finally:
            access.close()
