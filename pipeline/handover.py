"""Handing files to the process that holds the data folder: a request in its inbox, an answer beside it."""

import os
import time
import uuid
from datetime import datetime
from pathlib import Path

import msgspec

from pipeline.audit import Balance
from pipeline.errors import DataFolderBusyError, PermanentError, YuqingError
from pipeline.feeding import Feeder, FileReport
from pipeline.runtimes.base import Runtime
from pipeline.stores.folder import DataFolder, Places

_POLL = 0.05


class Request(msgspec.Struct):
    """What is to be read; paths are absolute."""

    key: str
    files: list[str]
    format_name: str
    collected_at: datetime | None


class Answer(msgspec.Struct):
    """What came of it."""

    reports: list[FileReport]
    balance: Balance


def hand_over(
    folder: Path, files: list[Path], format_name: str, collected_at: datetime | None, busy: DataFolderBusyError
) -> Answer:
    """Ask the holder of a folder to read files, and wait for its answer.

    Raises:
        DataFolderBusyError: the holder takes no requests.
        YuqingError: it ended before it answered.
    """
    if not busy.takes_requests:
        raise busy
    places = Places(folder)
    request = Request(uuid.uuid4().hex, [str(file.resolve()) for file in files], format_name, collected_at)
    _write(places.inbox / f"{request.key}.json", request)
    answer = places.answers / f"{request.key}.json"
    while not answer.exists():
        if not _is_held(folder):
            raise YuqingError("正在运行的进程已退出，没有答复：请重新执行，已读入的不会重复")
        time.sleep(_POLL)
    result = msgspec.json.decode(answer.read_bytes(), type=Answer)
    answer.unlink()
    return result


def serve(pipeline: Runtime, feeder: Feeder) -> bool:
    """Answer the oldest request of the inbox; say whether there was one."""
    folder = pipeline.folder
    requests = sorted(folder.inbox.glob("*.json"), key=lambda path: (path.stat().st_mtime, path.name))
    if not requests:
        return False
    try:
        request = msgspec.json.decode(requests[0].read_bytes(), type=Request)
    except msgspec.MsgspecError as error:
        requests[0].unlink()
        raise PermanentError(f"收件箱中的请求不完整：{error}") from error
    reports = [
        feeder.feed(Path(file), format_name=request.format_name, collected_at=request.collected_at)
        for file in request.files
    ]
    feeder.finish()
    _write(folder.answers / requests[0].name, Answer(reports, pipeline.balance()))
    requests[0].unlink()
    return True


def _write(path: Path, value: msgspec.Struct) -> None:
    part = path.with_suffix(".part")
    handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(msgspec.json.encode(value))
    part.rename(path)


def _is_held(folder: Path) -> bool:
    try:
        DataFolder(folder).close()
    except DataFolderBusyError:
        return True
    return False
