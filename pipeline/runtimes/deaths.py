"""Which mention kills the process: what is in hand stands in a file, and who was there three times is set aside.

A native crash or the end of memory tells nobody which text did it. While a batch is judged its ids stand in a journal;
a process that finds one at its start knows what its predecessor died over, and goes on with those one by one.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import msgspec

from connectors.mention import Mention
from pipeline.records import Rejected
from pipeline.runner import Outcome

_T = TypeVar("_T")
MOST = 3  # deaths
Judge = Callable[[Sequence[Mention]], Outcome]


class Deaths:
    """The journal of one worker: two small files, ``NAME.inhand`` and ``NAME.deaths``."""

    def __init__(self, folder: Path, name: str) -> None:
        """Count what the last process of this name had in hand when it died."""
        self._journal, self._counts = folder / f"{name}.inhand", folder / f"{name}.deaths"
        self._deaths: dict[str, int] = _read(self._counts, dict[str, int]) or {}
        found = _read(self._journal, list[str]) or []
        if found:
            for key in found:
                self._deaths[key] = self._deaths.get(key, 0) + 1
            _write(self._counts, self._deaths)
            self._journal.unlink()

    def judged(self, mentions: Sequence[Mention], judge: Judge) -> Outcome:
        """Judge a batch at once, or one by one where somebody in it may be the killer."""
        if not any(_key(mention) in self._deaths for mention in mentions):
            with self._in_hand(mentions):
                return judge(mentions)
        outcome = Outcome()
        for mention in mentions:
            self._add(outcome, self._alone(mention, judge))
        self._forgive(map(_key, mentions))
        return outcome

    def _alone(self, mention: Mention, judge: Judge) -> Outcome:
        if self._deaths.get(_key(mention), 0) >= MOST:
            rejected = Rejected("assess", "killed_the_process", "", mention.raw_ref, mention_id=mention.id)
            return Outcome(failed=[(rejected, mention)])
        with self._in_hand([mention]):
            return judge([mention])

    @staticmethod
    def _add(whole: Outcome, part: Outcome) -> None:
        for topic, records in part.records.items():
            whole.records.setdefault(topic, []).extend(records)
        whole.failed += part.failed

    def _forgive(self, keys: Iterable[str]) -> None:
        for key in keys:
            self._deaths.pop(key, None)
        _write(self._counts, self._deaths)

    @contextmanager
    def _in_hand(self, mentions: Sequence[Mention]) -> Iterator[None]:
        _write(self._journal, [_key(mention) for mention in mentions])
        try:
            yield
        finally:
            self._journal.unlink()  # an error that is raised is no death


def _key(mention: Mention) -> str:
    return f"{mention.id}#{mention.revision}"


def _write(path: Path, value: object) -> None:
    """Replace a file; not synced, because a process that dies leaves what it wrote."""
    part = path.with_suffix(path.suffix + ".part")
    part.write_bytes(msgspec.json.encode(value))
    part.replace(path)


def _read(path: Path, kind: type[_T]) -> _T | None:
    try:
        return msgspec.json.decode(path.read_bytes(), type=kind)
    except (FileNotFoundError, msgspec.MsgspecError):
        return None
