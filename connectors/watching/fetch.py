"""Fetching one page of someone else's server without being turned against our own network or drowned.

Only http and https, only allowed ports, no credentials; the host is resolved once, every address of it must be public,
and the connection goes to exactly an address that was checked; each redirect is checked anew. Size, time, kind of
content and the ratio of decompression are bounded. No proxy or other setting of the environment is looked at.
"""

import contextlib
import http.client
import ipaddress
import socket
import ssl
import threading
import time
import zlib
from collections.abc import Callable
from typing import Final
from urllib.parse import SplitResult, quote, urljoin, urlsplit, urlunsplit

import msgspec

from connectors.connector import ConnectorError
from connectors.watching.addresses import Address, FetchRefusedError, is_link_local, is_public, literal

Resolve = Callable[[str, int], list[str]]

_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_DEFAULT_PORTS: Final = {"http": 80, "https": 443}
_CHUNK: Final = 16_384
_KINDS: Final = (
    "text/html",
    "application/xhtml+xml",
    "text/xml",
    "application/xml",
    "application/rss+xml",
    "application/atom+xml",
    "application/rdf+xml",
    "text/plain",
)


class FetchFailedError(ConnectorError):
    """The server could not be reached or answered badly; trying later may help. ``retry_after`` in seconds."""

    def __init__(self, message: str, *, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class Limits(msgspec.Struct, frozen=True):
    """What a fetch may touch and cost.

    ``internal`` are the hosts (``oa.yunze.example`` or ``10.1.2.3:8080``) that the deployment allows although their
    addresses are not public; a port other than ``ports`` must stand there too.
    """

    ports: tuple[int, ...] = (80, 443)
    internal: tuple[str, ...] = ()
    bytes: int = 5 * 1024 * 1024
    seconds: float = 15.0
    redirects: int = 3
    ratio: int = 100
    kinds: tuple[str, ...] = _KINDS
    agent: str = "yuqing-monitor/1.0"


class Fetched(msgspec.Struct, frozen=True):
    """An answer: where it came from after redirects, its status and body, and what makes the next request cheap."""

    url: str
    status: int
    body: bytes = b""
    kind: str = ""
    charset: str = ""
    etag: str = ""
    last_modified: str = ""

    @property
    def unchanged(self) -> bool:
        """The server says that nothing changed since the last fetch."""
        return self.status == 304


def resolve_by_system(host: str, port: int) -> list[str]:
    """Return every address of the host, as the system knows them."""
    return [str(info[4][0]) for info in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


class Fetcher:
    """Fetches pages within its limits; holds no connection and no cookie between two fetches."""

    def __init__(self, limits: Limits = Limits(), resolve: Resolve = resolve_by_system) -> None:  # noqa: B008 (frozen)
        self.limits = limits
        self._resolve = resolve

    def fetch(self, url: str, *, etag: str = "", last_modified: str = "") -> Fetched:
        """Return what the address answers, after at most the allowed redirects.

        Raises:
            FetchRefusedError: a rule forbids the address, a redirect's target, or the answer.
            FetchFailedError: the server cannot be reached, is too slow, or answers with an error.
        """
        deadline = time.monotonic() + self.limits.seconds
        for _ in range(self.limits.redirects + 1):
            target = check_url(url, self.limits)
            answer = self._request(target, self._address(target), deadline, etag, last_modified)
            if isinstance(answer, Fetched):
                return answer
            url = urljoin(url, answer)
        raise FetchRefusedError(f"拒绝访问 {url[:200]}：连续跳转超过 {self.limits.redirects} 次。")

    def _address(self, target: SplitResult) -> Address:
        """Resolve once; all addresses must pass, and the first is the one that is connected to."""
        host = target.hostname or ""
        port = target.port or _DEFAULT_PORTS[target.scheme]
        written = literal(host)
        try:
            found = [written] if written is not None else [ipaddress.ip_address(a) for a in self._resolve(host, port)]
        except (OSError, ValueError, UnicodeError) as error:
            raise FetchFailedError(f"域名 {host} 解析失败，请检查网址或网络。") from error
        if not found:
            raise FetchFailedError(f"域名 {host} 没有地址，请检查网址。")
        internal = _is_internal(host, port, self.limits)
        for address in found:
            if is_link_local(address) or not (internal or is_public(address)):
                raise FetchRefusedError(f"拒绝访问 {host}：它指向内部网络。确需采集内网站点时，请把它写进允许名单。")
        return found[0]

    def _request(
        self, target: SplitResult, address: Address, deadline: float, etag: str, last_modified: str
    ) -> Fetched | str:
        host, port = target.hostname or "", target.port or _DEFAULT_PORTS[target.scheme]
        connection = _Pinned(host, port, str(address), _left(deadline), secure=target.scheme == "https")
        guard = threading.Timer(_left(deadline), connection.cut)  # a server that drips bytes meets no socket timeout
        guard.daemon = True
        guard.start()
        try:
            path = urlunsplit(("", "", target.path or "/", target.query, ""))
            connection.request("GET", path, headers=self._headers(etag, last_modified))
            with contextlib.closing(connection.getresponse()) as response:
                return self._answer(target, response, deadline)
        except (OSError, http.client.HTTPException, zlib.error) as error:
            if time.monotonic() >= deadline:
                raise FetchFailedError(f"{host} 在 {self.limits.seconds:g} 秒内没有答完。") from error
            raise FetchFailedError(f"无法从 {host} 取得网页（{type(error).__name__}）。") from error
        finally:
            guard.cancel()
            connection.close()

    def _headers(self, etag: str, last_modified: str) -> dict[str, str]:
        headers = {"User-Agent": self.limits.agent, "Accept": "*/*", "Accept-Encoding": "gzip", "Connection": "close"}
        if etag:
            headers["If-None-Match"] = etag
        if last_modified:
            headers["If-Modified-Since"] = last_modified
        return headers

    def _answer(self, target: SplitResult, response: http.client.HTTPResponse, deadline: float) -> Fetched | str:
        url, host = urlunsplit(target), target.hostname
        if response.status in _REDIRECTS and (location := response.headers.get("Location")):
            return location.encode("latin-1", "replace").decode("utf-8", "replace")
        if response.status == 304:
            return Fetched(url, 304)
        if response.status in (429, 503):
            wait = response.headers.get("Retry-After", "")
            raise FetchFailedError(f"{host} 请求过密或繁忙。", retry_after=float(wait) if wait.isdigit() else None)
        if response.status >= 500:
            raise FetchFailedError(f"{host} 出错（HTTP {response.status}）。")
        kind = response.headers.get_content_type() if "Content-Type" in response.headers else ""
        if response.status == 200 and kind and kind not in self.limits.kinds:
            raise FetchRefusedError(f"{host} 给的是 {kind[:60]}，不是网页或订阅源。")
        body = self._body(response, deadline)
        return Fetched(
            url,
            response.status,
            body,
            kind,
            response.headers.get_content_charset() or "",
            response.headers.get("ETag", "")[:500],
            response.headers.get("Last-Modified", "")[:100],
        )

    def _body(self, response: http.client.HTTPResponse, deadline: float) -> bytes:
        encoding = response.headers.get("Content-Encoding", "identity").strip().lower()
        if encoding not in ("identity", "gzip", "x-gzip", ""):
            raise FetchRefusedError(f"不认识的压缩方式 {encoding[:20]}。")
        unpack = zlib.decompressobj(wbits=31) if "gzip" in encoding else None
        parts: list[bytes] = []
        read = size = 0
        while chunk := response.read1(_CHUNK):
            if time.monotonic() >= deadline:
                raise TimeoutError
            read += len(chunk)
            part = unpack.decompress(chunk, self.limits.bytes + 1 - size) if unpack is not None else chunk
            size += len(part)
            if size > self.limits.bytes or (unpack is not None and unpack.unconsumed_tail):
                raise FetchRefusedError(f"网页超过 {self.limits.bytes // 1024} KiB，已停止读取。")
            if size > _CHUNK and size > read * self.limits.ratio:
                raise FetchRefusedError("网页的压缩率高得不合常理，疑似压缩炸弹，已停止读取。")
            parts.append(part)
        if response.length or (unpack is not None and not unpack.eof):
            raise http.client.IncompleteRead(b"", response.length)
        return b"".join(parts)


class _Pinned(http.client.HTTPConnection):
    """A connection that goes to one given address, whatever the host's name means by then."""

    def __init__(self, host: str, port: int, address: str, seconds: float, *, secure: bool) -> None:
        super().__init__(host, port, timeout=seconds)
        self._address = address
        self._secure = secure
        self.default_port = 443 if secure else 80

    def connect(self) -> None:
        """Connect to the address that was checked; the certificate is checked against the name."""
        with contextlib.ExitStack() as undo:
            self.sock = undo.enter_context(socket.create_connection((self._address, self.port), self.timeout))
            if self._secure:
                self.sock = ssl.create_default_context().wrap_socket(self.sock, server_hostname=self.host)
            undo.pop_all()

    def cut(self) -> None:
        """End whatever is being waited for."""
        if self.sock is not None:
            try:
                self.sock.shutdown(socket.SHUT_RDWR)
            except OSError:
                return


def check_url(url: str, limits: Limits) -> SplitResult:
    """Return the address in parts, its host in ASCII and its path quoted.

    Raises:
        FetchRefusedError: it is not a plain http or https address of an allowed port.
    """
    if any(ord(character) <= 32 or character in "\\\x7f" for character in url.strip()):
        raise FetchRefusedError("网址里有空格、反斜杠或控制字符，已拒绝。")
    try:
        parts = urlsplit(url.strip())
        port = parts.port
        host = (parts.hostname or "").rstrip(".")
        host = host if ":" in host else host.encode("idna").decode("ascii").lower()
    except (ValueError, UnicodeError) as error:
        raise FetchRefusedError("网址写法有误，无法识别主机或端口。") from error
    if parts.scheme not in _DEFAULT_PORTS:
        raise FetchRefusedError("只采集 http 与 https 网址。")
    if not host or parts.username is not None or parts.password is not None:
        raise FetchRefusedError("网址里没有主机，或带有账号口令，已拒绝。")
    port = port or _DEFAULT_PORTS[parts.scheme]
    if port not in limits.ports and f"{host}:{port}" not in limits.internal:
        raise FetchRefusedError(f"不采集 {port} 端口。确需时请把“主机:端口”写进允许名单。")
    shown = f"[{host}]" if ":" in host else host
    netloc = shown if port == _DEFAULT_PORTS[parts.scheme] else f"{shown}:{port}"
    path = quote(parts.path, safe="/%:@!$&'()*+,;=~-._")
    return SplitResult(parts.scheme, netloc, path, quote(parts.query, safe="/%:@!$&'()*+,;=~-._?[]"), "")


def _is_internal(host: str, port: int, limits: Limits) -> bool:
    return f"{host}:{port}" in limits.internal or (host in limits.internal and port in limits.ports)


def _left(deadline: float) -> float:
    return max(deadline - time.monotonic(), 0.01)
