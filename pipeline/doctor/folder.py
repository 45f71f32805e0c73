"""The data folder: whose it is, who holds it, and whether every store in it is whole."""

import os
import sqlite3
import stat
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from pipeline.doctor.finding import Finding, failed, note, passed
from pipeline.stores.folder import Places, holder
from pipeline.stores.view import STORES

_LARGE_WAL = 1 << 28
_AHEAD = 600.0  # seconds that another machine's clock may be ahead


def examine(data: Path) -> Iterator[Finding]:
    """Yield how the data folder stands; reads only, also beside the process that holds it."""
    check, title = "data_folder", "数据目录"
    if not data.exists():
        yield passed(check, title, f"{data.absolute()} 尚未建立，首次运行时建立")
        return
    state = data.stat()
    if not data.is_dir() or not os.access(data, os.R_OK | os.W_OK | os.X_OK):
        yield failed(check, title, f"{data} 不可读写", "请改其属主或权限，或用 --data 另指一处")
        return
    loose = [path for path in _private(data) if stat.S_IMODE(path.lstat().st_mode) & 0o077]
    if stat.S_IMODE(state.st_mode) & 0o077 or loose:
        names = "、".join(path.name for path in loose) or data.name
        yield failed(check, title, f"他人可以进入：{names}", f"请执行 chmod -R go= {data}")
    else:
        pid = holder(data)
        yield passed(check, title, f"{data.absolute()}，{f'进程 {pid} 正在使用' if pid else '没有进程在使用'}")
    for name, versions in STORES.items():
        if (data / name).exists():
            yield _store(data / name, versions)
    yield from _time_of(Places(data).main)


def _private(data: Path) -> Iterator[Path]:
    return (path for path in sorted(data.iterdir()) if path.is_file())


def _store(path: Path, version: int) -> Finding:
    """Check one file: its pages, its version, its log."""
    check, title = "store", f"数据文件 {path.name}"
    wal = path.with_name(f"{path.name}-wal")
    try:
        db = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=30)
        try:
            found = [row[0] for row in db.execute("PRAGMA quick_check(5)")]
            number = int(db.execute("PRAGMA user_version").fetchone()[0])
            mode = db.execute("PRAGMA journal_mode").fetchone()[0]
        finally:
            db.close()
    except sqlite3.Error as error:
        return failed(check, title, f"打不开：{error}", _mend(path))
    if found != ["ok"]:
        return failed(check, title, f"已损坏：{found[0]}", _mend(path))
    if number > version:
        return failed(check, title, f"由更新的版本写成（{number}，本程序认得 {version}）", "请升级程序")
    if mode != "wal":
        return note(check, title, f"日志方式是 {mode}", "下次运行时会改回 WAL")
    size = path.stat().st_size + (wal.stat().st_size if wal.exists() else 0)
    if wal.exists() and wal.stat().st_size > _LARGE_WAL:
        return note(
            check, title, f"未合并的日志有 {wal.stat().st_size >> 20} MiB", "有长时间的读取挡着：停止后重新启动即合并"
        )
    return passed(check, title, f"完整，版本 {number}，{size / (1 << 20):.1f} MiB")


def _mend(path: Path) -> str:
    if path.name == Places(path.parent).corpus.name:
        return "停止程序，移走此文件，再执行 yuqing run：由日志重建 [retention] 之内的部分，更早的须从备份恢复"
    return "请停止程序，用 yuqing restore 从备份恢复到新目录"


def _time_of(main: Path) -> Iterator[Finding]:
    """Yield whether the machine's clock has been set back since the last reading."""
    if not main.exists():
        return
    try:
        db = sqlite3.connect(f"{main.absolute().as_uri()}?mode=ro", uri=True, timeout=30)
        try:
            (newest,) = db.execute("SELECT max(at) FROM readings").fetchone()
        finally:
            db.close()
    except sqlite3.Error:
        return  # said above
    if newest is not None and newest > datetime.now(UTC).timestamp() + _AHEAD:
        when = datetime.fromtimestamp(newest, UTC).astimezone()
        yield note(
            "clock", "时钟", f"上次读入记在 {when:%Y-%m-%d %H:%M}，晚于现在", "系统时间被拨回过，或这是演示数据：请核对"
        )
