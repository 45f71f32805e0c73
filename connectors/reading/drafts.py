"""Drafts of pages: what a page's parser found, with the bytes and the surroundings that the driver must see too."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from connectors.connector import Item, Reading
from connectors.mention import Channel, Flag
from connectors.reading.items import Broken, Draft, Record, read_items

LARGEST_TEXT: Final = 200_000  # characters; what is longer is cut and flagged


class PageDraft(Draft, kw_only=True):
    """A draft with its record's bytes; ``beside`` is text that is not kept but must bear no mark of secrecy either."""

    raw: bytes = b""
    beside: str = ""


def page_items(
    path: Path, reading: Reading, drafts: Iterable[PageDraft | Broken], *, source: str, channel: Channel
) -> Iterator[Item]:
    """Yield one item for each draft after the checkpoint."""
    return read_items(path, reading, map(_record, drafts), _draft, source=source, channel=channel)


def _record(draft: PageDraft | Broken) -> Record | Broken:
    if isinstance(draft, Broken):
        return draft
    said = (draft.title, draft.text, draft.quoted_text, str(draft.author), draft.region_text, draft.url, draft.beside)
    return Record(fields={"draft": draft}, raw=draft.raw, values=[*said, str(draft.native), *draft.names])


def _draft(record: Record, reading: Reading) -> Draft:
    draft = record.fields["draft"]
    if not isinstance(draft, PageDraft):
        raise TypeError(type(draft))
    if max(len(draft.text), len(draft.quoted_text)) > LARGEST_TEXT:
        draft.text, draft.quoted_text = draft.text[:LARGEST_TEXT], draft.quoted_text[:LARGEST_TEXT]
        draft.flags = (*draft.flags, Flag.TRUNCATED)
    return draft
