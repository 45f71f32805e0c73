"""From records to items: one driver gives every record its fate, so that a connector only says what the fields mean."""

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import msgspec

from connectors.connector import Item, Quarantined, Reading, RefusalReason, Refused
from connectors.mention import Channel, Engagement, Flag, Mention, MentionState, RawRef
from connectors.reading.cleaning import cleaned
from connectors.reading.counts import highest
from connectors.reading.encodings import decode, repair
from connectors.reading.identity import author_ref, cell_text, hashed_id, is_damaged, mention_id, safe_native
from connectors.reading.masking import mask
from connectors.reading.records import LARGEST_TEXT, Broken, Build, Draft, NotAMention, PageDraft, Record
from connectors.reading.secrets import is_secret
from connectors.reading.times import read_time, unknown

_ESCAPED = re.compile(r"\\u([0-9a-fA-F]{4})")
_DAY_IN_NAME = re.compile(r"(?<!\d)(20\d{2})[-_.年]?(0[1-9]|1[0-2])[-_.月]?(0[1-9]|[12]\d|3[01])(?!\d)")


def own_day(path: Path, reading: Reading) -> Reading:
    """Return the reading with the day in the file's name as the day of the crawl, where that is the earlier one."""
    days = ["".join(found) for found in _DAY_IN_NAME.findall(path.name)]
    moment = read_time(max(days) + "235959", reading) if days else None
    if moment is None or moment.at >= reading.collected_at:
        return reading
    return msgspec.structs.replace(reading, collected_at=moment.at)


def read_items(
    path: Path,
    reading: Reading,
    records: Iterable[Record | Broken],
    build: Build,
    *,
    source: str,
    channel: Channel,
) -> Iterator[Item]:
    """Yield one item for each record after the checkpoint, in order; ``row`` counts the records from 1.

    Earlier records are looked at too, because they decide which later ones repeat or contradict them.
    """
    driver = _Driver(path, reading, build, source, channel)
    for number, record in enumerate(records, 1):
        item = driver.fate(record, number)
        if number > reading.after:
            if reading.trace is not None:
                reading.trace(record, item)
            yield item


def refused(
    reason: RefusalReason, detail: str, place: RawRef, raw: bytes, marks: Iterable[str]
) -> Refused | Quarantined:
    """Return the refusal of a record, but never one whose bytes bear a mark of secrecy, wherever it stands in them."""
    text = decode(raw).text
    if is_secret(text, marks) or ("\\u" in text and is_secret(_ESCAPED.sub(_unescaped, text), marks)):
        return Quarantined(place, raw)
    return Refused(reason, detail, place, raw)


def _unescaped(match: re.Match[str]) -> str:
    return chr(int(match[1], 16))


def page_items(
    path: Path, reading: Reading, drafts: Iterable[PageDraft | Broken], *, source: str, channel: Channel
) -> Iterator[Item]:
    """Yield one item for each draft of a page after the checkpoint, as ``read_items`` does for records."""
    return read_items(path, reading, map(_as_record, drafts), _as_found, source=source, channel=channel)


def _as_record(draft: PageDraft | Broken) -> Record | Broken:
    if isinstance(draft, Broken):
        return draft
    said = (draft.title, draft.text, draft.quoted_text, str(draft.author), draft.region_text, draft.url, draft.beside)
    return Record(fields={"draft": draft}, raw=draft.raw, values=[*said, str(draft.native), *draft.names])


def _as_found(record: Record, _reading: Reading) -> Draft:
    draft = record.fields["draft"]
    if not isinstance(draft, PageDraft):
        raise TypeError(type(draft))
    return draft


class _Driver:
    def __init__(self, path: Path, reading: Reading, build: Build, source: str, channel: Channel) -> None:
        self.name = path.name
        self.file = safe_file(path.name, reading.secret_marks)
        self.reading = reading
        self.dated = own_day(path, reading)
        self.build = build
        self.source = source
        self.channel = channel
        self.seen: dict[str, tuple[bytes, Engagement]] = {}
        self.copies: dict[str, int] = {}

    def fate(self, record: Record | Broken, number: int) -> Item:
        place = RawRef(self.file, number, hashlib.sha256(record.raw).hexdigest())
        marks = self.reading.secret_marks
        if isinstance(record, Broken):
            return refused(record.reason, record.detail, place, record.raw, marks)
        lines = _lines(record)
        if is_secret("\n".join(lines), marks) or any("\n" in line and is_secret(line, marks) for line in lines):
            return Quarantined(place, record.raw)
        record.file = self.name
        try:
            draft = self.build(record, self.dated)
            mention = self._finish(draft, record, place)
        except NotAMention as fate:
            return refused(fate.reason, fate.detail, place, record.raw, marks)
        except (ValueError, TypeError, KeyError, IndexError, AttributeError, OverflowError, RecursionError) as error:
            detail = f"记录的结构与此格式不符（{type(error).__name__}），请检查该条的各字段"
            return refused(RefusalReason.BAD_SHAPE, detail, place, record.raw, marks)
        visible = f"{mention.title}\n{mention.text}\n{mention.quoted_text}\n{mention.region_text}"
        if is_secret(visible, marks):  # a mark that markup or hidden characters had cut apart
            return Quarantined(place, record.raw)
        return self._merged(mention, place, record.raw)

    def _merged(self, mention: Mention, place: RawRef, raw: bytes) -> Item:
        """Return the mention with the highest counts seen so far under its id, or a refusal where its text differs."""
        text = f"{mention.title}\x1f{mention.text}\x1f{mention.quoted_text}"
        content = hashlib.blake2b(text.encode(), digest_size=8).digest()
        known = self.seen.get(mention.id)
        if known is not None and known[0] != content:
            detail = "同一文件中同一编号出现了两种不同的正文，已保留先出现的一条；请核对原系统后只保留一条"
            return Refused(RefusalReason.CONFLICT, detail, place, raw)
        if known is not None:
            mention = msgspec.structs.replace(mention, engagement=highest(known[1], mention.engagement))
        self.seen[mention.id] = (content, mention.engagement)
        return mention

    def _finish(self, draft: Draft, record: Record, place: RawRef) -> Mention:
        flags = [*record.flags, *draft.flags]
        text = self._plain(draft.text, draft.names, flags)
        title = self._plain(draft.title, draft.names, flags)
        quoted = self._plain(draft.quoted_text, draft.names, flags)
        turns = tuple(
            msgspec.structs.replace(turn, text=self._plain(turn.text, draft.names, flags)) for turn in draft.turns
        )
        state = draft.state
        if not text and not quoted and state is MentionState.OK:
            if not title:
                raise NotAMention(RefusalReason.EMPTY, "该条没有正文也没有标题，未导入")
            state = MentionState.TEXT_MISSING
        author = draft.author_ref or author_ref(draft.author, self.reading.salt)
        native = cell_text(draft.native)
        damaged = bool(native) and (is_damaged(draft.native) or Flag.DAMAGED_ID in draft.flags)
        if damaged:
            flags.append(Flag.DAMAGED_ID)
        if draft.key:
            key = safe_native(draft.key, self.reading.salt)
        elif native and not damaged:
            native = safe_native(native, self.reading.salt)
            key = mention_id(draft.platform, native)
        else:
            native, key = "", self._hashed(draft, author, f"{title}\n{text}\n{quoted}")
        moment = draft.moment or unknown(self.reading)
        return Mention(
            id=key,
            channel=draft.channel or self.channel,
            source=self.source,
            source_id=native,
            text=text,
            title=title,
            quoted_text=quoted,
            turns=turns,
            url=mask(_web(draft.url)),
            published_at=moment.at,
            time_precision=moment.precision,
            time_basis=moment.basis,
            collected_at=max(draft.collected_at or self.reading.collected_at, moment.at),
            region_text=self._plain(draft.region_text, draft.names, flags),
            author_ref=author,
            engagement=draft.engagement,
            parent_id="" if draft.parent_id == key else draft.parent_id,
            root_id="" if draft.root_id == key else draft.root_id,
            directive=draft.directive,
            state=state,
            flags=tuple(dict.fromkeys(flags)),
            raw_ref=place,
        )

    def _hashed(self, draft: Draft, author: str | None, text: str) -> str:
        place = draft.url or draft.place or draft.parent_id
        first = hashed_id(draft.platform, place=place, author=author, text=text)
        number = self.copies[first] = self.copies.get(first, 0) + 1
        return hashed_id(draft.platform, place=place, author=author, text=text, number=number)

    def _plain(self, text: str, names: tuple[str, ...], flags: list[Flag]) -> str:
        if not text:
            return ""
        if len(text) > LARGEST_TEXT:
            flags.append(Flag.TRUNCATED)
            text = text[:LARGEST_TEXT]
        if (mended := repair(text)) is not None:
            flags.append(Flag.REPAIRED)
            text = mended
        result = cleaned(text)
        flags.extend(result.flags)
        return mask(result.text, names)


def _web(url: str) -> str:
    return url if url.startswith(("http://", "https://")) and len(url) <= 2048 else ""


def safe_file(name: str, marks: Iterable[str] = ()) -> str:
    """Return the file's name, masked; a name that bears a mark of secrecy is shown as such and no more."""
    return "涉密文件" if is_secret(name, marks) else mask(cleaned(name).text)


def _lines(record: Record) -> list[str]:
    """Return all that the record says, one entry a field; short cells stand after their header (密级：机密)."""
    lines: list[str] = []
    _collect("", record.values if record.values is not None else record.fields, lines)
    return lines


def _collect(name: str, value: object, lines: list[str]) -> None:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            _collect(str(key), inner, lines)
    elif isinstance(value, list | tuple):
        for inner in value:
            _collect(name, inner, lines)
    elif isinstance(value, str):
        lines.append(f"{name}：{value}" if len(value) < 16 and "\n" not in value else value)
