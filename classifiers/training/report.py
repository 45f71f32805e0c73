"""Figures as tables for people: in the terminal and in the model card."""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from classifiers.training.labelled import CATEGORIES, Labelled, Truth
from classifiers.training.metrics import Figures, Verdicts, figures

_TITLES = {
    "policy_misreading": "政策误解误读",
    "vital_interests": "切身利益",
    "moral_bottom_line": "道德底线",
    "emergency_response": "突发事件",
    "superior_request": "上级要求",
}
_NOT_MEASURED = "未测"
_FEWEST = 10  # cases of a class below which a figure says nothing


def number(value: float | None) -> str:
    """A figure to three places, or 未测."""
    return _NOT_MEASURED if value is None else f"{value:.3f}"


def table(columns: dict[str, Figures]) -> str:
    """Return a Markdown table with one column for each set of texts."""
    lines: list[tuple[str, Callable[[Figures], str]]] = [
        ("条数", lambda f: str(f.texts)),
        ("其中应标记", lambda f: str(f.flagged)),
        ("五类宏平均 F1", lambda f: number(f.macro_f1)),
        *((f"　{title} F1", _of_category(name)) for name, title in _TITLES.items()),
        ("平均精度均值", lambda f: number(f.mean_average_precision)),
        ("标记 F1", lambda f: number(f.flag_f1)),
        ("等级二次加权 kappa", lambda f: number(f.severity_kappa)),
        ("重大突发事态判为复杂敏感及以上", lambda f: number(f.top_tier_recall)),
        ("谣言 F1", lambda f: number(f.rumour_f1)),
        ("　辟谣 F1", lambda f: number(f.refuted_f1)),
        ("　传言 F1", lambda f: number(f.claim_f1)),
        ("校准误差 ECE", lambda f: f"{f.calibration_error:.4f}"),
    ]
    head = "| 指标 | " + " | ".join(columns) + " |\n|---|" + "---:|" * len(columns)
    body = (f"| {title} | " + " | ".join(cell(f) for f in columns.values()) + " |" for title, cell in lines)
    return "\n".join([head, *body])


def by_slice(rows: Sequence[Labelled], true: Truth, judged: Verdicts, name: Callable[[Labelled], str]) -> str:
    """Return a Markdown table with one line for each value of ``name``; too few cases are not measured."""
    names = np.array([name(row) or "（未注明）" for row in rows])
    head = "| 分组 | 条数 | 应标记 | " + " | ".join(_TITLES.values()) + " | 标记 F1 | 等级 kappa | 谣言 F1 |"
    lines = [head, "|---|" + "---:|" * (head.count("|") - 2)]
    for value in sorted(set(names.tolist()), key=lambda v: -int((names == v).sum())):
        places = np.flatnonzero(names == value)
        part, said = true.take(places), judged.take(places)
        figure = figures(part, said)
        enough = part.flags.sum(axis=0) >= _FEWEST
        scores = [figure.category_f1[c.value] if enough[i] else None for i, c in enumerate(CATEGORIES)]
        flagged = figure.flagged >= _FEWEST
        rumours = int((part.rumour > 0).sum()) >= _FEWEST
        tail = (
            figure.flag_f1 if flagged else None,
            figure.severity_kappa if flagged else None,
            figure.rumour_f1 if rumours else None,
        )
        cells = [value, str(figure.texts), str(figure.flagged), *(number(x) for x in (*scores, *tail))]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def reliability(true: NDArray[np.bool_], probability: NDArray[np.float64], bins: int = 10) -> str:
    """Return a Markdown table: in each band of probability, how many texts, what was said, what was so."""
    place = np.minimum((probability * bins).astype(np.int64), bins - 1)
    lines = ["| 概率段 | 条数 | 平均概率 | 实际比例 |", "|---|---:|---:|---:|"]
    for i in range(bins):
        inside = place == i
        if inside.any():
            said, was = probability[inside].mean(), true[inside].mean()
            lines.append(f"| {i / bins:.1f}–{(i + 1) / bins:.1f} | {inside.sum()} | {said:.3f} | {was:.3f} |")
    return "\n".join(lines)


def _of_category(name: str) -> Callable[[Figures], str]:
    return lambda f: number(f.category_f1[name])
