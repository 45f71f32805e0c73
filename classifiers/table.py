"""The quick reader's weights: one table from features to outputs, its calibration and its cuts.

Outputs are the five categories, the two kinds of rumour, and the severity. On disk the n-gram table is int8 with one
scale an output: an eighth of float64, at no cost in quality.
"""

import json
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from classifiers.features import BUCKETS, Features, dense_names
from classifiers.training.labelled import CATEGORIES

OUTPUTS = (*(category.value for category in CATEGORIES), "claim", "refuted", "severity")
CLAIM, REFUTED, SEVERITY = 5, 6, 7
FILE = "quick.npz"


class WeightsError(Exception):
    """The weights cannot be used; the text says in Chinese what to do next."""


class Weights(msgspec.Struct, frozen=True):
    """All that the quick reader has learned.

    ``table`` (BUCKETS, 8), ``dense`` (columns, 8), ``bias`` (8,); log odds = slope × score + offset for the first
    seven outputs; ``thresholds`` (7,) on probabilities; ``cuts`` (3,) on the severity score; a text is
    sent to review where a category's log odds lie within ``band`` of its threshold.
    """

    table: NDArray[np.float32]
    dense: NDArray[np.float32]
    bias: NDArray[np.float64]
    slope: NDArray[np.float64]
    offset: NDArray[np.float64]
    thresholds: NDArray[np.float64]
    cuts: NDArray[np.float64]
    band: float
    version: str

    def scores(self, features: Features) -> NDArray[np.float64]:
        """Return the raw score of each output: (n, 8)."""
        linear = np.zeros((len(features.sizes), len(OUTPUTS)))
        some = np.flatnonzero(features.sizes)
        if len(some):
            starts = np.cumsum(features.sizes) - features.sizes
            sums = np.add.reduceat(self.table.take(features.buckets, axis=0), starts[some])
            linear[some] = sums / np.sqrt(features.sizes[some])[:, None]
        # einsum adds in one order whatever the batch; a BLAS would not, and its threads cost more than the product.
        dense, table = features.dense.astype(np.float64), np.ascontiguousarray(self.dense.T, np.float64)
        return np.asarray(linear + np.einsum("ij,kj->ik", dense, table) + self.bias)

    def log_odds(self, scores: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return calibrated log odds of the first seven outputs: (n, 7)."""
        return np.asarray(scores[:, :SEVERITY] * self.slope + self.offset)

    @property
    def cut_odds(self) -> NDArray[np.float64]:
        """The thresholds as log odds."""
        return np.asarray(np.log(self.thresholds / (1 - self.thresholds)))


def save(weights: Weights, path: Path, extra: dict[str, Any], seen: NDArray[np.uint64]) -> None:
    """Write the weights, the figures that came with them and the hashes of the texts they were learned from."""
    scale = np.maximum(np.abs(weights.table).max(axis=0), 1e-9) / 127
    np.savez_compressed(
        path,
        table=np.round(weights.table / scale).astype(np.int8),
        scale=scale.astype(np.float32),
        dense=weights.dense.astype(np.float32),
        dense_names=np.array(dense_names()),
        bias=weights.bias,
        slope=weights.slope,
        offset=weights.offset,
        thresholds=weights.thresholds,
        cuts=weights.cuts,
        band=np.array(weights.band),
        version=np.array(weights.version),
        extra=np.array(json.dumps(extra, ensure_ascii=False, sort_keys=True)),
        seen=np.sort(seen),
    )


def load(path: Path) -> Weights:
    """Read weights.

    Raises:
        WeightsError: no such file, or learned for other features than this version computes.
    """
    try:
        with np.load(path) as file:
            stored = {name: file[name] for name in file.files if name not in {"seen", "extra"}}
    except (OSError, ValueError) as error:
        raise WeightsError(
            f"读不到快读模型权重 {path}：{error}。请用 yuqing train 重新训练，或恢复随程序发布的文件"
        ) from error
    if tuple(stored["dense_names"].tolist()) != dense_names() or len(stored["table"]) != BUCKETS:
        raise WeightsError(f"{path} 是为另一套特征训练的。词表改动后请运行 yuqing train 重新训练")
    return Weights(
        table=np.ascontiguousarray(stored["table"].astype(np.float32) * stored["scale"]),
        dense=stored["dense"],
        bias=stored["bias"],
        slope=stored["slope"],
        offset=stored["offset"],
        thresholds=stored["thresholds"],
        cuts=stored["cuts"],
        band=float(stored["band"]),
        version=str(stored["version"]),
    )


def load_extra(path: Path) -> tuple[dict[str, Any], NDArray[np.uint64]]:
    """Return the figures stored with the weights and the hashes of the texts that were trained on."""
    with np.load(path) as file:
        return json.loads(str(file["extra"])), file["seen"]


@cache
def shipped() -> Path:
    """The weights that came with the program."""
    return Path(str(resources.files("classifiers.weights").joinpath(FILE)))
