"""The push inlet: a pushed body is a file of mention lines and goes the way of every export, refusals included."""

import tempfile
from datetime import UTC
from pathlib import Path

import msgspec
from fastapi import HTTPException

from pipeline.service import Service
from pipeline.stores.intake import Fate
from pipeline.stores.log import Lane


class PushReport(msgspec.Struct, frozen=True):
    """What became of a push; ``fates`` counts new, updated, duplicate, rejected and quarantined."""

    offered: int
    fates: dict[Fate, int]


def take(running: Service, body: bytes, sender: str) -> PushReport:
    """Take a body of mentions; when this returns they are on the disk.

    Raises:
        HTTPException: 503 while the pipeline is too far behind, 422 for a body that is no JSON.
    """
    if running.pipeline.full():
        raise HTTPException(503, "积压过多，请稍后重试", headers={"Retry-After": "5"})
    with tempfile.TemporaryDirectory(dir=running.pipeline.folder.path) as folder:
        path = Path(folder) / "push.jsonl"
        path.write_bytes(_lines(body))
        now = running.pipeline.context().now.astimezone(UTC)
        report = running.feeder.feed(
            path, format_name="mentions", lane=Lane.LIVE, collected_at=now, name=f"push:{sender}"
        )
    if report.problem:
        raise HTTPException(422, report.problem)
    return PushReport(report.offered, report.fates)


def _lines(body: bytes) -> bytes:
    """Return the body as lines: an array's items each on its own, a single object on one, lines as they are."""
    start = body.lstrip()[:1]
    if start not in (b"[", b"{"):
        raise HTTPException(422, "内容不是 JSON：请推送一条、一个数组或 JSON 行")
    try:
        if start == b"[":
            items = msgspec.json.decode(body, type=list[msgspec.Raw])
            return b"\n".join(bytes(item).replace(b"\r", b" ").replace(b"\n", b" ") for item in items)
        return bytes(msgspec.json.decode(body, type=msgspec.Raw)).replace(b"\r", b" ").replace(b"\n", b" ")
    except (msgspec.MsgspecError, RecursionError) as error:
        if start == b"[":
            raise HTTPException(422, f"JSON 数组不完整或有误：{error}") from error
        return body
