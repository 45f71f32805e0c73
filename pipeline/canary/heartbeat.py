"""Where the canary's arrival is written down, for the switch outside the pipeline: one small file, replaced whole."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path

import msgspec

from pipeline.alerts.notification import Notification
from pipeline.errors import TransientError

FILE = "canary.json"


class Heartbeat:
    """The last arrivals by connector and channel; as a channel itself it takes every canary and does nothing else."""

    NAME = "heartbeat"

    def __init__(self, folder: Path, sinks: Sequence[str] = ()) -> None:
        self._path = folder / FILE
        self.sinks = tuple(sinks)

    def send(self, notification: Notification) -> None:
        """Take the canary: that it came so far is what counts."""

    def beat(self, connector: str, sink: str, now: datetime) -> None:
        """Write down that a connector's canary reached a channel.

        Raises:
            TransientError: the file cannot be written now.
        """
        arrived = dict(read(self._path.parent))
        arrived[f"{connector} {sink}"] = now
        temporary = self._path.with_suffix(".tmp")
        try:
            temporary.write_bytes(msgspec.json.encode(arrived))
            temporary.replace(self._path)
        except OSError as error:
            raise TransientError(f"自检记录写不进：{error.strerror}") from error


def read(folder: Path) -> Mapping[str, datetime]:
    """Return when the canary last arrived, by connector and channel; empty where it never did."""
    try:
        return msgspec.json.decode((folder / FILE).read_bytes(), type=dict[str, datetime])
    except (OSError, msgspec.MsgspecError):
        return {}


def missing(
    arrived: Mapping[str, datetime], connectors: Sequence[str], sinks: Sequence[str], now: datetime, interval: timedelta
) -> list[str]:
    """Return in sentences what did not arrive within two intervals."""
    faults = []
    for connector in connectors:
        for sink in (Heartbeat.NAME, *sinks):
            last = arrived.get(f"{connector} {sink}")
            way = connector if sink == Heartbeat.NAME else f"{connector} 到渠道 {sink}"
            if last is None:
                faults.append(f"{way}：从未到达")
            elif now - last > 2 * interval:
                minutes = int((now - last).total_seconds() // 60)
                faults.append(f"{way}：已 {minutes} 分钟没有到达（每 {interval.total_seconds() / 60:g} 分钟应有一次）")
    return faults
