"""The shipped exports, offered record by record at the times they would have come, on a clock of their own.

A round's export holds what was written since the round before. In the demonstration each such record arrives a minute
after it was written, as from a collector that looks every minute; what is older (an edit, a post found late) arrives
with the round itself. The clock stands at the arrival of the last record offered, and runs on when all are.
"""

import hashlib
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec

from connectors import catalogue
from connectors.connector import Item
from connectors.connector import Reading as Rules
from connectors.mention import Mention
from pipeline.demo import story
from pipeline.feeding import files_of
from pipeline.service import Service, pseudonym_salt
from pipeline.stores.intake import Fate, Reading
from pipeline.stores.log import Lane

_COLLECTING = timedelta(minutes=1)
DAWN = story.DAY - timedelta(hours=4)


class DemoClock:
    """A clock that stands where it is put until it is let go."""

    def __init__(self) -> None:
        self._moment, self._released = DAWN.astimezone(UTC), 0.0

    def __call__(self) -> datetime:
        """Return the demonstration's time."""
        run = time.monotonic() - self._released if self._released else 0.0
        return self._moment + timedelta(seconds=run)

    def put(self, moment: datetime) -> None:
        """Set the clock; it never goes back."""
        self._moment = max(self._moment, moment.astimezone(UTC))

    def let_go(self) -> None:
        """Let the clock run from where it stands."""
        self._released = time.monotonic()


class Export(msgspec.Struct, frozen=True):
    """One shipped file as it was recognised: its connector, an independent count of its records, and the records."""

    path: Path
    source: str
    channel: str
    offered: int
    made_at: datetime
    items: tuple[Item, ...]


class Offer(msgspec.Struct, frozen=True):
    """One record with the moment at which it arrives."""

    at: datetime
    export: Export
    item: Item


def exports(running: Service) -> Iterator[Export]:
    """Read every shipped file, round by round."""
    salt = pseudonym_salt(running.settings)
    for name in story.ROUNDS:
        made_at = story.round_time(name)
        for path in files_of([story.EXPORTS / name]):
            connector = catalogue.recognise(path)
            items = tuple(connector.read(path, Rules(made_at, salt, running.settings.timezone)))
            yield Export(path, connector.name, connector.channel, connector.count(path), made_at, items)


def offers(shipped: list[Export]) -> list[Offer]:
    """Return every record in the order of arrival."""
    return sorted(
        (Offer(_arrival(export, item), export, item) for export in shipped for item in export.items),
        key=lambda offer: offer.at,
    )


def _arrival(export: Export, item: Item) -> datetime:
    rounds = [DAWN, *map(story.round_time, story.ROUNDS)]
    before = rounds[rounds.index(export.made_at) - 1]
    if isinstance(item, Mention) and before < item.published_at <= export.made_at:
        return min(item.published_at + _COLLECTING, export.made_at)
    return export.made_at


class Replay:
    """Offers the records to a service; ``offered`` is called after each."""

    def __init__(self, running: Service, clock: DemoClock, shipped: list[Export]) -> None:
        self._running, self._clock = running, clock
        self.offers = offers(shipped)
        self._readings = {export.path: self._begin(export) for export in shipped}
        self.fates: list[tuple[Offer, Fate]] = []

    def _begin(self, export: Export) -> Reading:
        digest = hashlib.sha256(export.path.read_bytes()).hexdigest()
        name = f"{export.path.relative_to(story.EXPORTS)}"
        return self._running.pipeline.intake.begin(export.source, name, digest, export.offered, export.made_at)

    def run(self, offered: Callable[[Offer], None]) -> None:
        """Offer everything, then close the readings and let the clock go."""
        intake = self._running.pipeline.intake
        for offer in self.offers:
            self._clock.put(offer.at)
            item = offer.item
            if isinstance(item, Mention):
                item = msgspec.structs.replace(item, collected_at=offer.at)
            (fate,) = intake.take(self._readings[offer.export.path], [item], Lane.LIVE, self._clock())
            self.fates.append((offer, fate))
            offered(offer)
        for reading in self._readings.values():
            intake.finish(reading)
        self._clock.let_go()
