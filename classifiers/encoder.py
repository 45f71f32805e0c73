"""The careful reader's network as shipped: int8 weights, run by onnxruntime, which is imported here alone."""

import importlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from classifiers.pieces import Window, windows

WIDTH = 12
CATEGORY, TIER, RUMOUR = slice(0, 5), slice(5, 9), slice(9, 12)  # tier: flagged at all, then at least rank 1, 2, 3
_LATER = (
    1.5  # by the ranking of held-out texts of more than one window: 0.66 against 0.63 by the first, 0.61 by the most
)
MODEL, VOCABULARY = "careful.onnx", "careful.vocabulary.json"


class EncoderError(Exception):
    """The encoder cannot run here; the text says in Chinese what to do next."""


class Reading(msgspec.Struct, frozen=True):
    """What the encoder says of one text: logits (12,), and what each piece adds to them, window by window."""

    logits: NDArray[np.float32]
    windows: tuple[Window, ...]
    parts: tuple[NDArray[np.float32], ...]

    def charges(self, output: int, length: int) -> NDArray[np.float64]:
        """Return how far each of a text's ``length`` characters lifts one output above the text's mean."""
        result = np.zeros(length)
        for window, parts in zip(self.windows, self.parts, strict=True):
            lift = (parts[:, output] - parts[:, output].mean()) / len(parts)
            for (start, end), value in zip(window.places, lift.tolist(), strict=True):
                if end > start:
                    result[start:end] = np.maximum(result[start:end], value / (end - start))
        return result


class Encoder:
    """Reads one text at a time: int8 arithmetic is scaled by what it is given; no text may sway another's answer."""

    def __init__(self, model: Path, tokenizer: Tokenizer) -> None:
        """Open the network.

        Raises:
            EncoderError: onnxruntime is not installed, or the file is missing or broken.
        """
        try:
            runtime: Any = importlib.import_module("onnxruntime")
        except ImportError as error:
            raise EncoderError(
                "没有安装 onnxruntime，精读不可用，一律以快读为准：pip install onnxruntime 后重新启动"
            ) from error
        if not model.exists():
            raise EncoderError(
                f"没有精读模型权重 {model}，一律以快读为准：恢复随程序发布的文件，或用 yuqing train 训练"
            )
        options = runtime.SessionOptions()
        options.intra_op_num_threads = 1  # other cores belong to other stages
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        try:
            self._session = runtime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
        except Exception as error:
            raise EncoderError(f"精读模型权重 {model} 打不开：{error}。请恢复随程序发布的文件") from error
        self._tokenizer = tokenizer

    def read(self, texts: Sequence[str]) -> list[Reading]:
        """Return one reading for each text, in order."""
        return [self._reading(cut) for cut in windows(self._tokenizer, texts)]

    def _reading(self, cut: Sequence[Window]) -> Reading:
        parts = tuple(self._run(window) for window in cut)
        said = np.stack([part.mean(axis=0) for part in parts])
        return Reading(combined(said), tuple(cut), parts)

    def _run(self, window: Window) -> NDArray[np.float32]:
        ids = np.array([window.ids], np.int64)
        (parts,) = self._session.run(None, {"ids": ids, "mask": np.ones_like(ids)})
        return np.asarray(parts[0], np.float32)


def combined(said: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return one answer for a text from those for its windows (n, 12).

    The first window counts as it is, since heads of texts were learned from; what a later one says of a category or a
    tier counts where it is so much surer. On rumours the window decides that is surest of one.
    """
    result = np.concatenate([said[:1], said[1:] - _LATER]).max(axis=0)
    surest = int((said[:, RUMOUR][:, 1:].max(axis=1) - said[:, RUMOUR][:, 0]).argmax())
    result[RUMOUR] = said[surest, RUMOUR]
    return np.asarray(result)
