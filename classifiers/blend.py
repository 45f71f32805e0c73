"""What the two readers say together: one calibrated judgement from the encoder's logits and the quick reader's odds.

A logistic curve for each output over both, shifted by channel, since the same words weigh differently in a hot-search
line and in a letter; a line through both for the severity.
"""

import json
from importlib import resources
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from classifiers.encoder import RUMOUR, TIER, EncoderError
from classifiers.features import CHANNELS

OUTPUTS = 7  # the five categories, claim, refuted
FILE = "careful.npz"


class BlendError(EncoderError):
    """The file of the blend cannot be used; the text says in Chinese what to do next."""


class Said(msgspec.Struct, frozen=True):
    """What both readers say of n texts: encoder logits (n, 12), quick log odds and severity (n, 8), channels."""

    encoder: NDArray[np.float64]
    quick: NDArray[np.float64]
    channels: tuple[str, ...]

    def take(self, rows: NDArray[np.int64]) -> "Said":
        """What they say of some texts."""
        return Said(self.encoder[rows], self.quick[rows], tuple(self.channels[i] for i in rows.tolist()))

    @property
    def careful(self) -> NDArray[np.float64]:
        """The encoder's log odds of the seven outputs: (n, 7)."""
        kinds = self.encoder[:, RUMOUR]
        others = [np.logaddexp(kinds[:, 0], kinds[:, 3 - i]) for i in (1, 2)]
        return np.concatenate([self.encoder[:, :5], kinds[:, 1:] - np.stack(others, axis=1)], axis=1)

    @property
    def tiers(self) -> NDArray[np.float64]:
        """What the severity is computed from, (n, 7): the encoder's chances and log odds of a tier, the quick score."""
        odds = self.encoder[:, TIER][:, 1:]
        return np.concatenate([1 / (1 + np.exp(-odds)), odds, self.quick[:, OUTPUTS:]], axis=1)

    @property
    def places(self) -> NDArray[np.float64]:
        """Which channel each text came by, (n, channels); none for an unknown one."""
        return np.array([[channel == name for name in CHANNELS] for channel in self.channels], float).reshape(
            -1, len(CHANNELS)
        )


class Blend(msgspec.Struct, frozen=True):
    """All that is learned: log odds = careful × a + quick × b + channel + shift; the rest as in the quick reader.

    ``careful``, ``quick``, ``shift``, ``thresholds`` (7,), ``channel`` (channels, 7), ``tiers`` (7,) and ``base`` make
    the severity score, ``cuts`` (3,) its tiers; a text goes to a person where a category's log odds lie within
    ``band`` of its threshold.
    """

    careful: NDArray[np.float64]
    quick: NDArray[np.float64]
    channel: NDArray[np.float64]
    shift: NDArray[np.float64]
    thresholds: NDArray[np.float64]
    tiers: NDArray[np.float64]
    base: float
    cuts: NDArray[np.float64]
    band: float
    version: str

    def log_odds(self, said: Said) -> NDArray[np.float64]:
        """Return calibrated log odds of the seven outputs: (n, 7)."""
        return np.asarray(
            said.careful * self.careful + said.quick[:, :OUTPUTS] * self.quick + said.places @ self.channel + self.shift
        )

    def severity(self, said: Said) -> NDArray[np.float64]:
        """Return the severity score, about 0 to 3: (n,)."""
        return np.asarray(said.tiers @ self.tiers + self.base)

    @property
    def cut_odds(self) -> NDArray[np.float64]:
        """The thresholds as log odds."""
        return np.asarray(np.log(self.thresholds / (1 - self.thresholds)))


def save(blend: Blend, path: Path, extra: dict[str, Any], seen: NDArray[np.uint64]) -> None:
    """Write the blend, the figures that came with it, and the hashes of the texts that the encoder learned from."""
    arrays: dict[str, Any] = {name: np.array(getattr(blend, name)) for name in blend.__struct_fields__}
    told = np.array(json.dumps(extra, ensure_ascii=False))
    np.savez_compressed(path, **arrays, extra=told, seen=np.sort(seen))


def load(path: Path | None = None) -> Blend:
    """Read the shipped blend, or that of a file.

    Raises:
        BlendError: there is none, or it is broken.
    """
    path = path or shipped(FILE)
    try:
        with np.load(path) as file:
            stored = {name: file[name] for name in Blend.__struct_fields__}
    except (OSError, ValueError, KeyError) as error:
        raise BlendError(
            f"读不到精读模型的合判参数 {path}：{error}。恢复随程序发布的文件，或用 yuqing train 训练"
        ) from error
    return Blend(
        **stored | {"base": float(stored["base"]), "band": float(stored["band"]), "version": str(stored["version"])}
    )


def shipped(name: str) -> Path:
    """Return where a file of weights that came with the program lies."""
    return Path(str(resources.files("classifiers.weights").joinpath(name)))
