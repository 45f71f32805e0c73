"""Answers as bytes by the product's own codec, and their shapes for the interface's description."""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import msgspec
from fastapi import HTTPException, Response

_encoder = msgspec.json.Encoder()
_Member = TypeVar("_Member", bound=StrEnum)


def answer(value: Any, status: int = 200) -> Response:
    """Return a JSON answer."""
    return Response(_encoder.encode(value), status, media_type="application/json")


def shape(kind: type[msgspec.Struct]) -> dict[int | str, dict[str, Any]]:
    """Return the description of a 200 answer of one kind, with the refusals that every route knows."""
    (schema,), parts = msgspec.json.schema_components([kind], ref_template="#/$defs/{name}")
    inline = {"$defs": parts, **schema}
    return {
        200: {"content": {"application/json": {"schema": inline}}},
        401: {"description": "未登录"},
        403: {"description": "无权，或请求来自别的站点"},
    }


def members(kind: type[_Member], values: list[str]) -> tuple[_Member, ...]:
    """Return the enum members named by a repeated or comma-separated parameter.

    Raises:
        HTTPException: 422, naming what is allowed.
    """
    words = [word for value in values for word in value.split(",") if word]
    try:
        return tuple(dict.fromkeys(kind(word) for word in words))
    except ValueError as error:
        allowed = "、".join(member.value for member in kind)
        raise HTTPException(422, f"{error}；可用的值：{allowed}") from error


def moment(text: str, zone: str = "Asia/Shanghai") -> datetime | None:
    """Return the moment of an ISO 8601 text, in the desk's zone where it names none; None for nothing.

    Raises:
        HTTPException: 422.
    """
    if not text:
        return None
    try:
        parsed = datetime.fromisoformat(text)
    except ValueError as error:
        raise HTTPException(422, f"时间写法不对：{text}，应如 2026-06-16 或 2026-06-16T08:00:00+08:00") from error
    return (parsed if parsed.tzinfo else parsed.replace(tzinfo=ZoneInfo(zone))).astimezone(UTC)
