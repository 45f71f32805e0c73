"""Who reads what: every text goes to the quick reader, and what it flags or doubts to the careful one."""

import importlib.util
from collections.abc import Callable, Sequence

from classifiers.assessment import Assessment
from classifiers.blend import FILE, shipped
from classifiers.classifier import Reader, Text
from classifiers.encoder import MODEL, VOCABULARY


def unavailable() -> str:
    """Return in words why there is no careful reader here, empty where there is one."""
    if importlib.util.find_spec("onnxruntime") is None:
        return "没有安装 onnxruntime，一律以快读为准：pip install onnxruntime 后重新启动即有精读"
    missing = [name for name in (MODEL, VOCABULARY, FILE) if not shipped(name).exists()]
    if missing:
        return f"缺少精读模型文件 {'、'.join(missing)}，一律以快读为准：恢复随程序发布的文件，或用 yuqing train 训练"
    return ""


class Both:
    """The two readers as one: the careful verdict where there is one, else the quick one; each says who gave it."""

    name = "both"

    def __init__(self, quick: Reader, careful: Reader | None) -> None:
        self._quick, self._careful = quick, careful
        self.model_version = quick.model_version

    def assess(self, texts: Sequence[Text]) -> list[Assessment]:
        """Return one assessment for each text, in order."""
        result = self._quick.assess(texts)
        again = [place for place, verdict in enumerate(result) if verdict.wants_rereading]
        if self._careful is not None and again:
            for place, verdict in zip(again, self._careful.assess([texts[i] for i in again]), strict=True):
                result[place] = verdict
        return result


class Lazy:
    """A reader that is loaded when the first text comes to it: a process that never needs it pays nothing."""

    def __init__(self, name: str, load: Callable[[], Reader]) -> None:
        self.name, self._load = name, load
        self._reader: Reader | None = None

    @property
    def model_version(self) -> str:
        """The version of the reader behind it."""
        return self._loaded().model_version

    def assess(self, texts: Sequence[Text]) -> list[Assessment]:
        """Return one assessment for each text, in order."""
        return self._loaded().assess(texts)

    def _loaded(self) -> Reader:
        if self._reader is None:
            self._reader = self._load()
        return self._reader


def careful() -> Reader | None:
    """Return the careful reader that ships with the program, None where it cannot run (``unavailable`` says why)."""
    return None if unavailable() else Lazy("careful", _careful)


def _careful() -> Reader:
    from classifiers.models.careful import load  # noqa: PLC0415 - loads the tokenizer's library

    return load()
