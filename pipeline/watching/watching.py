"""Everything that a deployment watches, put together from its configuration."""

from datetime import datetime, timedelta
from pathlib import Path

from connectors.watching.feed import FeedWatch
from connectors.watching.fetch import Fetcher
from connectors.watching.folder import FolderWatch
from connectors.watching.listing import ListingWatch
from connectors.watching.politeness import Politeness
from connectors.watching.watch import Schedule, Watch
from pipeline.feeding import Feeder
from pipeline.stores.database import Database
from pipeline.stores.watches import WatchStore
from pipeline.watching.folders import Folders
from pipeline.watching.settings import Watch as WatchSettings
from pipeline.watching.settings import WatchedFeed, WatchedFolder
from pipeline.watching.sources import Sources
from pipeline.watching.spool import Spool
from pipeline.watching.state import WatchState


class Watching:
    """The watched sources of one data folder."""

    def __init__(self, settings: WatchSettings, timezone: str, feeder: Feeder, main: Database, spool: Path) -> None:
        store = WatchStore(main)
        polite = Politeness(Fetcher(settings.limits()), timedelta(seconds=settings.delay_seconds))
        self.spool = Spool(spool, store, feeder)
        self.folders = Folders(
            [(_folder(each, timezone), each.format) for each in settings.folders], store, self.spool, feeder
        )
        feeds: list[tuple[str, Watch]] = [
            (f"feed {feed.url}", FeedWatch(feed.name, feed.url, polite, _schedule(feed, timezone)))
            for feed in settings.feeds
        ]
        pages: list[tuple[str, Watch]] = [
            (
                f"page {page.url}",
                ListingWatch(
                    page.name,
                    page.url,
                    polite,
                    _schedule(page, timezone),
                    select=page.select,
                    format_name=page.format,
                ),
            )
            for page in settings.pages
        ]
        self.sources = Sources([*feeds, *pages], store, self.spool)

    def states(self, now: datetime) -> list[WatchState]:
        """Return how each source is doing, folders first."""
        return [*self.folders.states(now), *self.sources.states(now)]

    def warnings(self, now: datetime) -> tuple[str, ...]:
        """Return what must be said to the desk, in sentences."""
        return tuple(f"来源“{state.name}”：{state.text}" for state in self.states(now) if state.trouble is not None)


def _schedule(source: WatchedFeed, timezone: str) -> Schedule:
    return Schedule(timedelta(minutes=source.every_minutes), timedelta(hours=source.expected_hours), timezone)


def _folder(settings: WatchedFolder, timezone: str) -> FolderWatch:
    expected = timedelta(hours=settings.expected_hours)
    return FolderWatch(str(settings.path), settings.path, expected=expected, timezone=timezone)
