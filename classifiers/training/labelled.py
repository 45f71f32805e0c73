"""Labelled texts as JSON lines: one text with the judgement of a careful reader."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from classifiers.assessment import Category, Rumour, Severity
from classifiers.classifier import Text

CATEGORIES = tuple(Category)
RUMOURS = tuple(Rumour)

# Where a label file names the family of a text instead of the channel it would come in by.
CHANNEL_OF_KIND = {
    "hot_search": "weibo",
    "weibo": "weibo",
    "message_board": "website",
    "government_site": "website",
    "rumour_portal": "website",
    "news": "newspaper",
    "comment": "comment",
    "forum": "forum",
    "review": "forum",
}


class LabelError(Exception):
    """The labelled file cannot be used; the text says where and what to do."""


class Judgement(msgspec.Struct, frozen=True):
    """What a second reader said of a text without seeing the first one's labels."""

    categories: tuple[Category, ...]
    severity: Severity | None
    rumour: Rumour = Rumour.NONE


class Labelled(msgspec.Struct, frozen=True, omit_defaults=True):
    """One labelled text; ``source_kind`` and ``stratum`` are kept for figures by kind, ``time`` for splits by time.

    Where ``second_reading`` differs from the labels the text is truly doubtful.
    """

    text: str
    categories: tuple[Category, ...]
    severity: Severity | None
    rumour: Rumour = Rumour.NONE
    id: str = ""
    title: str = ""
    channel: str = ""
    source_kind: str = ""
    time: datetime | None = None
    dataset: str = ""
    stratum: str = ""
    second_reading: Judgement | None = None

    @property
    def inlet(self) -> str:
        """The channel by name, or the one that the kind of source stands for."""
        return self.channel or CHANNEL_OF_KIND.get(self.source_kind, "")

    def as_text(self) -> Text:
        """What a reader is given of it."""
        return Text(text=self.text, title=self.title, channel=self.inlet)


class Truth(msgspec.Struct, frozen=True):
    """The labels as arrays: flags (n, 5), severity (n,) -1 unflagged or rank 0-3, rumour (n,) by RUMOURS."""

    flags: NDArray[np.bool_]
    severity: NDArray[np.int64]
    rumour: NDArray[np.int64]

    @property
    def flagged(self) -> NDArray[np.bool_]:
        """Which texts fall under any category."""
        return np.asarray(self.flags.any(axis=1))

    def take(self, rows: NDArray[np.int64]) -> "Truth":
        """The labels of some rows."""
        return Truth(self.flags[rows], self.severity[rows], self.rumour[rows])


def load(path: Path) -> list[Labelled]:
    """Read labelled JSON lines.

    Raises:
        LabelError: the file cannot be read or a line is no labelled text; names the line.
    """
    decoder = msgspec.json.Decoder(Labelled)
    rows: list[Labelled] = []
    try:
        lines = path.read_bytes().splitlines()
    except OSError as error:
        raise LabelError(f"读不到标注文件 {path}：{error.strerror}。请用 --data 指明一个 JSON 行文件") from error
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            row = decoder.decode(line)
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            raise LabelError(f"{path} 第 {number} 行不是合法的标注：{error}") from error
        if bool(row.categories) != (row.severity is not None):
            raise LabelError(f"{path} 第 {number} 行：有类别就要有等级（severity），没有类别则等级为 null")
        rows.append(row)
    if not rows:
        raise LabelError(f"{path} 里没有一条标注")
    return rows


def truth(rows: Iterable[Labelled]) -> Truth:
    """Return the labels of the rows as arrays."""
    rows = list(rows)
    flags = np.array([[category in row.categories for category in CATEGORIES] for row in rows], bool).reshape(-1, 5)
    severity = np.array([-1 if row.severity is None else row.severity.rank for row in rows], np.int64)
    rumour = np.array([RUMOURS.index(row.rumour) for row in rows], np.int64)
    return Truth(flags, severity, rumour)


def texts(rows: Sequence[Labelled]) -> list[Text]:
    """What a reader is given of each row."""
    return [row.as_text() for row in rows]
