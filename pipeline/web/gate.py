"""The gate before every route: who asks, whether he may, and whether the request comes from our own page."""

import time
from collections import defaultdict, deque
from collections.abc import Awaitable, Callable
from typing import Annotated

import msgspec
from fastapi import Depends, HTTPException, Request

from pipeline.handling.roles import Role
from pipeline.stores.access import Access, Visitor

COOKIE = "yuqing_session"
LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost", "[::1]"})
_FAILURES_A_MINUTE = 5

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; object-src 'none'; "
        "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


class Surroundings(msgspec.Struct, frozen=True):
    """How the desk is reached. ``hosts`` are the names that a request may call it by; empty allows any."""

    hosts: frozenset[str] = LOOPBACK
    behind_proxy: bool = False
    secure: bool = False  # the browser sees https: cookies are marked Secure
    demo: bool = False  # 演示时钟


class Gate:
    """Knows visitors by session cookie or bearer token, and slows guessing down."""

    def __init__(self, access: Access, surroundings: Surroundings, clock: Callable[[], float] = time.monotonic) -> None:
        self.access, self.surroundings = access, surroundings
        self._clock = clock
        self._failures: dict[str, deque[float]] = defaultdict(deque)

    def visitor(self, request: Request) -> Visitor | None:
        """Return who asks, or None; a token counts in the Authorization header only, never in the address."""
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if token:
            return self.access.by_token(token.strip()) if scheme.lower() == "bearer" else None
        secret = request.cookies.get(COOKIE)
        return None if secret is None else self.access.by_session(secret)

    def check_origin(self, request: Request) -> None:
        """Refuse a request that another site's page sent.

        Raises:
            HTTPException: 403.
        """
        site = request.headers.get("sec-fetch-site")
        origin = request.headers.get("origin")
        own = request.headers.get("host", "")
        foreign = origin is not None and origin.partition("://")[2] != own
        if foreign or site not in (None, "same-origin", "none"):
            raise HTTPException(403, "请求来自别的站点，已拒绝")

    def known_host(self, host: str) -> bool:
        """Whether a request calls us by a name of ours (a foreign name on a local address is DNS rebinding)."""
        hosts = self.surroundings.hosts
        name = host.partition("]")[0] + "]" if host.startswith("[") else host.partition(":")[0]
        return not hosts or name in hosts

    def slow_down(self, who: str) -> None:
        """Refuse who failed too often in the last minute.

        Raises:
            HTTPException: 429 with Retry-After.
        """
        failures = self._failures[who]
        while failures and failures[0] < self._clock() - 60:
            failures.popleft()
        if len(failures) >= _FAILURES_A_MINUTE:
            raise HTTPException(429, "尝试过于频繁，请一分钟后再试", headers={"Retry-After": "60"})

    def failed(self, who: str) -> None:
        """Remember a failed login; old names are forgotten so that guessing cannot fill the memory."""
        self._failures[who].append(self._clock())
        if len(self._failures) > 10_000:
            self._failures.clear()


def gate_of(request: Request) -> Gate:
    """Return the application's gate."""
    gate: Gate = request.app.state.gate
    return gate


def require(role: Role) -> Callable[[Request], Awaitable[Visitor]]:
    """Return the dependency that lets in only who has at least a role; state changes need proof of our own page."""

    async def check(request: Request) -> Visitor:
        gate = gate_of(request)
        visitor = gate.visitor(request)
        if visitor is None:
            raise HTTPException(401, "请先登录", headers={"WWW-Authenticate": "Bearer"})
        if request.method not in ("GET", "HEAD"):
            gate.check_origin(request)
            if visitor.csrf and request.headers.get("x-csrf-token") != visitor.csrf:
                raise HTTPException(403, "缺少页面令牌，请刷新页面后重试")
        if not visitor.role.covers(role):
            raise HTTPException(403, "您的角色无权进行此操作")
        return visitor

    return check


Viewer = Annotated[Visitor, Depends(require(Role.VIEWER))]
Officer = Annotated[Visitor, Depends(require(Role.OFFICER))]
