"""One keep-alive connection to a proxy, for probes: blocking, without verification, TLS 1.3."""

import contextlib
import http.client
import socket
import ssl
from collections.abc import Mapping


def client_context() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    return context


CONTEXT = client_context()


class Probe:
    """Asks for a path again and again; opens its connection anew when the proxy has closed it."""

    def __init__(
        self, port: int, host: str | None = None, headers: Mapping[str, str] | None = None, *, is_plain: bool = False
    ) -> None:
        self._connection = (
            http.client.HTTPConnection("127.0.0.1", port, timeout=10)
            if is_plain
            else http.client.HTTPSConnection("127.0.0.1", port, timeout=10, context=CONTEXT)
        )
        self._headers = {"Host": host or f"localhost:{port}", **(headers or {})}

    def connect(self) -> None:
        """Before the first request, which then pays for no handshake."""
        self._connection.connect()

    def get(self, path: str) -> tuple[int, bytes]:
        """Status and body; raises OSError or HTTPException."""
        try:
            self._connection.request("GET", path, headers=self._headers)
            response = self._connection.getresponse()
            return response.status, response.read()
        except (OSError, http.client.HTTPException):
            self._connection.close()
            raise

    def answers(self, path: str, status: int = 200) -> bool:
        with contextlib.suppress(OSError, http.client.HTTPException):
            return self.get(path)[0] == status
        return False

    def close(self) -> None:
        self._connection.close()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def open_tls(port: int) -> ssl.SSLSocket:
    """A connection that the caller keeps and closes."""
    plain = socket.create_connection(("127.0.0.1", port), timeout=30)
    return CONTEXT.wrap_socket(plain, server_hostname="localhost")
