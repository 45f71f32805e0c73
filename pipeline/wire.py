"""The one codec of the wire: JSON by msgspec, unknown fields ignored, defaults left out."""

import threading
from collections.abc import Iterable
from typing import Any, TypeVar

import msgspec

from pipeline.errors import PermanentError

_T = TypeVar("_T", bound=msgspec.Struct)

_encoder = msgspec.json.Encoder(order="deterministic")
_envelope = msgspec.json.Decoder(list[msgspec.Raw])
_making = threading.Lock()
_decoders: dict[type[msgspec.Struct], msgspec.json.Decoder[Any]] = {}


def encode(record: msgspec.Struct) -> bytes:
    """Return the record's bytes; equal records give equal bytes."""
    return _encoder.encode(record)


def prepare(*kinds: type[msgspec.Struct]) -> None:
    """Make the decoders of records before threads need them: msgspec is not safe where two make them."""
    for kind in kinds:
        _decoder_of(kind)


def _decoder_of(kind: type[msgspec.Struct]) -> msgspec.json.Decoder[Any]:
    with _making:
        if kind not in _decoders:
            _decoders[kind] = msgspec.json.Decoder(kind)
        return _decoders[kind]


def decode(data: bytes, kind: type[_T]) -> _T:
    """Return the record in ``data``.

    Raises:
        PermanentError: the bytes are no such record.
    """
    decoder = _decoders.get(kind) or _decoder_of(kind)
    try:
        record: _T = decoder.decode(data)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise PermanentError(f"不是合法的 {kind.__name__} 记录：{error}") from error
    return record


def pack(records: Iterable[bytes]) -> bytes:
    """Return the envelope that holds the bytes of several records, in order."""
    return b"[" + b",".join(records) + b"]"


def unpack(data: bytes) -> list[bytes]:
    """Return the bytes of each record in an envelope; whether they are records shows when they are decoded.

    Raises:
        PermanentError: the bytes are no envelope.
    """
    try:
        return [bytes(part) for part in _envelope.decode(data)]
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise PermanentError(f"不是合法的记录组：{error}") from error
