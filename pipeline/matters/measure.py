"""How well a following agrees with the matters that people told apart, against a named baseline in the same run."""

import json
import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from pipeline.errors import ConfigError
from pipeline.matters.follow import QUIET_DAYS, Follower
from pipeline.matters.likeness import Model, model
from pipeline.matters.terms import words

_DAY = 86_400.0


class LabelledText(msgspec.Struct, frozen=True):
    """One text of a labelled stream; ``matter`` is None where it belongs to none of several texts."""

    id: str
    text: str
    time: str
    matter: int | None = None
    confusable_with: tuple[int, ...] = ()

    @property
    def at(self) -> datetime:
        """The moment it is dated, in UTC where no zone is given."""
        moment = datetime.fromisoformat(self.time)
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)

    @property
    def gold(self) -> str:
        """The name of the group that it belongs to, alone or with others."""
        return self.id if self.matter is None else f"matter {self.matter}"


class Agreement(msgspec.Struct, frozen=True):
    """B-cubed over all texts and over the matters' own (Bagga and Baldwin 1998), and confusable pairs thrown together.

    A pair is thrown together when one group holds texts of both.
    """

    f1: float
    own_f1: float
    precision: float
    recall: float
    thrown: int
    pairs: int


def read_labelled(path: Path) -> list[LabelledText]:
    """Return the texts of a JSON-lines file in order of time.

    Raises:
        ConfigError: a line is no labelled text.
    """
    try:
        texts = [msgspec.json.decode(line, type=LabelledText) for line in path.read_bytes().splitlines() if line]
    except (msgspec.MsgspecError, json.JSONDecodeError) as error:
        raise ConfigError(f"{path} 不是按事由标注的 JSON 行文件：{error}") from error
    return sorted(texts, key=lambda text: text.at)


def followed(texts: Iterable[LabelledText], fitted: Model | None = None) -> list[str]:
    """Return the matter that each text joins, in order."""
    follower = Follower(fitted or model())
    return [follower.follow(text.id, text.text, text.at, text.at).issue or text.id for text in texts]


def single_pass(texts: Sequence[LabelledText], threshold: float) -> list[str]:
    """Return the groups of the baseline: one pass, word TF-IDF, nearest centroid, a window of seven days."""
    seen: Counter[str] = Counter()
    groups: list[tuple[str, dict[str, float], float]] = []
    answer = []
    for number, text in enumerate(texts, 1):
        day = text.at.timestamp() / _DAY
        counts = Counter(words(text.text))
        seen.update(counts.keys())
        vector = {word: n * (math.log((1 + number) / (1 + seen[word])) + 1) for word, n in counts.items()}
        length = math.sqrt(sum(value * value for value in vector.values())) or 1.0
        best, found = 0.0, -1
        for place, (_, total, last) in enumerate(groups):
            if day - last <= QUIET_DAYS:
                size = math.sqrt(sum(value * value for value in total.values())) or 1.0
                cosine = sum(value * total.get(word, 0.0) for word, value in vector.items()) / (length * size)
                if cosine > best:
                    best, found = cosine, place
        if best < threshold:
            groups.append((text.id, {}, day))
            found = len(groups) - 1
        name, total, _ = groups[found]
        for word, value in vector.items():
            total[word] = total.get(word, 0.0) + value / length
        groups[found] = (name, total, day)
        answer.append(name)
    return answer


def agreement(texts: Sequence[LabelledText], groups: Sequence[str], only: Callable[[LabelledText], bool]) -> Agreement:
    """Return how the groups of a stream agree with the people, counted over the texts that ``only`` accepts."""
    gold = [text.gold for text in texts]
    size, truth = Counter(groups), Counter(gold)
    both = Counter(zip(groups, gold, strict=True))
    counted = [place for place, text in enumerate(texts) if only(text)]
    own = [place for place in counted if texts[place].matter is not None]

    def score(places: Sequence[int]) -> tuple[float, float, float]:
        if not places:
            return 0.0, 0.0, 0.0
        precision = sum(both[groups[p], gold[p]] / size[groups[p]] for p in places) / len(places)
        recall = sum(both[groups[p], gold[p]] / truth[gold[p]] for p in places) / len(places)
        return precision, recall, 2 * precision * recall / (precision + recall)

    precision, recall, f1 = score(counted)
    names: defaultdict[int, set[str]] = defaultdict(set)
    for text, group in zip(texts, groups, strict=True):
        if text.matter is not None:
            names[text.matter].add(group)
    here = {texts[place].matter for place in own}
    pairs = [pair for pair in confusable(texts) if pair[0] in here or pair[1] in here]
    thrown = sum(1 for one, other in pairs if names[one] & names[other])
    return Agreement(f1, score(own)[2], precision, recall, thrown, len(pairs))


def confusable(texts: Sequence[LabelledText]) -> set[tuple[int, int]]:
    """Return the pairs of matters that people found easy to confuse, where both have texts here."""
    known = {text.matter for text in texts if text.matter is not None}
    return set(_pairs(texts, known))


def _pairs(texts: Sequence[LabelledText], known: set[int]) -> Iterator[tuple[int, int]]:
    for text in texts:
        for other in text.confusable_with:
            if text.matter is not None and other in known:
                yield min(text.matter, other), max(text.matter, other)
