"""Mentions as JSON lines: what ``yuqing connect`` writes, or as little as ``{id, channel, text, published_at}``.

Unit of parallelism: the file. Delivery: each line once, in order. Resume: exact at every line.
"""

import hashlib
import mmap
import re
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from pathlib import Path

import msgspec

from connectors.connector import ConnectorError, Item, Quarantined, Reading, RefusalReason
from connectors.mention import (
    Channel,
    Directive,
    Engagement,
    Flag,
    Mention,
    MentionState,
    RawRef,
    TimePrecision,
    Turn,
)
from connectors.reading import identity, times
from connectors.reading.cleaning import cleaned
from connectors.reading.items import refused, safe_file
from connectors.reading.masking import mask
from connectors.reading.secrets import is_secret

LARGEST = 1 << 20
"""A line of more bytes is refused; only its beginning is kept."""

_KEPT = 4096
_HASHED = re.compile(r"[0-9a-f]{24}")
_NOT_BLANK = re.compile(rb"(?m)^[^\S\n]*\S")


class _Line(msgspec.Struct):
    id: str
    channel: Channel
    text: str
    published_at: str | int | float
    collected_at: datetime | None = None
    source: str = "mentions"
    source_id: str = ""
    url: str = ""
    title: str = ""
    quoted_text: str = ""
    turns: tuple[Turn, ...] = ()
    time_precision: TimePrecision | None = None
    time_basis: str = ""
    region_text: str = ""
    author_ref: str | None = None
    engagement: Engagement = Engagement()
    parent_id: str = ""
    root_id: str = ""
    directive: Directive | None = None
    state: MentionState = MentionState.OK
    flags: tuple[Flag, ...] = ()


_decoder = msgspec.json.Decoder(_Line)


class MentionLines:
    """Reads JSON lines of mentions."""

    name = "mentions"
    channel = Channel.MANUAL
    title = "信息条目（JSON 行）"
    known_by = "首行是含 id、channel、text 的 JSON 对象"
    example = '{"id": "weibo:1", "channel": "weibo", "text": "…", "published_at": "2026-06-16T08:00:00+08:00"}\n'

    def recognise(self, path: Path, head: bytes) -> float:
        """Return 1 for a first line that is a mention, less for one that only looks like it."""
        first = head.lstrip(b"\xef\xbb\xbf \t\r\n").split(b"\n", 1)[0]
        if not first.startswith(b"{"):
            return 0.9 if path.suffix == ".jsonl" else 0.0
        try:
            _decoder.decode(first)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            named = all(f'"{name}"'.encode() in first for name in ("id", "channel", "text"))
            return 0.8 if named else 0.0
        return 1.0

    def count(self, path: Path) -> int:
        """Return the number of lines that are not blank."""
        if path.stat().st_size == 0:
            return 0
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as view:
            return sum(1 for _ in _NOT_BLANK.finditer(view))

    def read(self, path: Path, reading: Reading) -> Iterator[Item]:
        """Yield an item for each line that is not blank."""
        texts: dict[str, bytes] = {}
        try:
            file = path.open("rb")
        except OSError as error:
            raise ConnectorError(f"{path.name} 打不开：{error.strerror}。请检查路径与权限") from error
        name = safe_file(path.name, reading.secret_marks)
        with file:
            row = 0
            while line := file.readline(LARGEST + 1):
                whole = len(line) <= LARGEST
                while not (line.endswith(b"\n") or whole) and (rest := file.readline(LARGEST)):
                    whole = rest.endswith(b"\n")
                if not line.strip():
                    continue
                row += 1
                item = self._item(name, row, line, reading, texts)
                if row > reading.after:
                    if reading.trace is not None:
                        reading.trace(line, item)
                    yield item

    def _item(self, file: str, row: int, line: bytes, reading: Reading, texts: dict[str, bytes]) -> Item:
        raw_ref = RawRef(file, row, hashlib.sha256(line).hexdigest())

        def refuse(reason: RefusalReason, detail: str) -> Item:
            kept = line[:_KEPT] if len(line) > LARGEST else line
            return refused(reason, detail, raw_ref, kept, reading.secret_marks)

        if len(line) > LARGEST:
            return refuse(RefusalReason.TOO_LARGE, "一行超过 1 MiB：请按一行一条拆开")
        try:
            given = _decoder.decode(line.removeprefix(b"\xef\xbb\xbf"))
        except UnicodeDecodeError:
            return refuse(RefusalReason.BAD_ENCODING, "不是 UTF-8：请转成 UTF-8 再读")
        except (msgspec.MsgspecError, RecursionError) as error:
            if "truncated" in str(error):
                return refuse(RefusalReason.CUT_OFF, "一条没有写完：请核对导出是否完成")
            return refuse(RefusalReason.BAD_SHAPE, f"不是信息条目，至少要有 id、channel、text、published_at：{error}")
        said = f"{given.title}\n{given.text}\n{given.quoted_text}"
        every = msgspec.json.encode(given).decode()  # a mark in any field keeps the line out
        if is_secret(said, reading.secret_marks) or is_secret(every, reading.secret_marks):
            return Quarantined(raw_ref, line)
        moment = _moment(given, reading)
        if moment is None:
            return refuse(RefusalReason.BAD_TIME, "published_at 不是看得懂的时间，例如 2026-06-16T08:00:00+08:00")
        mention = _mention(given, moment, raw_ref, reading)
        if not (mention.text or mention.title or mention.quoted_text) and mention.state is MentionState.OK:
            return refuse(RefusalReason.EMPTY, "没有正文也没有标题")
        digest = hashlib.blake2b(mention.text.encode(), digest_size=8).digest()
        if texts.setdefault(mention.id, digest) != digest:
            return refuse(RefusalReason.CONFLICT, "同一文件中同一 id 有不同正文：请核对 id")
        return mention


def _moment(given: _Line, reading: Reading) -> times.Moment | None:
    if isinstance(given.published_at, str):
        with suppress(ValueError):  # what we write ourselves needs no guessing; all else is for the general reader
            at = datetime.fromisoformat(given.published_at)
            if at.tzinfo is not None and "T" in given.published_at:
                return times.Moment(at, TimePrecision.SECOND)
    return times.read_time(given.published_at, reading, given.time_basis)


def _mention(given: _Line, moment: times.Moment, raw_ref: RawRef, reading: Reading) -> Mention:
    text = cleaned(given.text)
    author = given.author_ref
    if author is not None and not _HASHED.fullmatch(author):
        author = identity.author_ref(author, reading.salt)
    return Mention(
        id=given.id,
        channel=given.channel,
        source=given.source,
        text=mask(text.text),
        published_at=moment.at,
        collected_at=max(given.collected_at or reading.collected_at, moment.at),
        source_id=given.source_id,
        url=given.url,
        title=mask(cleaned(given.title).text),
        quoted_text=mask(cleaned(given.quoted_text).text),
        turns=tuple(msgspec.structs.replace(turn, text=mask(turn.text)) for turn in given.turns),
        time_precision=given.time_precision or moment.precision,
        time_basis=given.time_basis or "published_at",
        region_text=mask(given.region_text),
        author_ref=author,
        engagement=given.engagement,
        parent_id=given.parent_id,
        root_id=given.root_id,
        directive=given.directive,
        state=given.state,
        # Nobody outside may declare a mention synthetic: it would be judged and then kept from everybody.
        flags=tuple(flag for flag in dict.fromkeys((*given.flags, *text.flags)) if flag is not Flag.CANARY),
        raw_ref=raw_ref,
    )


CONNECTOR = MentionLines()
