"""The connection to Elasticsearch: the one place that knows the client library.

The client's own retries are off: they pause not at all and know no item of a bulk. Every answer comes back as a value
with its status, whatever it is; only what gave no answer is an exception.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
from elastic_transport import TransportError
from elasticsearch import ApiError, Elasticsearch, UnsupportedProductError

from pipeline.errors import ConfigError, StoreError, TransientError

# Elasticsearch 9 and 8 (on Java 17) both speak version 8 of the interface; what we ask is the same in both.
_JSON, _NDJSON = (f"application/vnd.elasticsearch+{kind}; compatible-with=8" for kind in ("json", "x-ndjson"))
_REQUEST = {"Accept": _JSON, "Content-Type": _JSON}
_LINES = {"Accept": _JSON, "Content-Type": _NDJSON}


class Answer(NamedTuple):
    """What the server said."""

    status: int
    body: Any

    @property
    def error_type(self) -> str:
        """The server's name of the error, empty where it gave none."""
        return str(self._error().get("type", ""))

    @property
    def reason(self) -> str:
        """The name of the error and its text, cut short."""
        error = self._error()
        return f"{error.get('type', '')}: {error.get('reason', '')}"[:300]

    def _error(self) -> dict[str, Any]:
        error = self.body.get("error") if isinstance(self.body, dict) else self.body
        return error if isinstance(error, dict) else {"reason": str(error or "")}


class Cluster:
    """One Elasticsearch; any number of threads may ask."""

    def __init__(
        self, url: str, *, api_key_file: Path | None = None, ca_file: Path | None = None, timeout: float = 30
    ) -> None:
        """Take the address; nothing is sent yet. Secrets are read from their files.

        Raises:
            ConfigError: a file cannot be read, or the address is none.
        """
        self.url = url
        self._key_file, self._ca_file, self._timeout = api_key_file, ca_file, timeout
        self._client = self._connected()

    def refresh_key(self) -> None:
        """Read the key's file anew: it may have been replaced while we run.

        Raises:
            ConfigError: it cannot be read.
        """
        if self._key_file is not None:
            self._client = self._client.options(api_key=_secret(self._key_file))

    def ask(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        params: Mapping[str, Any] | None = None,
    ) -> Answer:
        """Send a request; ``body`` is a structure, or lines as bytes.

        Raises:
            TransientError: no answer, an incomplete one, or one of something else than Elasticsearch.
        """
        lines = isinstance(body, bytes)
        data = body if lines or body is None else msgspec.json.encode(body)
        try:
            reply = self._client.perform_request(
                method, path, params=params, headers=_LINES if lines else _REQUEST, body=data
            )
        except UnsupportedProductError as error:
            raise TransientError(f"{self.url} 应答的不是 Elasticsearch") from error
        except ApiError as error:
            return Answer(error.meta.status, error.body)
        except TransportError as error:
            raise TransientError(f"Elasticsearch（{self.url}）没有应答：{error.message}") from error
        return Answer(reply.meta.status, reply.body)

    def demand(self, method: str, path: str, body: Any = None, *, params: Mapping[str, Any] | None = None) -> Any:
        """Send a request that must succeed, and return the body of the answer.

        Raises:
            TransientError: no answer, or one that says to try later.
            StoreError: it was refused.
        """
        return self.checked(self.ask(method, path, body, params=params))

    def checked(self, answer: Answer) -> Any:
        """Return the body of an answer that must be a success.

        Raises:
            TransientError: it says to try later.
            StoreError: it is a refusal.
        """
        if answer.status < 300:
            return answer.body
        if answer.status in (401, 403):
            raise StoreError(f"Elasticsearch（{self.url}）拒绝了凭据（{answer.status}）：请检查 api_key_file 及其权限")
        if answer.status == 429 or answer.status >= 500:
            raise TransientError(f"Elasticsearch（{self.url}）暂不可用（{answer.status}）：{answer.reason}")
        raise StoreError(f"Elasticsearch（{self.url}）拒绝了请求（{answer.status}）：{answer.reason}")

    def close(self) -> None:
        """Close every connection."""
        self._client.close()

    def _connected(self) -> Elasticsearch:
        given: dict[str, Any] = {}
        if self._key_file is not None:
            given["api_key"] = _secret(self._key_file)
        if self._ca_file is not None:
            given["ca_certs"] = str(self._ca_file)
        try:
            return Elasticsearch(
                self.url, request_timeout=self._timeout, max_retries=0, retry_on_timeout=False, **given
            )
        except (ValueError, OSError) as error:
            raise ConfigError(f"elasticsearch.url 或 ca_file 有误：{error}") from error


def _secret(file: Path) -> str:
    try:
        return file.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"读不到 elasticsearch.api_key_file {file}：{error}") from error
