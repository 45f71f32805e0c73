"""A real server on loopback for the tests of what fetches: it serves what it is told and counts who came."""

import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self


class Site:
    """Answers each path by a function of the request; ``seen`` lists the paths that were asked for."""

    def __init__(self, address: str = "127.0.0.1", port: int = 0) -> None:
        self.pages: dict[str, Callable[[BaseHTTPRequestHandler], None]] = {}
        self.seen: list[str] = []
        site = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                site.seen.append(self.path)
                site.pages.get(self.path, missing)(self)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (the name is the base class's)
                return

        self._server = ThreadingHTTPServer((address, port), Handler)
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]
        self.host = f"{address}:{self.port}"
        self.url = f"http://{self.host}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def page(self, path: str, body: bytes | str, kind: str = "text/html; charset=utf-8", **headers: str) -> None:
        """Serve the body, and 304 to a request that names the same ``ETag`` or ``Last_Modified``."""
        data = body.encode() if isinstance(body, str) else body

        def answer(request: BaseHTTPRequestHandler) -> None:
            known = request.headers.get("If-None-Match") or request.headers.get("If-Modified-Since")
            if known and known in headers.values():
                request.send_response(304)
                request.end_headers()
                return
            request.send_response(200)
            if kind:
                request.send_header("Content-Type", kind)
            request.send_header("Content-Length", str(len(data)))
            for name, value in headers.items():
                request.send_header(name.replace("_", "-"), value)
            request.end_headers()
            request.wfile.write(data)

        self.pages[path] = answer

    def redirect(self, path: str, to: str, status: int = 302) -> None:
        """Send whoever asks for the path elsewhere."""

        def answer(request: BaseHTTPRequestHandler) -> None:
            request.send_response(status)
            request.send_header("Location", to.encode().decode("latin-1"))
            request.end_headers()

        self.pages[path] = answer

    def status(self, path: str, status: int, **headers: str) -> None:
        """Answer with a bare status."""

        def answer(request: BaseHTTPRequestHandler) -> None:
            request.send_response(status)
            for name, value in headers.items():
                request.send_header(name.replace("_", "-"), value)
            request.end_headers()

        self.pages[path] = answer


def missing(request: BaseHTTPRequestHandler) -> None:
    request.send_response(404)
    request.end_headers()
