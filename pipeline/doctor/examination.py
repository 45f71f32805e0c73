"""The whole examination, in the order in which a person would look."""

from collections.abc import Iterator
from pathlib import Path

from pipeline import config
from pipeline.doctor import folder, machine, program
from pipeline.doctor.finding import Finding, failed, passed
from pipeline.errors import ConfigError
from pipeline.stores.folder import holder


def examine(file: Path | None, data: Path | None) -> Iterator[Finding]:
    """Yield every finding; a wrong configuration is one of them, and the rest is looked at with the defaults."""
    yield from program.examine()
    try:
        settings = config.load(file, data=data)
    except ConfigError as error:
        yield failed("config", "配置", str(error), "改好后用 yuqing config check 再查")
        settings = config.Settings() if data is None else config.Settings(data=data)
    else:
        named = file or (config.DEFAULT_FILE if config.DEFAULT_FILE.exists() else None)
        yield passed("config", "配置", f"{named} 无误" if named else "没有配置文件，全用默认值")
    yield from folder.examine(settings.data)
    yield from machine.examine(settings, holder(settings.data))
