"""A feed that is asked again and again, conditionally, and handed over when an entry of it is new or changed."""

import hashlib
from datetime import datetime, timedelta

import msgspec

from connectors.sources.feed import entries
from connectors.watching.addresses import FetchRefusedError
from connectors.watching.fetch import FetchFailedError
from connectors.watching.health import Health, Notice
from connectors.watching.politeness import NotYetError, Politeness
from connectors.watching.watch import Capture, Polled, Schedule, file_name, load_checkpoint


class FeedCheckpoint(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is known of a feed: the marks for the next conditional request, and its entries' hash."""

    etag: str = ""
    last_modified: str = ""
    entries: str = ""
    health: Health = Health()


class FeedWatch:
    """Watches one feed."""

    def __init__(self, name: str, url: str, polite: Politeness, schedule: Schedule = Schedule()) -> None:  # noqa: B008
        self.name = name
        self.url = url
        self.schedule = schedule
        self._polite = polite

    @property
    def expected(self) -> timedelta:
        """The longest silence by day that is usual for it."""
        return self.schedule.expected

    def poll(self, checkpoint: bytes, now: datetime) -> Polled:
        """Ask the feed once."""
        known = self._load(checkpoint)
        try:
            answer = self._polite.fetch(self.url, now, etag=known.etag, last_modified=known.last_modified)
        except NotYetError as wait:
            return Polled(checkpoint, wait.at)
        except (FetchFailedError, FetchRefusedError) as error:
            return self._failed(known, now, str(error), getattr(error, "retry_after", None))
        if answer.unchanged:
            health = known.health.succeeded(now, held=int(known.health.held_something), new=0)
            return self._done(known, now, health=health)
        if answer.status != 200:
            return self._failed(known, now, f"订阅源返回 HTTP {answer.status}，请核对地址。", None)
        found = entries(answer.body, answer.charset)
        digest = hashlib.sha256("\n".join(found).encode("utf-8", "replace")).hexdigest()
        is_new = bool(found) and digest != known.entries
        health = known.health.succeeded(now, held=len(found), new=int(is_new))
        captures = (Capture(file_name(self.url, ".xml"), answer.url, answer.body, "feed", now),) if is_new else ()
        known = FeedCheckpoint(answer.etag, answer.last_modified, digest if found else known.entries)
        return self._done(known, now, health=health, captures=captures)

    def warning(self, checkpoint: bytes, now: datetime) -> Notice | None:
        """Return what must be said about the feed at ``now``."""
        return self.health(checkpoint).warning(self.expected, now, self.schedule.timezone)

    def health(self, checkpoint: bytes) -> Health:
        """Return how the source is doing."""
        return self._load(checkpoint).health

    def _load(self, checkpoint: bytes) -> FeedCheckpoint:
        return load_checkpoint(checkpoint, FeedCheckpoint, self.name)

    def _done(
        self, known: FeedCheckpoint, now: datetime, *, health: Health, captures: tuple[Capture, ...] = ()
    ) -> Polled:
        stored = msgspec.json.encode(msgspec.structs.replace(known, health=health))
        return Polled(stored, now + self.schedule.every, captures)

    def _failed(self, known: FeedCheckpoint, now: datetime, problem: str, retry_after: float | None) -> Polled:
        health = known.health.failed(now, problem)
        stored = msgspec.json.encode(msgspec.structs.replace(known, health=health))
        return Polled(stored, self.schedule.after_failure(now, health.failures, retry_after), (), problem)
