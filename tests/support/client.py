"""A verifying HTTPS client for one server on the loopback interface, whatever name its API is called by."""

import http.client
import json
import socket
import ssl
from pathlib import Path
from typing import Any

from msgspec import Struct


class Answer(Struct, frozen=True):
    """What came back; header names in lower case."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    def header(self, name: str) -> str | None:
        """The first value; None where the header is missing."""
        return next((value for key, value in self.headers if key == name.lower()), None)


class Client:
    """One keep-alive connection at a time; `host` is sent, used for SNI and verified against the certificate."""

    def __init__(
        self,
        port: int,
        ca: Path,
        host: str = "localhost",
        *,
        certificate: tuple[str, str] | None = None,
        server_name: str | None = None,
    ) -> None:
        """`certificate`: files of the client's own one and its key; `server_name`: for SNI, where it is not `host`."""
        self._port = port
        self._context = ssl.create_default_context(cafile=str(ca))
        if certificate is not None:
            self._context.load_cert_chain(*certificate)
        self._host = host
        self._server_name = server_name or host
        self._connection: http.client.HTTPSConnection | None = None

    def get(self, path: str, **headers: str) -> Answer:
        return self.send("GET", path, headers)

    def send(self, method: str, path: str, headers: dict[str, str] | None = None, body: bytes | None = None) -> Answer:
        """Raises OSError or HTTPException where no whole answer came; the next call opens a new connection."""
        connection = self._connection or self._connect()
        try:
            connection.request(
                method, path, body=body, headers={"Host": f"{self._host}:{self._port}", **(headers or {})}
            )
            response = connection.getresponse()
            answer = Answer(
                response.status, [(name.lower(), value) for name, value in response.getheaders()], response.read()
            )
        except (OSError, http.client.HTTPException):
            self.close()
            raise
        if response.will_close:
            self.close()
        return answer

    def stream(self, path: str) -> http.client.HTTPResponse:
        """The beginning of an answer; whoever asked reads the rest as it comes. Other calls have other connections."""
        self.close()
        connection = self._connect()
        self._connection = None
        connection.request("GET", path, headers={"Host": f"{self._host}:{self._port}", "Connection": "close"})
        return connection.getresponse()

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def server_certificate(self) -> bytes:
        """What the server shows (DER), on the connection that is open, else on a new one."""
        shown = (self._connection or self._connect()).sock.getpeercert(binary_form=True)  # type: ignore[union-attr]
        assert isinstance(shown, bytes)
        return shown

    def _connect(self) -> http.client.HTTPSConnection:
        plain = socket.create_connection(("127.0.0.1", self._port), timeout=20)
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # or a body waits 40 ms for its headers' ACK
        connection = http.client.HTTPSConnection(self._host, self._port, context=self._context)
        connection.sock = self._context.wrap_socket(plain, server_hostname=self._server_name)
        self._connection = connection
        return connection


def tls_socket(port: int, ca: Path, host: str = "localhost") -> ssl.SSLSocket:
    """For tests that write the bytes themselves."""
    plain = socket.create_connection(("127.0.0.1", port), timeout=10)
    return ssl.create_default_context(cafile=str(ca)).wrap_socket(plain, server_hostname=host)


def exchange_bytes(port: int, ca: Path, sent: bytes, silence: float = 1.0) -> bytes:
    """All that the server answers to `sent` until it closes or keeps silent for that many seconds."""
    received = b""
    with tls_socket(port, ca) as connection:
        connection.sendall(sent)
        connection.settimeout(silence)
        try:
            while chunk := connection.recv(65536):
                received += chunk
        except TimeoutError:
            received += b"<open>"
        except OSError:
            pass
    return received
