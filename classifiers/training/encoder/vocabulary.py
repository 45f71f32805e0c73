"""The vocabulary cut to what texts of this kind use: an eleventh of the base's quarter of a million pieces."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec
from tokenizers import Tokenizer

_SPECIAL = {0, 1, 2, 3}  # <s> <pad> </s> <unk>
_SPACE = "▁"
_BATCH = 2000


class Vocabulary(msgspec.Struct, frozen=True):
    """The tokenizer's file as text, and which rows of the base's table of pieces it keeps, in order."""

    tokenizer: str
    kept: tuple[int, ...]


def cut(full: Path, texts: Iterable[str], earlier: Path) -> Vocabulary:
    """Keep the pieces that the texts use, every single Chinese character, ASCII, and what an ``earlier`` cut kept."""
    source: dict[str, Any] = json.loads(full.read_text("utf-8"))
    pieces: list[list[Any]] = source["model"]["vocab"]
    kept = set(_SPECIAL)
    known = {piece for piece, _ in json.loads(earlier.read_text("utf-8"))["model"]["vocab"]} if earlier.exists() else ()
    for number, (piece, _) in enumerate(pieces):
        bare = piece.lstrip(_SPACE)
        if piece == _SPACE or piece in known or (len(bare) == 1 and ("\u3400" <= bare <= "\u9fff" or bare.isascii())):
            kept.add(number)
    tokenizer = Tokenizer.from_file(str(full))
    batch: list[str] = []
    for text in texts:
        batch.append(text)
        if len(batch) == _BATCH:
            kept.update(_used(tokenizer, batch))
            batch = []
    kept.update(_used(tokenizer, batch))
    order = sorted(kept)
    place = {old: new for new, old in enumerate(order)}
    source["model"]["vocab"] = [pieces[old] for old in order]
    source["model"]["unk_id"] = place[source["model"]["unk_id"]]
    source["added_tokens"] = [dict(t, id=place[t["id"]]) for t in source["added_tokens"] if t["id"] in kept]
    for token in source["post_processor"]["special_tokens"].values():
        token["ids"] = [place[token["ids"][0]]]
    return Vocabulary(json.dumps(source, ensure_ascii=False, separators=(",", ":")), tuple(order))


def _used(tokenizer: Tokenizer, batch: list[str]) -> Iterable[int]:
    for encoding in tokenizer.encode_batch(batch):
        yield from encoding.ids
