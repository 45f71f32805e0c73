"""Which texts a model was trained on: hashes that ship with its weights, so that figures on them are told apart."""

import hashlib
import json
from collections.abc import Iterable, Sequence
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from classifiers.classifier import Text
from classifiers.normalise import read
from classifiers.training.labelled import Labelled, texts

_BATCH = 1024


def hashes(rows: Sequence[Labelled]) -> NDArray[np.uint64]:
    """Return a 64-bit hash of each text as readers see it: (n,)."""
    given = texts(rows)
    result: list[int] = []
    for start in range(0, len(given), _BATCH):
        result += hashed(given[start : start + _BATCH])
    return np.array(result, np.uint64)


def hashed(given: Sequence[Text]) -> Iterable[int]:
    """Yield the hash of each text."""
    batch = read(given)
    for place in range(len(batch)):
        digest = hashlib.sha256(batch.text(place).encode("utf-8", "surrogatepass")).digest()
        yield int.from_bytes(digest[:8], "big")


def by_set(figures: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return figures named ``reader·texts`` as texts → reader → figures, in their order."""
    sets: dict[str, dict[str, Any]] = {}
    for name, figure in figures.items():
        reader, _, texts_of = name.partition("·")
        sets.setdefault(texts_of, {})[reader] = figure
    return sets


def record(reader: str) -> tuple[dict[str, Any], NDArray[np.uint64]]:
    """Return the held-out figures and the hashes of the training texts that ship with a reader's weights."""
    path = Path(str(resources.files("classifiers.weights").joinpath(f"{reader}.npz")))
    if not path.exists():
        return {}, np.zeros(0, np.uint64)
    with np.load(path) as file:
        return json.loads(str(file["extra"])).get("figures", {}), file["seen"]
