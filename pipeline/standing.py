"""A service that stands: its threads, the courier, the desk and the watched folders, until it is asked to stop."""

import typer

from pipeline import service
from pipeline.service import Service
from pipeline.watching.watcher import Watcher
from pipeline.web.server import listening_of, serving


def stand(running: Service) -> None:
    """Run everything that a service has until SIGTERM or SIGINT.

    Raises:
        ConfigError: the desk must not or cannot listen where the configuration says.
        YuqingError: the pipeline stopped by itself.
    """
    running.pipeline.start()
    courier = service.courier_of(running.settings, running.pipeline)
    courier.start()
    rounds = service.rounds_of(running.settings, running.pipeline)
    if rounds is not None:
        rounds.start()
    try:
        with serving(running, listening_of(running.settings.web)) as address:
            typer.echo(f"yuqing 已启动，数据目录 {running.settings.data}；按 Ctrl-C 停止", err=True)
            typer.echo(f"值班页面：{address}", err=True)
            Watcher(running).run_until_stopped()
    finally:
        if rounds is not None:
            rounds.stop()
        courier.stop()
