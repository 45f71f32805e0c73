"""A data folder of its own and mentions to put through it: real texts, fresh moments."""

import gzip
import random
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

import orjson

from pipeline import config, service
from pipeline.bench._texts import posts
from pipeline.clock import Clock
from pipeline.errors import ConfigError
from pipeline.service import Service

# The channel that a kind of source arrives by; texts of any other kind come as posts.
_CHANNELS = {
    "message_board": "hotline",
    "government_site": "website",
    "rumour_portal": "website",
    "news": "website",
    "comment": "comment",
    "review": "comment",
    "forum": "forum",
    "court_record": "website",
}


def texts_of(data: Path | None, count: int | None, seed: int = 61) -> list[dict[str, str]]:
    """Return ``text`` and ``channel`` of that many texts of the file (None: of all), shuffled; else invented posts.

    Raises:
        ConfigError: the file cannot be read.
    """
    if data is None:
        return [orjson.loads(line) for line in posts(None, count or 20_000)]
    opener = gzip.open if data.suffix == ".gz" else open
    try:
        with opener(data, "rb") as lines:
            rows = [orjson.loads(line) for line in lines]
    except (OSError, orjson.JSONDecodeError) as error:
        raise ConfigError(f"读不到测速用的文本 {data}：{error}。应为 JSON 行，每行有 text") from error
    random.Random(seed).shuffle(rows)
    chosen = rows if count is None else rows[:count]
    return [{"text": row["text"], "channel": _CHANNELS.get(row.get("source_kind", ""), "weibo")} for row in chosen]


def lines_of(texts: list[dict[str, str]], moment: Callable[[int], datetime], prefix: str = "bench") -> list[bytes]:
    """Return one mention as a JSON line for each text, published at the moment of its number."""
    return [
        orjson.dumps({"id": f"{prefix}:{number}", "published_at": moment(number).isoformat(), **text})
        for number, text in enumerate(texts)
    ]


def spread_before(end: datetime, length: timedelta, count: int) -> Callable[[int], datetime]:
    """Return the moments of ``count`` mentions spread evenly over the time before ``end``."""
    return lambda number: end - length * ((count - number) / count)


@contextmanager
def folder() -> Iterator[Path]:
    """Make a folder that goes away after the measurement."""
    with tempfile.TemporaryDirectory(prefix="yuqing-bench-") as name:
        yield Path(name)


@contextmanager
def opened(now: Clock | None = None) -> Iterator[Service]:
    """Open the pipeline over an empty data folder with the default configuration; nothing runs by itself."""
    with folder() as path, service.opened(config.Settings(data=path / "data"), now=now) as running:
        yield running


def fed(running: Service, lines: list[bytes], name: str) -> None:
    """Put lines through the whole pipeline in this thread, to the end."""
    path = running.settings.data.parent / name
    path.write_bytes(b"\n".join(lines))
    running.feeder.feed(path, format_name="mentions")
    running.pipeline.drain()
    path.unlink()
