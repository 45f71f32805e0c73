"""Which matters hold a word: lists of the matters' numbers, the oldest first."""

from bisect import bisect_left, insort
from collections.abc import Iterable
from dataclasses import dataclass, field


@dataclass(slots=True)
class Index:
    """An inverted index over words."""

    _lists: dict[str, list[int]] = field(default_factory=dict)

    def add(self, number: int, words: Iterable[str]) -> None:
        """Note that a matter holds words that it did not hold."""
        lists = self._lists
        for word in words:
            numbers = lists.get(word)
            if numbers is None:
                lists[word] = [number]
            elif number > numbers[-1]:
                numbers.append(number)
            else:
                insort(numbers, number)

    def remove(self, number: int, words: Iterable[str]) -> None:
        """Note that a matter no longer holds words."""
        for word in words:
            numbers = self._lists[word]
            if len(numbers) == 1:
                del self._lists[word]
            else:
                del numbers[bisect_left(numbers, number)]

    def count(self, word: str) -> int:
        """Return how many matters hold a word."""
        return len(self._lists.get(word, ()))

    def scores(self, words: dict[str, int], most: int) -> dict[int, int]:
        """Return, for matters that share the rarest words, the sum of these words' weights.

        At most ``most`` entries are looked at, the newest matters of a word first where it has too many.
        """
        known = self._lists
        lists = sorted([(len(known[word]), word) for word in words if word in known])
        found: dict[int, int] = {}
        for length, word in lists:
            value = words[word]
            for number in known[word] if length <= most else known[word][-most:]:
                if number in found:
                    found[number] += value
                else:
                    found[number] = value
            most -= length
            if most <= 0:
                break
        return found
