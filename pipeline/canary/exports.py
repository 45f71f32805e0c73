"""The canary's exports: for each connector a file as its tool writes it, read back by the connector itself."""

import tempfile
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from importlib import resources
from pathlib import Path
from zoneinfo import ZoneInfo

from msgspec import structs

from connectors import catalogue
from connectors.connector import Reading
from connectors.mention import Flag, Mention
from pipeline.errors import PermanentError

WORDS = "化工厂发生爆炸，已造成30人死亡、多人失联，火势仍在蔓延。这是系统自检信息，不是真实事件。"


@cache
def templates() -> Mapping[str, tuple[str, str]]:
    """Return file name and text of the export of each connector that has one, by the connector's name."""
    files = (file for file in resources.files("pipeline.canary.data").iterdir() if not file.name.endswith(".py"))
    return {
        file.name.partition(".")[0]: (file.name, file.read_text(encoding="utf-8"))
        for file in sorted(files, key=lambda file: file.name)
        if file.is_file()
    }


def mention_through(connector: str, place: str, at: datetime, zone: ZoneInfo, salt: bytes) -> Mention:
    """Return the canary as the connector reads it from its own kind of file, marked as what it is.

    ``place`` is one of ours, so that the matter is in scope.

    Raises:
        PermanentError: the connector did not give the one mention back: it is broken.
    """
    name, text = templates()[connector]
    local = at.astimezone(zone)
    values = {
        "id": str(int(at.timestamp())),
        "text": f"{place}{WORDS}",
        "iso": local.isoformat(),
        "time": f"{local:%Y-%m-%d %H:%M}",
        "epoch": str(int(at.timestamp())),
    }
    for key, value in values.items():
        text = text.replace(f"{{{key}}}", value)
    with tempfile.TemporaryDirectory(prefix="yuqing-canary-") as folder:
        path = Path(folder) / name
        path.write_text(text, encoding="utf-8")
        items = list(catalogue.named(connector).read(path, Reading(at, salt, str(zone))))
    mentions = [item for item in items if isinstance(item, Mention)]
    if len(items) != 1 or len(mentions) != 1 or WORDS[:12] not in mentions[0].text:
        raise PermanentError(f"自检：{connector} 读不出自己格式的信息")
    (mention,) = mentions
    return structs.replace(
        mention,
        id=f"canary:{connector}:{values['id']}",
        source=connector,
        directive=None,
        parent_id="",
        root_id="",
        collected_at=max(at, mention.published_at),
        flags=(*mention.flags, Flag.CANARY),
    )
