"""A server that plays Elasticsearch by a script: it keeps documents by version, and fails as it is told."""

import json
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import MappingProxyType
from typing import Any, NamedTuple, Self

CONFLICT = {"type": "version_conflict_engine_exception", "reason": "held"}
LATE = 0.6  # seconds; the tests' clients wait half as long


class Fault(NamedTuple):
    """What happens to one bulk request; ``items`` are statuses by the number of the item in it."""

    kind: str  # whole, items, drop, drop_after, truncated, late
    status: int = 0
    items: Mapping[int, int] = MappingProxyType({})


class ScriptedElasticsearch:
    """Answers on loopback until the ``with`` block ends; faults of the script are used up one a bulk request."""

    def __init__(self) -> None:
        self.documents: dict[tuple[str, str], tuple[int, dict[str, Any]]] = {}
        self.script: deque[Fault] = deque()
        self.forbidden: set[str] = set()  # ids that are refused for ever
        self.key = ""  # the right one; empty takes any
        self.largest = 1 << 30
        self.requests: list[int] = []  # documents in each bulk request
        self.on_request: Callable[[], None] = lambda: None
        self._lock = threading.Lock()
        handler = type("Handler", (_Handler,), {"owner": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def ids(self) -> list[str]:
        """The mentions it holds, marks of moves left out."""
        return sorted(id_ for (_, id_), (_, source) in self.documents.items() if "moved" not in source)

    def bulk(self, body: bytes, fault: Fault | None) -> dict[str, Any]:
        lines = body.splitlines()
        items = []
        with self._lock:
            for number, (action, source) in enumerate(zip(lines[::2], lines[1::2], strict=True)):
                meta = json.loads(action)["index"]
                assert meta["version_type"] == "external_gte"
                planted = fault.items.get(number) if fault is not None else None
                items.append({"index": self._item(meta, json.loads(source), planted)})
        return {"items": items}

    def _item(self, meta: dict[str, Any], source: dict[str, Any], planted: int | None) -> dict[str, Any]:
        if meta["_id"] in self.forbidden:
            return {"status": 400, "error": {"type": "document_parsing_exception", "reason": "never"}}
        if planted is not None:
            return {"status": planted, "error": {"type": "es_rejected_execution_exception", "reason": "planted"}}
        place = (meta["_index"], meta["_id"])
        held = self.documents.get(place)
        if held is not None and held[0] > meta["version"]:
            return {"status": 409, "error": CONFLICT}
        self.documents[place] = (meta["version"], source)
        return {"status": 201 if held is None else 200}

    def found(self, ids: list[str]) -> dict[str, Any]:
        hits = [
            {
                "_id": id_, "_index": index, "_version": version,
                "fields": {"digest": [source["digest"]]} if "digest" in source else {},
            }
            for (index, id_), (version, source) in self.documents.items()
            if id_ in ids
        ]  # fmt: skip
        return {"hits": {"hits": hits}}


class _Handler(BaseHTTPRequestHandler):
    owner: ScriptedElasticsearch
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self._answer(200, {})

    def do_PUT(self) -> None:
        self._body()
        self._answer(200, {"acknowledged": True})

    def do_POST(self) -> None:
        body = self._body()
        if not self.path.startswith("/_bulk"):
            ids = json.loads(body)["query"]["ids"]["values"] if "_search" in self.path else []
            self._answer(200, self.owner.found(ids))
            return
        self.owner.requests.append(len(body.splitlines()) // 2)
        self.owner.on_request()
        if self.owner.key and self.headers.get("Authorization") != f"ApiKey {self.owner.key}":
            self._answer(401, {"error": {"type": "security_exception", "reason": "no"}})
            return
        if len(body) > self.owner.largest:
            self._answer(413, {"error": {"type": "too_large", "reason": "no"}})
            return
        fault = self.owner.script.popleft() if self.owner.script else None
        if fault is not None and fault.kind in ("whole", "drop"):
            if fault.kind == "whole":
                self._answer(fault.status, {"error": {"type": "planted", "reason": "planted"}})
            self.close_connection = True
            return
        reply = self.owner.bulk(body, fault)
        if fault is not None and fault.kind == "late":
            time.sleep(LATE)
        if fault is not None and fault.kind == "drop_after":
            self.close_connection = True
            return
        self._answer(200, reply, cut=fault is not None and fault.kind == "truncated")

    def _body(self) -> bytes:
        return self.rfile.read(int(self.headers.get("Content-Length", 0)))

    def _answer(self, status: int, body: dict[str, Any], *, cut: bool = False) -> None:
        data = json.dumps(body).encode()
        try:
            self.send_response(status)
            self.send_header("X-Elastic-Product", "Elasticsearch")
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data[: len(data) // 2] if cut else data)
        except BrokenPipeError:  # the client did not wait
            return
        self.close_connection = self.close_connection or cut

    def log_message(self, *_: object) -> None:
        """Say nothing."""
