"""Serving the desk: where it may listen, under whose rules, and an orderly end."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
import uvicorn

from pipeline.config import Web
from pipeline.errors import ConfigError
from pipeline.service import Service
from pipeline.stores.access import Access
from pipeline.web.app import create_app
from pipeline.web.gate import LOOPBACK, Surroundings


class Listening(msgspec.Struct, frozen=True):
    """Where the desk is to listen; certificate and key together make it https."""

    host: str = "127.0.0.1"
    port: int = 8800
    certificate: Path | None = None
    key: Path | None = None
    behind_proxy: bool = False
    hosts: tuple[str, ...] = ()  # names by which browsers call us, beside ``host``
    demo: bool = False

    @property
    def local(self) -> bool:
        """Whether only this machine can reach it."""
        return self.host in LOOPBACK

    @property
    def secure(self) -> bool:
        """Whether browsers see https."""
        return self.behind_proxy or self.certificate is not None


def listening_of(web: Web) -> Listening:
    """Return where the configuration wants the desk to listen."""
    return Listening(
        host=web.host,
        port=web.port,
        certificate=web.tls_cert,
        key=web.tls_key,
        behind_proxy=web.behind_proxy,
        hosts=web.hosts,
    )


def check(listening: Listening, access: Access) -> None:
    """Refuse what would leave the desk open.

    Raises:
        ConfigError: every fault at once, in words.
    """
    faults = []
    if (listening.certificate is None) != (listening.key is None):
        faults.append("证书与私钥须同时给出（web.tls_cert 与 web.tls_key）")
    named = [file for file in (listening.certificate, listening.key) if file is not None]
    faults += [f"找不到文件 {file}" for file in named if not file.is_file()]
    if not listening.local or listening.behind_proxy:
        if not access.has_users:
            faults.append("对外提供服务前须先添加用户：yuqing user add 姓名 --role officer")
        if not listening.secure:
            faults.append("对外提供服务须用 TLS（web.tls_cert 与 web.tls_key），或置于反向代理之后（web.behind_proxy）")
    if faults:
        raise ConfigError("不能这样监听 {}：\n{}".format(listening.host, "\n".join(f"  {fault}" for fault in faults)))


@contextmanager
def serving(running: Service, listening: Listening) -> Iterator[str]:
    """Serve until the block ends; yields the address, with the token of the machine's own user where there is one.

    The token stands behind ``#``: browsers keep that part to themselves, so that it reaches no log.

    Raises:
        ConfigError: the desk must not or cannot listen there.
    """
    access = Access(running.pipeline.folder.access)
    try:
        check(listening, access)
        hosts = frozenset() if listening.behind_proxy and not listening.hosts else LOOPBACK | {listening.host}
        surroundings = Surroundings(
            hosts=frozenset(hosts | set(listening.hosts)) if hosts else hosts,
            behind_proxy=listening.behind_proxy,
            secure=listening.secure,
            demo=listening.demo,
        )
        token = "" if access.has_users else _local_token(access, running.pipeline.folder.path)
        app = create_app(running, access, surroundings)
        listener = _bind(listening)
        config = uvicorn.Config(
            app,
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=listening.behind_proxy,
            ssl_certfile=listening.certificate,
            ssl_keyfile=listening.key,
            timeout_graceful_shutdown=3,
            lifespan="on",
        )
        server = _Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, name="web", daemon=True)
        thread.start()
        server.wait_until_started(thread)
        scheme = "https" if listening.certificate else "http"
        address = f"{scheme}://{_shown(listening.host)}:{listener.getsockname()[1]}/"
        try:
            yield f"{address}#token={token}" if token else address
        finally:
            app.state.broadcaster.stop()
            server.should_exit = True
            thread.join(timeout=10)
    finally:
        access.close()


class _Server(uvicorn.Server):
    """Leaves signals to whoever owns the process."""

    def install_signal_handlers(self) -> None:
        pass

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    def wait_until_started(self, thread: threading.Thread) -> None:
        """Wait until requests are answered.

        Raises:
            ConfigError: the server ended instead.
        """
        while not self.started:
            if not thread.is_alive():
                raise ConfigError("页面服务未能启动，请查看上面的日志")
            thread.join(timeout=0.01)


def _local_token(access: Access, folder: Path) -> str:
    token = access.new_local_token()
    path = folder / "token"
    path.touch(mode=0o600)
    path.write_text(token, encoding="ascii")
    return token


def _bind(listening: Listening) -> socket.socket:
    family = socket.AF_INET6 if ":" in listening.host else socket.AF_INET
    listener = socket.socket(family)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((listening.host, listening.port))
    except OSError as error:
        listener.close()
        raise ConfigError(
            f"无法在 {listening.host}:{listening.port} 上监听：{error.strerror}。可换一个端口，0 为任选"
        ) from error
    return listener


def _shown(host: str) -> str:
    return f"[{host}]" if ":" in host else host
