"""The machine under the program: disk, memory, clock, port, servers, secrets."""

import os
import resource
import shutil
import socket
import stat
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import pipeline
from pipeline import config
from pipeline.config import Settings
from pipeline.doctor.finding import Finding, failed, note, passed

_GIB = 1 << 30
_LEAST_DISK, _GOOD_DISK = _GIB, 10 * _GIB
_GOOD_MEMORY = 2 * _GIB
_GOOD_FILES = 1024
_REMOTE = frozenset({"nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "fuse.sshfs", "ceph", "glusterfs"})
_SECRET = ("salt", "key", "password", "token", "secret")


def examine(settings: Settings, held_by: str) -> Iterator[Finding]:
    """Yield how the machine stands; ``held_by`` is the process that runs on the data folder, if one does."""
    yield _disk(settings.data)
    yield _file_system(settings.data)
    yield _memory()
    yield _open_files()
    yield _clock(settings)
    yield _port(settings, held_by)
    yield from _secrets(settings)
    yield from _servers(settings)
    yield _sinks(settings)


def _existing(path: Path) -> Path:
    path = path.absolute()
    while not path.exists():
        path = path.parent
    return path


def _disk(data: Path) -> Finding:
    check, title = "disk", "磁盘空间"
    free = shutil.disk_usage(_existing(data)).free
    found = f"剩余 {free / _GIB:.1f} GiB"
    if free < _LEAST_DISK:
        return failed(check, title, found, "请腾出空间：写满时程序会停下，已收下的不丢")
    if free < _GOOD_DISK:
        return note(check, title, found, "每百万条信息约占 3 GiB：请留意，或缩短 [retention] 的保留期")
    return passed(check, title, found)


def _file_system(data: Path) -> Finding:
    check, title = "file_system", "文件系统"
    place, kind, longest = _existing(data), "", -1
    try:
        lines = Path("/proc/mounts").read_text(encoding="utf-8").splitlines()
    except OSError:
        return passed(check, title, "未能查看")
    for line in lines:
        _, mounted, name, *_ = line.split()
        if place.is_relative_to(mounted) and len(mounted) > longest:
            kind, longest = name, len(mounted)
    if kind in _REMOTE:
        return failed(check, title, f"{kind}（网络盘）", "数据目录须在本机磁盘上：网络盘的锁与落盘不可靠")
    if kind in ("tmpfs", "ramfs"):
        return note(check, title, f"{kind}（在内存中）", "重启即失：正式使用请放在磁盘上")
    return passed(check, title, kind)


def _memory() -> Finding:
    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    found = f"{total / _GIB:.1f} GiB"
    if total < _GOOD_MEMORY:
        return note("memory", "内存", found, "建议 2 GiB 以上")
    return passed("memory", "内存", found)


def _open_files() -> Finding:
    limit, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if limit < _GOOD_FILES:
        return note(
            "open_files", "可开文件数", str(limit), f"值班页面人多时不够：请用 ulimit -n 提到 {_GOOD_FILES} 以上"
        )
    return passed("open_files", "可开文件数", str(limit))


def _clock(settings: Settings) -> Finding:
    check, title = "clock", "时钟"
    now = datetime.now(UTC)
    installed = datetime.fromtimestamp(Path(str(pipeline.__file__)).stat().st_mtime, UTC)
    shown = f"{now.astimezone():%Y-%m-%d %H:%M:%S %z}"
    if now < installed:
        return failed(check, title, f"{shown}，早于程序安装的时间", "请校准系统时间（如 timedatectl set-ntp true）")
    if settings.clock.start is not None:
        return note(check, title, f"演示时钟，起点 {settings.clock.start.isoformat()}", "正式使用请删去 [clock] 一节")
    return passed(check, title, f"{shown}，统计按 {settings.timezone} 分日")


def _port(settings: Settings, held_by: str) -> Finding:
    check, title = "port", "值班页面的端口"
    host, port = settings.web.host, settings.web.port
    if port == 0:
        return passed(check, title, f"{host}，任选")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, port))
        except OSError as error:
            if held_by:
                return passed(check, title, f"{host}:{port}，由正在运行的进程 {held_by} 使用")
            return failed(check, title, f"{host}:{port} 不能用：{error.strerror}", "请在 [web] 中换一个 port，0 为任选")
    return passed(check, title, f"{host}:{port} 空闲")


def _secrets(settings: Settings) -> Iterator[Finding]:
    """Yield whether each file that holds a secret is there, and is its owner's alone."""
    check, title = "secrets", "密钥文件"
    files = [(line.name, line.value) for line in config.lines(settings) if line.name.endswith(("_file", "tls_key"))]
    for name, options in settings.sinks.items():
        given = options.get_secret_value().items()
        files += [(f"sinks.{name}.{key}", Path(str(value))) for key, value in given if key.endswith("_file")]
    faults = False
    named = [(name, path) for name, path in files if isinstance(path, Path)]
    for name, path in named:
        try:
            state = path.stat()
            path.open("rb").close()
        except OSError as error:
            faults = True
            yield failed(check, title, f"{name}：{path} 读不了（{error.strerror}）", "请检查路径与权限")
            continue
        if any(word in name for word in _SECRET) and stat.S_IMODE(state.st_mode) & 0o077:
            faults = True
            yield failed(check, title, f"{name}：{path} 他人可读", f"请执行 chmod 600 {path}")
    if not faults:
        yield passed(check, title, f"{len(named)} 个，均只有属主可读" if named else "没有配置")


def _servers(settings: Settings) -> Iterator[Finding]:
    """Yield whether each configured server answers; without any the product runs in one process."""
    check, title = "servers", "服务器"
    values = {line.name: line.value for line in config.lines(settings)}
    brokers = [str(broker) for broker in values.get("kafka.brokers") or ()]
    address = str(values.get("elasticsearch.url") or "")
    wanted = [("Kafka", broker) for broker in brokers]
    if address:
        parts = urlsplit(address)
        wanted.append(("Elasticsearch", f"{parts.hostname}:{parts.port}"))
    if not wanted:
        yield passed(check, title, "没有配置，单机运行")
    for name, place in wanted:
        host, _, port = place.rpartition(":")
        try:
            socket.create_connection((host, int(port)), timeout=3).close()
        except (OSError, ValueError) as error:
            yield failed(check, title, f"{name} {place} 连不上：{error}", "请检查地址、防火墙与服务器是否在运行")
        else:
            yield passed(check, title, f"{name} {place} 应答")


def _sinks(settings: Settings) -> Finding:
    if not settings.sinks:
        return note("sinks", "提醒渠道", "没有配置", "只在值班页面上提醒：可在 [sinks.名称] 中添加")
    return passed("sinks", "提醒渠道", "、".join(settings.sinks))
