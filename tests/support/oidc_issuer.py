"""A real issuer on loopback: HTTPS certified by an authority of its own, discovery, keys, and whatever else."""

import json
import ssl
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from tests.support.tokens import claims, key_set, signing_key
from tests.upstream.authorities import Authority


class OidcIssuer:
    """Serves from when it is made until `close`; `answers` replaces what a path answers by status, headers, body."""

    def __init__(self, folder: Path, *key_ids: str, path: str = "", is_plain: bool = False) -> None:
        """`is_plain`: over http, as identity servers in development are."""
        folder.mkdir(parents=True, exist_ok=True)
        authority = Authority(folder)
        self.ca = authority.file
        self.key_ids = key_ids or ("1",)
        self.answers: dict[str, tuple[int, dict[str, str], bytes]] = {}
        self.delay = 0.0
        self.asked: list[str] = []
        self._context = authority.server_context("localhost", "127.0.0.1")
        self._path = path
        self._is_plain = is_plain
        self._port = 0
        self._server: ThreadingHTTPServer | None = None
        self.start()

    @property
    def url(self) -> str:
        return f"{self._origin}{self._path}"

    @property
    def _origin(self) -> str:
        return f"{'http' if self._is_plain else 'https'}://localhost:{self._port}"

    def token(self, key_id: str | None = None, **changed: Any) -> str:
        return signing_key(key_id or self.key_ids[0]).sign(claims(**{"iss": self.url, **changed}))

    def start(self) -> None:
        """At the port of before, where there was one."""
        server = _Server(("127.0.0.1", self._port), _handler(self))
        if not self._is_plain:
            server.socket = self._context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
        self._port = server.server_address[1]
        self._server = server
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()

    def stop(self) -> None:
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    close = stop

    def answer(self, path: str) -> tuple[int, dict[str, str], bytes]:
        self.asked.append(path)
        if self.delay:
            time.sleep(self.delay)
        if path in self.answers:
            return self.answers[path]
        if path == f"{self._path.rstrip('/')}/.well-known/openid-configuration":
            return 200, {}, json.dumps({"issuer": self.url, "jwks_uri": f"{self._origin}/keys"}).encode()
        if path == "/keys":
            return 200, {}, json.dumps(key_set(*self.key_ids)).encode()
        return 404, {}, b"{}"


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = True

    def handle_error(self, *_: Any) -> None:
        """Clients that hang up are what some tests are about."""


def _handler(issuer: OidcIssuer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = 10

        def do_GET(self) -> None:
            status, headers, body = issuer.answer(self.path)
            try:
                self.send_response(status)
                for name, value in {"Content-Type": "application/json", **headers}.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.send_header("Connection", "close")
                self.end_headers()
                self.wfile.write(body)
            except (OSError, ssl.SSLError):
                pass

        def log_message(self, *_: Any) -> None:
            pass

    return Handler
