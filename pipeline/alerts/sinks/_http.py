"""Posting JSON to a robot: one mapping of answers to errors for all sinks, without the address in any text."""

import functools
from collections.abc import Mapping
from typing import Any

import httpx

from pipeline.errors import PermanentError, TransientError

_TIMEOUT = httpx.Timeout(10.0)


def post(sink: str, url: str, *, content: bytes, headers: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Post a JSON body and return the JSON object of the answer, empty where it holds none.

    Raises:
        TransientError: no connection, time-out, 408, 425, 429 (with ``retry_after``) or 5xx.
        PermanentError: any other answer but 2xx, or an address that is none.
    """
    all_headers = {"Content-Type": "application/json; charset=utf-8", **(headers or {})}
    try:
        answer = _client().post(url, content=content, headers=all_headers)
    except httpx.TransportError as error:
        if isinstance(error, httpx.UnsupportedProtocol):
            raise PermanentError(f"{sink}：地址须以 http:// 或 https:// 开头") from None
        raise TransientError(f"{sink}：连不上或超时（{type(error).__name__}）") from None
    except (httpx.InvalidURL, UnicodeError):
        raise PermanentError(f"{sink}：地址不合法") from None
    status = answer.status_code
    if status in {408, 425, 429} or status >= 500:
        raise TransientError(f"{sink}：对方返回 HTTP {status}", retry_after=_retry_after(answer))
    if not answer.is_success:
        raise PermanentError(f"{sink}：对方返回 HTTP {status}，请检查地址与权限")
    try:
        body = answer.json()
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def _retry_after(answer: httpx.Response) -> float | None:
    value = answer.headers.get("Retry-After", "")
    return float(value) if value.isdigit() else None


@functools.cache
def _client() -> httpx.Client:
    """One client for all sinks: making its TLS context costs a fifth of a second."""
    return httpx.Client(timeout=_TIMEOUT, trust_env=False, follow_redirects=False)
