"""The desk as a web application: routes, gate and page in one object that tests call in process."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.resources import files

from fastapi import FastAPI, Request
from fastapi.responses import FileResponse, JSONResponse, Response
from fastapi.staticfiles import StaticFiles
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pipeline.errors import ConfigError, NotFoundError
from pipeline.service import Service
from pipeline.stores.access import Access
from pipeline.uploads import Uploads
from pipeline.web import alerts, health, session, texts, uploads
from pipeline.web.gate import HEADERS, Gate, Surroundings
from pipeline.web.stream import Broadcaster

_PAGES = ("/", "/search", "/sources")
_MOST_MIB = 10


def create_app(running: Service, access: Access, surroundings: Surroundings | None = None) -> FastAPI:
    """Return the application over a running service; ``access`` says who may come in."""
    broadcaster = Broadcaster(running.desk)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        broadcaster.start()
        yield
        broadcaster.stop()
        app.state.uploads.stop()

    app = FastAPI(
        title="yuqing",
        summary="政务舆情第一时间发现与回应",
        openapi_url="/api/openapi.json",
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
    )
    app.state.running, app.state.desk = running, running.desk
    app.state.access, app.state.broadcaster = access, broadcaster
    app.state.gate = Gate(access, surroundings or Surroundings())
    app.state.uploads = Uploads(running)
    app.add_middleware(Guard, gate=app.state.gate, upload_mib=running.settings.web.upload_mib)
    app.add_exception_handler(NotFoundError, _not_found)
    app.add_exception_handler(ConfigError, _bad_request)
    for routes in (alerts.routes, texts.routes, session.routes, health.routes, uploads.routes):
        app.include_router(routes)
    _serve_page(app)
    return app


class Guard:
    """Refuses foreign host names and huge bodies; puts the security headers on every answer."""

    def __init__(self, app: ASGIApp, gate: Gate, upload_mib: int) -> None:
        self._app, self._gate, self._upload_mib = app, gate, upload_mib

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
                if scope["path"].startswith("/api/"):
                    headers.setdefault("Cache-Control", "no-store")
            await send(message)

        headers = Headers(scope=scope)
        length, most = headers.get("content-length", "0"), self._most(scope)
        if not self._gate.known_host(headers.get("host", "")):
            await JSONResponse({"detail": "不认识的主机名"}, 421)(scope, receive, answer)
        elif not length.isdigit() or int(length) > most << 20 or "transfer-encoding" in headers:
            await JSONResponse({"detail": f"内容过大：一次至多 {most} MiB，并须注明长度"}, 413)(scope, receive, answer)
        else:
            await self._app(scope, receive, answer)

    def _most(self, scope: Scope) -> int:
        return self._upload_mib if scope["path"] == uploads.PATH else _MOST_MIB


async def _not_found(_request: Request, error: Exception) -> Response:
    return JSONResponse({"detail": str(error)}, 404)


async def _bad_request(_request: Request, error: Exception) -> Response:
    return JSONResponse({"detail": str(error)}, 400)


def _serve_page(app: FastAPI) -> None:
    static = str(files("pipeline.web") / "static")
    for path in _PAGES:

        async def page() -> FileResponse:
            return FileResponse(f"{static}/index.html", headers={"Cache-Control": "no-cache"})

        app.add_api_route(path, page, include_in_schema=False)
    app.mount("/static", StaticFiles(directory=static))
