"""What a training run ends in: files written, or a refusal with the figures."""

from collections.abc import Callable
from pathlib import Path

import msgspec

from classifiers.training.metrics import Figures

Say = Callable[[str], None]

# By how much a new model may fall short of the old one before it is refused: the noise between two seeds.
_TOLERANCE = {
    "macro_f1": 0.01,
    "flag_f1": 0.01,
    "severity_kappa": 0.015,
    "top_tier_recall": 0.02,
    "rumour_f1": 0.02,
}
_TITLES = {
    "macro_f1": "五类宏平均 F1",
    "flag_f1": "标记 F1",
    "severity_kappa": "等级 kappa",
    "top_tier_recall": "重大突发事态判为复杂敏感及以上",
    "rumour_f1": "谣言 F1",
}


class Outcome(msgspec.Struct, frozen=True):
    """Files written (none when refused), the refusal in words, the figures as a Markdown table."""

    written: tuple[Path, ...]
    refusal: str
    report: str


def refusal(old: Figures, new: Figures) -> str:
    """Return why the new model is refused, figure by figure; empty when it is no worse than the old one."""
    worse = []
    for name, slack in _TOLERANCE.items():
        before, after = getattr(old, name), getattr(new, name)
        if before is not None and after is not None and after < before - slack:
            worse.append(f"{_TITLES[name]} {before:.3f} → {after:.3f}")
    return "；".join(worse)
