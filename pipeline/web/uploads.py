"""Routes of bringing a file: upload it, ask how far it is, and which formats there are."""

from typing import Annotated, BinaryIO

import msgspec
from fastapi import APIRouter, HTTPException, Query, Request, Response
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect

from connectors import catalogue
from connectors.connector import ConnectorError
from pipeline.feeding import FileReport
from pipeline.uploads import Upload, Uploads, UploadState, moment
from pipeline.web.answers import answer, shape
from pipeline.web.gate import Officer, Viewer

routes = APIRouter()
PATH = "/api/v1/uploads"
_BLOCK = 1 << 20


class UploadOut(msgspec.Struct, frozen=True):
    """How far an upload is; ``report`` holds the fates so far, and at the end what was made of the file."""

    id: str
    state: UploadState
    report: FileReport


@routes.get("/api/v1/formats", responses=shape(catalogue.Card))
def formats(_visitor: Viewer) -> Response:
    """全部可读的格式：名称、说明、凭什么认出、样例的头几行."""
    return answer([catalogue.card(connector) for connector in catalogue.all_connectors().values()])


@routes.post(PATH, status_code=202)
async def bring(
    request: Request,
    _visitor: Officer,
    name: Annotated[str, Query(min_length=1, max_length=1000)],
    format_name: Annotated[str, Query(alias="format")] = "auto",
    modified: int | None = None,
) -> Response:
    """导入一个导出文件：正文即文件内容。答复时文件已落盘，随后按序读入；进展见 GET /api/v1/uploads/{id}."""
    uploads = _uploads(request)
    if format_name != "auto":
        try:
            catalogue.named(format_name)
        except ConnectorError as error:
            raise HTTPException(422, str(error)) from error
    size = int(request.headers.get("content-length", "0"))
    if not size:
        raise HTTPException(422, "文件是空的：请核对导出是否完成")
    if uploads.full:
        raise HTTPException(503, "等待读入的文件过多，请稍后再导入", headers={"Retry-After": "30"})
    if not uploads.has_room(size):
        raise HTTPException(507, "磁盘空间不足，未接收：请腾出空间后再导入")
    path = uploads.place(name)
    try:
        await _received(request, path.open("xb"))
    except (OSError, ClientDisconnect) as error:
        uploads.drop(path)
        raise HTTPException(400, "文件没有传完，未导入") from error
    upload = await run_in_threadpool(uploads.take, path, format_name, moment(modified))
    return answer(_out(upload), 202)


async def _received(request: Request, file: BinaryIO) -> None:
    """Write the body to a file, block by block off the loop."""
    with file:
        waiting = bytearray()
        async for part in request.stream():
            waiting += part
            if len(waiting) >= _BLOCK:
                await run_in_threadpool(file.write, bytes(waiting))
                waiting.clear()
        await run_in_threadpool(file.write, bytes(waiting))


@routes.get(PATH + "/{upload_id}", responses=shape(UploadOut))
def how_far(request: Request, _visitor: Officer, upload_id: str) -> Response:
    """一次导入的进展与说明."""
    return answer(_out(_uploads(request).get(upload_id)))


def _out(upload: Upload) -> UploadOut:
    return UploadOut(upload.id, upload.state, upload.report)


def _uploads(request: Request) -> Uploads:
    uploads: Uploads = request.app.state.uploads
    return uploads
