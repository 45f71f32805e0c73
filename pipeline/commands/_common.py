"""What the commands share: configuration, errors in words with the right exit code, output for people and programs."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, NoReturn

import msgspec
import typer

from connectors.connector import ConnectorError
from pipeline import config
from pipeline.errors import ConfigError, DataFolderBusyError, NotFoundError, QueryError, YuqingError

ConfigOption = Annotated[Path | None, typer.Option("--config", "-c", help="配置文件（默认为当前目录的 yuqing.toml）")]
DataOption = Annotated[Path | None, typer.Option("--data", help="数据目录")]
JsonOption = Annotated[bool, typer.Option("--json", help="输出 JSON 供程序使用")]

_WRONG_USE = (ConfigError, DataFolderBusyError, NotFoundError, QueryError)


@contextmanager
def spoken() -> Iterator[None]:
    """Turn every error of ours into words on standard error: exit 2 for wrong use, 1 for what went wrong on the way."""
    try:
        yield
    except _WRONG_USE as error:
        fail(str(error), 2)
    except (YuqingError, ConnectorError) as error:
        fail(str(error), 1)


def fail(message: str, code: int) -> NoReturn:
    """Say what is wrong and end with a code."""
    typer.echo(message, err=True)
    raise typer.Exit(code)


def settings_of(file: Path | None, data: Path | None) -> config.Settings:
    """Return the configuration with the data folder of the command line."""
    return config.load(file, data=data)


def print_json(value: Any) -> None:
    """Print a value as JSON for programs."""
    sys.stdout.write(msgspec.json.encode(value, order="deterministic").decode() + "\n")
