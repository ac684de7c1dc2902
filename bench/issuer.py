"""An issuer of tokens over HTTPS, in a thread of the benchmark: what a gateway asks for once."""

import json
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from bench.certificates import make_certificate
from limen.jose.signing import SigningKey

TOKEN_BYTES = 1024
"""About: what an access token with some claims has."""


class Issuer:
    """`certificate` is its own authority."""

    def __init__(self, directory: Path) -> None:
        self.certificate, key = make_certificate(directory)
        self.key = SigningKey.generate("bench")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate, key)
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True, do_handshake_on_connect=False)
        self.url = f"https://localhost:{self.server.server_address[1]}"

    def token(self, number: int = 0) -> str:
        now = int(time.time())
        claims: dict[str, Any] = {
            "iss": self.url,
            "aud": "bench",
            "sub": f"customer-{number}",
            "iat": now - 1,
            "exp": now + 3600,
            "scope": "orders/read orders/write",
            "groups": ["customers", "beta"],
        }
        claims["padding"] = "x" * (TOKEN_BYTES * 3 // 4 - 300 - len(json.dumps(claims)))
        return self.key.sign(claims)

    def documents(self) -> dict[str, Any]:
        """By path."""
        return {
            "/.well-known/openid-configuration": {"issuer": self.url, "jwks_uri": f"{self.url}/keys"},
            "/keys": {"keys": [self.key.public_jwk()]},
        }


def _handler(issuer: Issuer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = json.dumps(issuer.documents()[self.path]).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            pass

    return Handler


@contextmanager
def running_issuer(directory: Path) -> Iterator[Issuer]:
    issuer = Issuer(directory)
    threading.Thread(target=issuer.server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield issuer
    finally:
        issuer.server.shutdown()
        issuer.server.server_close()
