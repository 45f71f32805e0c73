"""Manners towards other people's servers: their robots.txt, one request at a time and not too often."""

import threading
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urlsplit
from urllib.robotparser import RobotFileParser

from connectors.watching.addresses import FetchRefusedError
from connectors.watching.fetch import Fetched, Fetcher

_ROBOTS_LAST: Final = timedelta(hours=24)
_A_MOMENT: Final = timedelta(milliseconds=200)
_SLOWEST: Final = timedelta(minutes=5)  # a Crawl-delay beyond this would mean never


class NotYetError(Exception):
    """The host was asked a moment ago; ask again at ``at``."""

    def __init__(self, at: datetime) -> None:
        super().__init__(at)
        self.at = at


class Politeness:
    """Shared by all watches of a process and its threads, for two of them may watch one host."""

    def __init__(self, fetcher: Fetcher, delay: timedelta = timedelta(seconds=5)) -> None:
        self._fetcher = fetcher
        self._delay = delay
        self._next: dict[str, datetime] = {}
        self._robots: dict[str, tuple[datetime, RobotFileParser]] = {}
        self._busy: set[str] = set()
        self._lock = threading.Lock()

    def fetch(self, url: str, now: datetime, *, etag: str = "", last_modified: str = "") -> Fetched:
        """Return the answer to one request.

        Raises:
            NotYetError: the host must be left alone until then.
            FetchRefusedError: its robots.txt asks us to stay away, or a rule of the fetcher forbids it.
            FetchFailedError: it cannot be reached now.
        """
        host = urlsplit(url).netloc
        with self._lock:
            at = self._next.get(host, now)
            if now < at or host in self._busy:
                raise NotYetError(max(at, now + _A_MOMENT))
            self._busy.add(host)
        try:
            return self._fetch(url, host, now, etag, last_modified)
        finally:
            self._busy.discard(host)

    def _fetch(self, url: str, host: str, now: datetime, etag: str, last_modified: str) -> Fetched:
        self._next[host] = now + self._delay
        rules = self._rules(url, host, now)
        agent = self._fetcher.limits.agent
        if not rules.can_fetch(agent, url):
            raise FetchRefusedError(f"{host} 的 robots.txt 不允许采集这个地址，已停止。")
        wished = rules.crawl_delay(agent)
        if wished is not None:
            self._next[host] = now + min(max(timedelta(seconds=float(wished)), self._delay), _SLOWEST)
        return self._fetcher.fetch(url, etag=etag, last_modified=last_modified)

    def _rules(self, url: str, host: str, now: datetime) -> RobotFileParser:
        known = self._robots.get(host)
        if known is not None and now - known[0] < _ROBOTS_LAST:
            return known[1]
        rules = RobotFileParser()
        try:
            answer = self._fetcher.fetch(f"{urlsplit(url).scheme}://{host}/robots.txt")
            text = answer.body.decode("utf-8", "replace") if answer.status == 200 else ""
        except FetchRefusedError:
            text = ""  # it answers with something that is no text: there are no rules; the page itself is checked anew
        rules.parse(text.splitlines())
        self._robots[host] = (now, rules)
        return rules
