"""A backend on a port of its own that remembers what it was asked and answers as it was told to."""

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from msgspec import Struct


class Recorded(Struct, frozen=True):
    """A request as it arrived; header names in lower case."""

    method: str
    target: str
    headers: list[tuple[str, str]]
    body: bytes

    def header(self, name: str) -> str | None:
        """The first value; None where the header is missing."""
        return next((value for key, value in self.headers if key == name.lower()), None)


class Scripted(Struct, frozen=True):
    """An answer; `delay` seconds pass before it is sent."""

    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b"{}"
    delay: float = 0.0


class RecordingBackend:
    """Plain HTTP/1.1 with keep-alive; by default it answers 200 with the method and the target as JSON."""

    def __init__(self) -> None:
        self.requests: list[Recorded] = []
        self._scripts: dict[str, Scripted] = {}
        self._server = _Server(("127.0.0.1", 0), _handler_for(self))
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self._thread.start()

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def last(self) -> Recorded:
        return self.requests[-1]

    def script(
        self,
        path: str,
        status: int = 200,
        headers: tuple[tuple[str, str], ...] = (),
        body: bytes = b"{}",
        delay: float = 0.0,
    ) -> None:
        """From now on `path` (without query) is answered so."""
        self._scripts[path] = Scripted(status, headers, body, delay)

    def forget(self) -> None:
        """What was asked, and what was to be answered."""
        self.requests.clear()
        self._scripts.clear()

    def answer_to(self, request: Recorded) -> Scripted:
        scripted = self._scripts.get(request.target.partition("?")[0])
        if scripted is not None:
            return scripted
        content = {"method": request.method, "target": request.target}
        return Scripted(headers=(("content-type", "application/json"),), body=json.dumps(content).encode())

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(timeout=5)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A gateway that hangs up is not news."""


def _handler_for(backend: RecordingBackend) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True
        timeout = 30

        def handle_one(self) -> None:
            body = self._read_body()
            headers = [(name.lower(), value) for name, value in self.headers.items()]
            request = Recorded(self.command, self.path, headers, body)
            backend.requests.append(request)
            self._send(backend.answer_to(request))

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = do_OPTIONS = handle_one

        def _read_body(self) -> bytes:
            if "chunked" in self.headers.get("transfer-encoding", ""):
                chunks = []
                while size := int(self.rfile.readline().split(b";")[0], 16):
                    chunks.append(self.rfile.read(size))
                    self.rfile.readline()
                while self.rfile.readline().strip():
                    pass
                return b"".join(chunks)
            return self.rfile.read(int(self.headers.get("content-length", "0")))

        def _send(self, answer: Scripted) -> None:
            time.sleep(answer.delay)
            self.send_response(answer.status)
            for name, value in answer.headers:
                self.send_header(name, value)
            if answer.status not in (204, 304):
                self.send_header("content-length", str(len(answer.body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(answer.body)

        def log_message(self, format: str, *args: Any) -> None:
            """`requests` is the log."""

    return Handler
