"""Records survive the wire."""

from datetime import UTC, datetime

import msgspec
import pytest

from connectors.mention import Channel, Mention
from pipeline import wire
from pipeline.errors import PermanentError


def a_mention() -> Mention:
    now = datetime(2026, 11, 1, 8, tzinfo=UTC)
    return Mention(
        id="weibo:1", channel=Channel.WEIBO, source="weibo_search", text="停水三天", published_at=now, collected_at=now
    )


def test_a_mention_survives_the_wire() -> None:
    assert wire.decode(wire.encode(a_mention()), Mention) == a_mention()


def test_unknown_fields_are_ignored() -> None:
    raw = msgspec.json.decode(wire.encode(a_mention()))
    raw["added_next_year"] = 1
    assert wire.decode(msgspec.json.encode(raw), Mention) == a_mention()


@pytest.mark.parametrize("garbage", [b"", b"{", b"[]", b'{"id": 1}', b"\xff\xfe", b"[" * 100_000])
def test_bytes_that_are_no_record_are_a_permanent_error(garbage: bytes) -> None:
    with pytest.raises(PermanentError):
        wire.decode(garbage, Mention)
