"""The ``yuqing`` command: a folder of commands, each module loaded only when it is called."""

import importlib
import pkgutil
from typing import Any

import typer
import typer.core
import typer.main

import pipeline.commands


class CommandFolder(typer.core.TyperGroup):
    """Every module of ``pipeline.commands`` that holds an ``app`` is a command of the module's name."""

    def list_commands(self, ctx: Any) -> list[str]:
        """Return the names of all commands."""
        names = (module.name for module in pkgutil.iter_modules(pipeline.commands.__path__))
        return sorted(name for name in names if name != "main" and not name.startswith("_"))

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Load the one module that the word names."""
        if cmd_name not in self.list_commands(ctx):
            return None
        module = importlib.import_module(f"pipeline.commands.{cmd_name}")
        command = typer.main.get_command(module.app)
        command.name = cmd_name
        return command


app = typer.Typer(
    cls=CommandFolder,
    help="政务舆情第一时间发现与回应",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_show_locals=False,
)


@app.callback()
def _root() -> None:
    """政务舆情第一时间发现与回应."""


def main(*args: Any, **kwargs: Any) -> None:
    """Run the command line."""
    app(*args, prog_name="yuqing", **kwargs)
