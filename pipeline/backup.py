"""A copy of a running data folder that can be checked, and bringing it back.

The copy is consistent though the pipeline goes on: each file is one snapshot, the corpus is taken before the log that
feeds it, and nothing is trimmed meanwhile. What the corpus lacks it takes from the log after the restore.
"""

import hashlib
import os
import shutil
import sqlite3
import tomllib
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path

import msgspec

from pipeline import config
from pipeline.config import Settings
from pipeline.errors import ConfigError, StoreError
from pipeline.flow import Group, Topic
from pipeline.stores import log
from pipeline.stores.folder import Places, untrimmed
from pipeline.stores.log import Lane
from pipeline.stores.view import STORES

FORMAT = 1
MANIFEST = "manifest.json"
KEPT_APART = "config"  # where configuration and secrets lie in a copy and in a restored folder


class CopiedFile(msgspec.Struct, frozen=True):
    """One file of a copy; ``version`` is the schema's for a store, 0 for others."""

    sha256: str
    size: int
    version: int = 0


class Manifest(msgspec.Struct, frozen=True):
    """What a copy holds; it is written last, so that a copy with one is whole."""

    format: int
    program: str
    made_at: datetime
    files: dict[str, CopiedFile]

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(file.size for file in self.files.values())


def backup(settings: Settings, file: Path | None, destination: Path) -> Manifest:
    """Copy a data folder, whether or not a process works on it; ``file`` is the configuration's.

    Raises:
        ConfigError: the destination holds something, or there is nothing to copy.
        StoreError: a file cannot be read or written, or is damaged; no copy is left behind.
    """
    places = Places(settings.data)
    if not places.main.exists():
        raise ConfigError(f"{settings.data} 中没有数据可备份：请用 --data 指明数据目录")
    with prepared(destination, "备份") as part:
        copy_stores(places, part)
        _copy_settings(settings, file, part)
        files = {str(path.relative_to(part)): _described(path) for path in _files(part)}
        manifest = Manifest(FORMAT, metadata.version("yuqing"), datetime.now(UTC), files)
        _write(part / MANIFEST, msgspec.json.format(msgspec.json.encode(manifest)))
    return manifest


def restore(source: Path, data: Path) -> Manifest:
    """Bring a copy back into an empty data folder.

    Raises:
        ConfigError: the folder is not empty, or the copy is not one, not whole, or of a newer version; nothing is
            written.
        StoreError: the folder cannot be written.
    """
    manifest = check(source)
    with prepared(data, "恢复") as part:
        for name in manifest.files:
            _copy_file(source / name, part / name)
    return manifest


@contextmanager
def prepared(place: Path, deed: str) -> Iterator[Path]:
    """Yield a private folder that takes the given place when the block has filled it; until then nothing is there.

    Raises:
        ConfigError: something is at that place.
        StoreError: a file cannot be read or written; nothing is left behind.
    """
    if place.exists() and (not place.is_dir() or any(place.iterdir())):
        raise ConfigError(f"{place} 不是空目录：{deed}不覆盖已有的内容，请另指一处")
    part = place.with_name(place.name + ".part")
    try:
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir(mode=0o700, parents=True)
        yield part
        _sync(part)
        part.replace(place)
        _sync(place.absolute().parent)
    except (OSError, sqlite3.Error) as error:
        raise StoreError(f"{deed}没有完成：{error}。请检查 {place} 的空间与权限；原数据未动") from error
    finally:
        shutil.rmtree(part, ignore_errors=True)


def check(source: Path) -> Manifest:
    """Return the manifest of a copy that is whole.

    Raises:
        ConfigError: it is not, or a newer version made it; every fault at once.
    """
    try:
        manifest = msgspec.json.decode((source / MANIFEST).read_bytes(), type=Manifest)
    except (OSError, msgspec.MsgspecError) as error:
        raise ConfigError(f"{source} 不是完整的备份：读不到 {MANIFEST}。请指向 yuqing backup 写成的目录") from error
    if manifest.format > FORMAT:
        raise ConfigError(f"{source} 由更新的版本（{manifest.program}）备份：请升级程序后再恢复")
    faults = [f"  {name}：{fault}" for name, file in manifest.files.items() if (fault := _fault(source / name, file))]
    if faults:
        raise ConfigError("备份 {} 不能用，没有写入任何数据：\n{}".format(source, "\n".join(faults)))
    return manifest


def _fault(path: Path, file: CopiedFile) -> str:
    if ".." in path.parts or not path.is_file() or path.is_symlink():
        return "缺失"
    if path.stat().st_size != file.size or _digest(path) != file.sha256:
        return "与备份时不同，已损坏或被改动"
    if file.version > STORES.get(path.name, file.version):
        return f"由更新的版本写成（{file.version}），请升级程序"
    return ""


def copy_stores(places: Places, part: Path) -> None:
    """Copy every store of a folder, in use or not; the corpus first: it must never be ahead of the log in the copy."""
    with untrimmed(places.path):
        _copy_stores(places, part)


def _copy_stores(places: Places, part: Path) -> None:
    corpus, main = part / places.corpus.name, part / places.main.name
    _copy_spool(places, part)  # before and after the book-keeping: what is read meanwhile is in one of them
    for store in (places.corpus, places.main, places.rejected, places.quarantine, places.access):
        if store.exists():
            _copy_store(store, part / store.name)
    _copy_spool(places, part)
    if corpus.exists():
        with closing(sqlite3.connect(corpus)) as db:
            row = db.execute("SELECT offset FROM consumer").fetchone()
        with closing(sqlite3.connect(main)) as db, db:
            log.commit(db, Group.INDEX, Topic.ASSESSED, Lane.LIVE, 0 if row is None else row[0])


def _copy_spool(places: Places, part: Path) -> None:
    for path in _files(places.spool):
        with suppress(FileNotFoundError):  # read and removed just now
            _copy_file(path, part / path.relative_to(places.path))


def _copy_store(store: Path, copy: Path) -> None:
    """Take one snapshot of a file in use; the copy is a single file, checked page by page."""
    copy.touch(mode=0o600)
    with (
        closing(sqlite3.connect(f"{store.absolute().as_uri()}?mode=ro", uri=True, timeout=30)) as source,
        closing(sqlite3.connect(copy, isolation_level=None)) as target,
    ):
        source.backup(target)
        target.execute("PRAGMA journal_mode=DELETE")
        (found,) = target.execute("PRAGMA quick_check(1)").fetchone()
    if found != "ok":
        raise StoreError(f"{store.name} 已损坏（{found}），没有备份：用 yuqing doctor 查看，并从更早的备份恢复")
    _sync(copy)


def _copy_settings(settings: Settings, file: Path | None, part: Path) -> None:
    """Copy the salt, the configuration and the secrets that it names; each readable by its owner alone."""
    if Places(settings.data).salt.exists():
        _copy_file(Places(settings.data).salt, part / "salt")
    file = file or (config.DEFAULT_FILE if config.DEFAULT_FILE.exists() else None)
    if file is None:
        return
    _copy_file(file, part / KEPT_APART / file.name)
    for name, path in _named_files(tomllib.loads(file.read_text(encoding="utf-8"))):
        if path.is_file():
            _copy_file(path, part / KEPT_APART / name)


def _named_files(table: dict[str, object], prefix: str = "") -> Iterator[tuple[str, Path]]:
    for name, value in table.items():
        if isinstance(value, dict):
            yield from _named_files(value, f"{prefix}{name}.")
        elif isinstance(value, str) and name.endswith(("_file", "tls_key", "tls_cert")):
            yield prefix + name, Path(value)


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def _described(path: Path) -> CopiedFile:
    version = 0
    if path.name in STORES:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as db:
            version = int(db.execute("PRAGMA user_version").fetchone()[0])
    return CopiedFile(_digest(path), path.stat().st_size, version)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _copy_file(source: Path, target: Path) -> None:
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    target.touch(mode=0o600)
    shutil.copyfile(source, target)
    _sync(target)


def _write(path: Path, data: bytes) -> None:
    path.touch(mode=0o600)
    path.write_bytes(data)
    _sync(path)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
