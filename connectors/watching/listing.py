"""A list page whose articles are fetched one at a time: a government site's column, a newspaper's index."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import Final

import msgspec

from connectors.connector import ConnectorError
from connectors.reading.links import article_links, layout_links, refresh_target, sitemap_links
from connectors.reading.pages import parse
from connectors.watching.addresses import FetchRefusedError
from connectors.watching.fetch import Fetched, FetchFailedError
from connectors.watching.health import Health, Notice
from connectors.watching.politeness import NotYetError, Politeness
from connectors.watching.watch import Capture, Polled, Schedule, file_name, load_checkpoint

_SEEN: Final = 5_000  # the newest addresses that are remembered
_TRIES: Final = 3
_MOST_LISTS: Final = 40  # pages of one list in one round (a newspaper has as many as it has sheets)


class Waiting(msgspec.Struct, frozen=True, omit_defaults=True):
    """An address that is still to be fetched."""

    url: str
    is_list: bool = False
    tries: int = 0


class ListingCheckpoint(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is known of a list: marks for the next conditional request, addresses seen, addresses still to fetch."""

    etag: str = ""
    last_modified: str = ""
    seen: tuple[str, ...] = ()
    waiting: tuple[Waiting, ...] = ()
    lists: int = 0  # list pages read in this round
    held: int = 0  # links found in this round
    health: Health = Health()


class ListingWatch:
    """Watches one list page; ``select`` names its links by CSS where the usual forms are not enough."""

    def __init__(
        self,
        name: str,
        url: str,
        polite: Politeness,
        schedule: Schedule = Schedule(),  # noqa: B008 (frozen)
        *,
        select: str = "",
        format_name: str = "auto",
    ) -> None:
        self.name = name
        self.url = url
        self.schedule = schedule
        self._polite = polite
        self._select = select
        self._format = format_name

    @property
    def expected(self) -> timedelta:
        """The longest silence by day that is usual for it."""
        return self.schedule.expected

    def warning(self, checkpoint: bytes, now: datetime) -> Notice | None:
        """Return what must be said about the list at ``now``."""
        return self.health(checkpoint).warning(self.expected, now, self.schedule.timezone)

    def health(self, checkpoint: bytes) -> Health:
        """Return how the source is doing."""
        return self._load(checkpoint).health

    def poll(self, checkpoint: bytes, now: datetime) -> Polled:
        """Fetch one page: the next article that waits, or the list itself when a new round begins."""
        known = self._load(checkpoint)
        target = known.waiting[0] if known.waiting else Waiting(self.url, is_list=True)
        begins = not known.waiting
        marks = {"etag": known.etag, "last_modified": known.last_modified} if begins else {}
        try:
            answer = self._polite.fetch(target.url, now, **marks)
        except NotYetError as wait:
            return Polled(checkpoint, wait.at)
        except FetchRefusedError as error:
            return self._given_up(known, target, now, str(error))
        except FetchFailedError as error:
            return self._failed(known, target, now, str(error), error.retry_after)
        if answer.unchanged:
            health = known.health.succeeded(now, held=int(known.health.held_something), new=0)
            return self._stored(msgspec.structs.replace(known, health=health), now)
        if answer.status != 200:
            return self._given_up(known, target, now, f"{target.url[:200]} 返回 HTTP {answer.status}。")
        if begins:
            known = msgspec.structs.replace(
                known, etag=answer.etag, last_modified=answer.last_modified, lists=0, held=0
            )
        if target.is_list:
            return self._listed(known, target, answer, now)
        return self._article(known, answer, now)

    def _listed(self, known: ListingCheckpoint, target: Waiting, answer: Fetched, now: datetime) -> Polled:
        try:
            links, lists, ahead = self._links(answer)
        except ConnectorError as error:
            return self._given_up(known, target, now, str(error))
        seen = set(known.seen)
        fresh = [url for url in links if _mark(url) not in seen]
        more = [url for url in lists if _mark(url + "#list") not in seen or ahead] if known.lists < _MOST_LISTS else []
        waiting = (
            *known.waiting[1:],
            *(Waiting(url, is_list=True) for url in more if url != target.url),
            *(Waiting(url) for url in fresh),
        )
        held = known.held + len(links)
        remembered = (*known.seen, *map(_mark, fresh), *(_mark(url + "#list") for url in more))[-_SEEN:]
        known = msgspec.structs.replace(
            known, waiting=_unique(waiting), seen=remembered, lists=known.lists + 1, held=held
        )
        if any(item.is_list for item in known.waiting):  # the round's count is not complete yet
            return self._stored(known, now)
        health = known.health.succeeded(now, held=held, new=sum(not item.is_list for item in known.waiting))
        return self._stored(msgspec.structs.replace(known, health=health), now)

    def _links(self, answer: Fetched) -> tuple[list[str], list[str], str]:
        """Return the articles, the further lists, and where the page leads on to if it only does that."""
        sitemap = sitemap_links(answer.body, answer.url)
        if sitemap is not None:
            return *sitemap, ""
        page = parse(answer.body, answer.charset or None)
        ahead = refresh_target(page, answer.url)
        lists = [ahead] if ahead else layout_links(page, answer.url)
        return [link.url for link in article_links(page, answer.url, self._select)], lists, ahead

    def _article(self, known: ListingCheckpoint, answer: Fetched, now: datetime) -> Polled:
        capture = Capture(file_name(answer.url, ".html"), answer.url, answer.body, self._format, now)
        known = msgspec.structs.replace(known, waiting=known.waiting[1:])
        return self._stored(known, now, captures=(capture,))

    def _given_up(self, known: ListingCheckpoint, target: Waiting, now: datetime, problem: str) -> Polled:
        """Drop a page that will never come; where it is the list itself, the source fails."""
        if target.url == self.url:
            return self._failed(known, target, now, problem, None)
        known = msgspec.structs.replace(known, waiting=known.waiting[1:])
        return self._stored(known, now, problem=problem)

    def _failed(
        self, known: ListingCheckpoint, target: Waiting, now: datetime, problem: str, retry_after: float | None
    ) -> Polled:
        health = known.health.failed(now, problem)
        waiting = known.waiting
        if waiting:  # the others need not wait for this one
            again = Waiting(target.url, is_list=target.is_list, tries=target.tries + 1)
            waiting = (*waiting[1:], again) if again.tries < _TRIES else waiting[1:]
        known = msgspec.structs.replace(known, health=health, waiting=waiting)
        at = self.schedule.after_failure(now, health.failures, retry_after)
        return Polled(msgspec.json.encode(known), at, (), problem)

    def _stored(
        self, known: ListingCheckpoint, now: datetime, *, captures: tuple[Capture, ...] = (), problem: str = ""
    ) -> Polled:
        at = now if known.waiting else now + self.schedule.every  # the next page as soon as manners allow
        return Polled(msgspec.json.encode(known), at, captures, problem)

    def _load(self, checkpoint: bytes) -> ListingCheckpoint:
        return load_checkpoint(checkpoint, ListingCheckpoint, self.name)


def _mark(url: str) -> str:
    return blake2b(url.encode("utf-8", "replace"), digest_size=8).hexdigest()


def _unique(waiting: Sequence[Waiting]) -> tuple[Waiting, ...]:
    return tuple({item.url: item for item in reversed(waiting)}.values())[::-1]
