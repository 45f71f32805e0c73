"""The program itself: interpreter, libraries, segmenter, weights."""

import base64
import hashlib
import importlib.util
import re
import sqlite3
import sys
import zipfile
from collections.abc import Iterator
from importlib import metadata, resources
from pathlib import Path

from classifiers import segmenter
from classifiers.classifier import Text
from classifiers.models import quick
from classifiers.table import WeightsError
from connectors.mention import Channel
from pipeline.doctor.finding import Finding, failed, note, passed

_OLDEST_SQLITE = (3, 38, 0)
_REINSTALL = "请重新安装：make install（或 pip install --require-hashes -r requirements/runtime.lock）"
_SENTENCE = "化工厂发生爆炸，造成3人死亡，多人受伤，居民紧急疏散"


def examine() -> Iterator[Finding]:
    """Yield how the program stands on this machine."""
    yield _python()
    yield _sqlite()
    yield _libraries()
    yield _segmenter()
    yield _files()
    yield _quick_reader()
    yield _careful_reader()


def _python() -> Finding:
    version, check = ".".join(map(str, sys.version_info[:3])), "python"
    if sys.maxsize < 2**32:
        return failed(check, "Python", f"{version}，32 位", "需要 64 位的 Python")
    return passed(check, "Python", version)


def _sqlite() -> Finding:
    version, check = sqlite3.sqlite_version, "sqlite"
    if sqlite3.sqlite_version_info < _OLDEST_SQLITE:
        return failed(check, "SQLite", version, f"需要 {'.'.join(map(str, _OLDEST_SQLITE))} 或更新：请换用新的 Python")
    try:
        with sqlite3.connect(":memory:") as db:
            db.execute("CREATE VIRTUAL TABLE words USING fts5(text, tokenize='ascii')")
        db.close()
    except sqlite3.Error as error:
        return failed(check, "SQLite", f"{version}，没有全文检索：{error}", "请换用带 FTS5 的 Python")
    return passed(check, "SQLite", f"{version}，带全文检索")


def _libraries() -> Finding:
    check, title = "libraries", "依赖库"
    try:
        required = metadata.requires("yuqing") or []
    except metadata.PackageNotFoundError:
        return note(check, title, "程序不是安装运行的，未能核对", _REINSTALL)
    names = [match[0] for line in required if "extra ==" not in line and (match := re.match(r"[A-Za-z0-9._-]+", line))]
    missing = [name for name in names if not _installed(name)]
    if not missing:
        return passed(check, title, f"{len(names)} 个都在")
    replaceable = {"rjieba", "onnxruntime"}  # jieba and the quick reader take their place; each has a line of its own
    lost = [name for name in missing if name not in replaceable]
    if lost:
        return failed(check, title, f"缺少 {'、'.join(lost)}", _REINSTALL)
    return passed(check, title, f"{len(names) - len(missing)} 个都在")


def _installed(name: str) -> bool:
    try:
        metadata.version(name)
    except metadata.PackageNotFoundError:
        return False
    return True


def _segmenter() -> Finding:
    check, title = "segmenter", "分词"
    words = segmenter.domain_words()
    try:
        found = segmenter.segmenter().cut(_SENTENCE)
    except Exception as error:  # noqa: BLE001 (whatever a broken installation raises, it is said and not thrown)
        return failed(check, title, f"分词失败：{type(error).__name__}", _REINSTALL)
    if not words or "".join(found) != _SENTENCE:
        return failed(check, title, "词典为空或分词结果不完整", _REINSTALL)
    if importlib.util.find_spec("rjieba") is None:
        return note(check, title, "jieba（没有 rjieba）", "处理约慢二十倍：安装 rjieba 即可")
    return passed(check, title, f"rjieba，领域词典 {len(words)} 词")


def _files() -> Finding:
    """Compare every installed file of ours with the hash it was installed with; a source tree has none."""
    check, title = "files", "程序文件"
    try:
        recorded = [file for file in metadata.files("yuqing") or [] if file.hash is not None]
    except metadata.PackageNotFoundError:
        recorded = []
    ours = [file for file in recorded if file.parts[0] in ("classifiers", "connectors", "pipeline")]
    if not ours:
        return passed(check, title, "从源代码运行，以版本库为准")
    changed = [
        str(file) for file in ours if file.hash is not None and _digest(Path(str(file.locate()))) != file.hash.value
    ]
    if changed:
        return failed(check, title, f"{len(changed)} 个文件与安装时不同，例如 {changed[0]}", _REINSTALL)
    return passed(check, title, f"{len(ours)} 个文件与安装时一致")


def _digest(path: Path) -> str:
    try:
        digest = hashlib.sha256(path.read_bytes()).digest()
    except OSError:
        return ""
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def _quick_reader() -> Finding:
    """Read the weights, each part against its checksum, and let them judge a sentence that leaves no doubt."""
    check, title = "quick_reader", "快读模型"
    advice = "请恢复随程序发布的权重，或用 yuqing train 重新训练"
    for file in resources.files("classifiers.weights").iterdir():
        if file.name.endswith(".npz"):
            try:
                with zipfile.ZipFile(str(file)) as archive:
                    broken = archive.testzip()
            except (OSError, zipfile.BadZipFile) as error:
                return failed(check, title, f"{file.name} 已损坏：{error}", advice)
            if broken is not None:
                return failed(check, title, f"{file.name} 中的 {broken} 已损坏", advice)
    try:
        reader = quick.load()
    except WeightsError as error:
        return failed(check, title, str(error), advice)
    (verdict,) = reader.assess([Text(text=_SENTENCE, channel=Channel.WEIBO)])
    if not verdict.flagged:
        return failed(check, title, f"{verdict.model_version} 没有认出「{_SENTENCE}」", advice)
    return passed(check, title, f"{verdict.model_version}，试读无误")


def _careful_reader() -> Finding:
    check, title = "careful_reader", "精读模型"
    weights = [file.name for file in resources.files("classifiers.weights").iterdir() if file.name.endswith(".onnx")]
    if importlib.util.find_spec("onnxruntime") is None:
        return note(check, title, "没有 onnxruntime", "只用快读：需要复核时安装 onnxruntime")
    if not weights:
        return note(check, title, "没有权重", "只用快读：可用 yuqing train --reader careful 训练")
    return passed(check, title, f"onnxruntime {metadata.version('onnxruntime')}，权重 {'、'.join(sorted(weights))}")
