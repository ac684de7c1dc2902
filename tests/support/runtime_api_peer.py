"""A small peer of the Lambda Runtime API: one function, invocations given by the test, answers kept as they came."""

import socket
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from queue import Queue
from socketserver import BaseServer, ThreadingTCPServer, ThreadingUnixStreamServer
from typing import Any

TIMEOUT = 30.0


@dataclass
class Answer:
    """What the runtime sent: `kind` is `response`, `error` or `init/error`."""

    kind: str
    request_id: str
    headers: dict[str, str]
    body: bytes
    trailers: dict[str, str] = field(default_factory=dict)


class RuntimeApiPeer:
    """Serves on a Unix socket where a path is given, else on a port of 127.0.0.1."""

    def __init__(self, path: Path | None = None) -> None:
        self.waiting: Queue[tuple[dict[str, str], bytes]] = Queue()
        self.answers: Queue[Answer] = Queue()
        self.path = path
        peer = self

        class Handler(_Handler):
            owner = peer

        self._server: BaseServer
        if path is None:
            server = ThreadingTCPServer(("127.0.0.1", 0), Handler)
            self.address = f"127.0.0.1:{server.server_address[1]}"
            self._server = server
        else:
            self.address = str(path)
            self._server = ThreadingUnixStreamServer(str(path), Handler)
        self._server.daemon_threads = True  # type: ignore[attr-defined]
        self._server.handle_error = lambda request, client_address: None  # type: ignore[method-assign]
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def invoke(self, payload: bytes, request_id: str = "r-1", **headers: str) -> Answer:
        """Extra headers are those of the answer to `next`, with _ for -."""
        self.send(payload, request_id, headers)
        return self.answers.get(timeout=TIMEOUT)

    def send(self, payload: bytes, request_id: str, headers: Mapping[str, str]) -> None:
        arn = "arn:aws:lambda:eu-west-1:123456789012:function:hello"
        known = {
            "Lambda-Runtime-Aws-Request-Id": request_id,
            "Lambda-Runtime-Deadline-Ms": "4102444800000",
            "Lambda-Runtime-Invoked-Function-Arn": arn,
            "Content-Type": "application/json",
        }
        self.waiting.put(({**known, **{name.replace("_", "-"): value for name, value in headers.items()}}, payload))

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    owner: RuntimeApiPeer

    def setup(self) -> None:
        super().setup()
        if self.connection.family != socket.AF_UNIX:
            self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def address_string(self) -> str:
        return "runtime"

    def log_message(self, *arguments: Any) -> None:
        pass

    def do_GET(self) -> None:
        headers, payload = self.owner.waiting.get()
        self.send_response(200)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(payload)))
        self.end_headers()
        self.wfile.write(payload)

    def do_POST(self) -> None:
        body, trailers = self._read_body()
        headers = {name.lower(): value for name, value in self.headers.items()}
        *_, request_id, kind = self.path.split("/")
        kind = "init/error" if request_id == "init" else kind
        self.send_response(202)
        self.send_header("Content-Length", "16")
        self.end_headers()
        self.wfile.write(b'{"status":"OK"}\n')
        self.owner.answers.put(Answer(kind, request_id, headers, body, trailers))

    def _read_body(self) -> tuple[bytes, dict[str, str]]:
        if self.headers.get("Transfer-Encoding") != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length", 0))), {}
        body = b""
        while size := int(self.rfile.readline(), 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        trailers = {}
        while line := self.rfile.readline().decode().strip():
            name, _, value = line.partition(":")
            trailers[name.lower()] = value.strip()
        return body, trailers
