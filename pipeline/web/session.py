"""Routes of coming in: the printed token or name and password for a session cookie, and out again."""

from typing import Annotated, Any

from fastapi import APIRouter, Body, HTTPException, Request, Response
from starlette.concurrency import run_in_threadpool

from pipeline.stores.access import SESSION_LENGTH, Visitor
from pipeline.web.answers import answer
from pipeline.web.gate import COOKIE, Viewer, gate_of

routes = APIRouter(prefix="/api/v1/session")


def _told(visitor: Visitor, request: Request) -> dict[str, Any]:
    demo = gate_of(request).surroundings.demo
    return {"name": visitor.name, "role": visitor.role.value, "csrf": visitor.csrf, "demo": demo}


@routes.get("")
def who_am_i(request: Request, visitor: Viewer) -> Response:
    """当前登录者与页面令牌."""
    return answer(_told(visitor, request))


@routes.post("")
async def come_in(request: Request, body: Annotated[dict[str, str], Body()]) -> Response:
    """以启动时打印的令牌，或用户名和密码登录."""
    gate = gate_of(request)
    gate.check_origin(request)
    name, token = body.get("name", ""), body.get("token", "")
    who = name or (request.client.host if request.client else "")
    gate.slow_down(who)
    if token:
        known = await run_in_threadpool(gate.access.by_token, token)
    else:
        known = await run_in_threadpool(gate.access.by_password, name, body.get("password", ""))
    if known is None:
        gate.failed(who)
        raise HTTPException(401, "令牌无效或已过期" if token else "用户名或密码不对")
    secret, visitor = await run_in_threadpool(gate.access.open_session, known)
    response = answer(_told(visitor, request))
    response.set_cookie(
        COOKIE,
        secret,
        max_age=int(SESSION_LENGTH.total_seconds()),
        httponly=True,
        samesite="strict",
        secure=gate.surroundings.secure,
    )
    return response


@routes.delete("")
def go_out(request: Request, _visitor: Viewer) -> Response:
    """退出登录."""
    gate_of(request).access.close_session(request.cookies.get(COOKIE, ""))
    response = answer({})
    response.delete_cookie(COOKIE)
    return response
