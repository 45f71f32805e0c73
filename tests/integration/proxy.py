"""A proxy before Elasticsearch that cuts, refuses, or answers 429 by itself."""

import contextlib
import socket
import threading
from enum import StrEnum
from urllib.parse import urlsplit


class Mood(StrEnum):
    """What the proxy does with a connection."""

    PASS = "pass"
    REFUSE = "refuse"
    BUSY = "busy"


_BODY = b'{"error":{"type":"es_rejected_execution_exception","reason":"queue is full"},"status":429}'
_BUSY = (
    b"HTTP/1.1 429 Too Many Requests\r\nX-elastic-product: Elasticsearch\r\ncontent-type: application/json\r\n"
    b"content-length: %d\r\nconnection: close\r\n\r\n%s" % (len(_BODY), _BODY)
)


class Proxy:
    """Stands at an address of its own before a server."""

    def __init__(self, target: str) -> None:
        parts = urlsplit(target)
        self._target = (parts.hostname, parts.port)
        self._mood = Mood.PASS
        self._open: set[socket.socket] = set()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def turn(self, mood: Mood) -> None:
        """Change what is done from now on, and cut everything that is open."""
        self._mood = mood
        for connection in list(self._open):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Stop listening and cut everything."""
        self._listener.close()
        self.turn(Mood.REFUSE)

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with client, contextlib.suppress(OSError):
            if self._mood is Mood.BUSY:
                _read_request(client)
                client.sendall(_BUSY)
            elif self._mood is Mood.PASS:
                with socket.create_connection(self._target) as server:
                    self._open |= {client, server}
                    back = threading.Thread(target=_pump, args=(server, client), daemon=True)
                    back.start()
                    _pump(client, server)
                    back.join()
                    self._open -= {client, server}


def _read_request(client: socket.socket) -> None:
    """Read a request to its end, so that the answer is not lost with unread bytes."""
    client.settimeout(5)
    data = b""
    while b"\r\n\r\n" not in data:
        part = client.recv(65536)
        if not part:
            return
        data += part
    head, _, body = data.partition(b"\r\n\r\n")
    length = next(
        (int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")), 0
    )
    while len(body) < length:
        body += client.recv(65536)


def _pump(source: socket.socket, sink: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while part := source.recv(65536):
            sink.sendall(part)
    with contextlib.suppress(OSError):
        sink.shutdown(socket.SHUT_WR)
