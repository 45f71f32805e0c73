"""Routes of the live list: alerts, their stream, one matter, what is done with it."""

import uuid
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Body, Header, HTTPException, Query, Request, Response

from classifiers.assessment import Category, Severity
from connectors.mention import Channel
from pipeline.desk import AlertFilter, Desk
from pipeline.records import Action, ActionKind, IssueState
from pipeline.web import views
from pipeline.web.answers import answer, members, moment, shape
from pipeline.web.gate import Officer, Viewer, gate_of
from pipeline.web.stream import Broadcaster, EventStream, TooManyStreamsError, start_of

routes = APIRouter(prefix="/api/v1")
Words = Annotated[list[str], Query()]


def desk_of(request: Request) -> Desk:
    """Return the application's desk."""
    desk: Desk = request.app.state.desk
    return desk


@routes.get("/alerts", responses=shape(views.AlertsOut))
def list_alerts(
    request: Request,
    _visitor: Viewer,
    severity: Words = [],  # noqa: B006 (FastAPI copies it)
    category: Words = [],  # noqa: B006
    channel: Words = [],  # noqa: B006
    state: Words = [],  # noqa: B006
    place: str = "",
    alerted: bool | None = True,
    since: str = "",
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
    cursor: str = "",
) -> Response:
    """列出预警，最近变化的在前；各条件之间是“且”，同一条件的多个值之间是“或”。alerted=false 列出未达预警线的事项."""
    desk = desk_of(request)
    wanted = AlertFilter(
        severities=members(Severity, severity),
        categories=members(Category, category),
        channels=members(Channel, channel),
        states=members(IssueState, state),
        region=place,
        alerted=alerted,
        since=moment(since),
        limit=limit,
        before=cursor,
    )
    last = desk.last_seq()  # read before the list: an event in between is sent again rather than lost
    return answer(views.alerts_out(desk.alerts(wanted), limit, last, desk.status()))


@routes.get("/alerts/stream", responses={200: {"content": {"text/event-stream": {}}}}, response_model=None)
def stream(
    request: Request,
    visitor: Viewer,
    last_event_id: Annotated[str | None, Header()] = None,
    after: Annotated[int | None, Query(ge=0)] = None,
) -> Response:
    """实时推送，断线后按 Last-Event-ID 续传，不缺不重；事件有 alert 预警、status 状态、reset 须重新取列表."""
    broadcaster: Broadcaster = request.app.state.broadcaster
    start, reset = start_of(last_event_id, after, desk_of(request).last_seq())
    try:
        broadcaster.enter(visitor.name)
    except TooManyStreamsError as error:
        raise HTTPException(429, "打开的实时页面过多，请先关闭一些", headers={"Retry-After": "30"}) from error
    gate = gate_of(request)
    still_known = lambda: gate.visitor(request) is not None  # noqa: E731
    return EventStream(broadcaster, visitor.name, start, reset=reset, still_known=still_known)


@routes.get("/issues/{issue_id}", responses=shape(views.IssueOut))
def one_issue(request: Request, visitor: Viewer, issue_id: str) -> Response:
    """一个事项的全部：成员原文与依据、预警的历次改写、办理历史。每次查看留痕."""
    view = desk_of(request).issue(issue_id)
    request.app.state.access.log(visitor.name, "view", issue_id)
    return answer(views.issue_out(view, visitor.role))


class ActionIn(msgspec.Struct, forbid_unknown_fields=True):
    """What is to be done; ``key`` makes a repeated request the same deed."""

    kind: ActionKind
    note: str = ""
    arguments: dict[str, str] = {}
    key: str = ""


@routes.post("/issues/{issue_id}/actions", responses=shape(views.ActionOut))
def act(request: Request, visitor: Officer, issue_id: str, body: Annotated[dict[str, Any], Body()]) -> Response:
    """办理：acknowledge 签收、accept 受理、assign 转办……；与他人冲突时返回 409 并说明."""
    try:
        wanted = msgspec.convert(body, ActionIn)
    except msgspec.ValidationError as error:
        raise HTTPException(422, f"办理请求不合格式：{error}") from error
    desk = desk_of(request)
    action = Action(
        issue_id=issue_id,
        kind=wanted.kind,
        actor=visitor.name,
        at=desk.status().now,
        key=wanted.key or uuid.uuid4().hex,
        note=wanted.note,
        arguments=wanted.arguments,
        role=visitor.role,
    )
    result = desk.act(action)
    request.app.state.access.log(visitor.name, wanted.kind.value, issue_id)
    return answer(views.action_out(result, desk.issue(issue_id)), 200 if result.done else 409)
