"""The client of the Lambda Runtime API: HTTP/1.1 by hand over one connection that is kept.

`http.client` takes 30 ms to import and four times as long per invocation.
https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
"""

from __future__ import annotations

import os
from _socket import AF_INET, AF_INET6, AF_UNIX, IPPROTO_TCP, SOCK_STREAM, TCP_NODELAY, socket

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn

VERSION = "/2018-06-01/runtime"
NEXT = f"GET {VERSION}/invocation/next HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()
MOST_HEAD_BYTES = 1 << 20
PIECE = 65536
"""Bytes read at once: of 128 KB and more the C library takes each block from the system, at 30 us."""
HOST_HAS_GONE = 1
"""Status of a process that nobody has a use for any more; what it might say about that would only fill a log."""


class RuntimeApi:
    """Asks for the next invocation and answers it."""

    def __init__(self) -> None:
        unix_path = os.environ.pop("_LIMEN_RUNTIME_SOCKET", "")
        self._address = f"unix:{unix_path}" if unix_path else os.environ["AWS_LAMBDA_RUNTIME_API"]
        self._connection = connect(self._address)
        self._received = bytearray()
        self._asks_ahead = bool(unix_path)
        self._has_asked = False

    def next(self) -> tuple[dict[str, str], bytes]:
        """Headers, their names in lower case, and payload. Waits as long as there is nothing to do."""
        if not self._has_asked:
            self._send(NEXT)
        self._has_asked = False
        status, headers, payload = self._read()
        if status != 200:
            self._refused(status, payload)
        return headers, payload

    def respond(self, request_id: str, payload: bytes, content_type: str) -> None:
        """Answer, and ask Limen for the next invocation in the same packet: half the system calls.

        Other peers of the Runtime API may not expect a request before they have answered the last.
        """
        head = self._head(f"invocation/{request_id}/response", len(payload), f"Content-Type: {content_type}\r\n")
        self._send(head + payload + NEXT if self._asks_ahead else head + payload)
        self._has_asked = self._asks_ahead
        self._read_accepted()

    def fail(self, request_id: str, payload: bytes, error_type: str) -> None:
        self._post(f"invocation/{request_id}/error", payload, error_type)

    def fail_init(self, payload: bytes, error_type: str) -> None:
        self._post("init/error", payload, error_type)

    def _post(self, path: str, payload: bytes, error_type: str) -> None:
        fields = (
            "Content-Type: application/vnd.aws.lambda.error+json\r\n"
            f"Lambda-Runtime-Function-Error-Type: {error_type}\r\n"
        )
        self._send(self._head(path, len(payload), fields) + payload)
        self._read_accepted()

    def _head(self, path: str, length: int, fields: str) -> bytes:
        head = f"POST {VERSION}/{path} HTTP/1.1\r\nHost: localhost\r\n{fields}Content-Length: {length}\r\n\r\n"
        return head.encode("latin-1", "replace")

    def _read_accepted(self) -> None:
        """A response that is too large has been told to the caller by the host: the loop goes on."""
        status, _, payload = self._read()
        if status not in (202, 413):
            self._refused(status, payload)

    def _refused(self, status: int, payload: bytes) -> NoReturn:
        raise ConnectionError(f"the Runtime API at {self._address} answered {status}: {payload[:200]!r}")

    def _read(self) -> tuple[int, dict[str, str], bytes]:
        received = self._received
        end = received.find(b"\r\n\r\n")
        while end < 0:
            if len(received) > MOST_HEAD_BYTES:
                raise ConnectionError(f"the Runtime API at {self._address} sent headers without end")
            self._receive()
            end = received.find(b"\r\n\r\n")
        lines = received[:end].decode("latin-1").split("\r\n")
        del received[: end + 4]
        headers = {}
        for line in lines[1:]:
            name, _, value = line.partition(":")
            headers[name.lower()] = value.strip()
        if "chunked" in headers.get("transfer-encoding", ""):
            body = self._read_chunks()
        else:
            body = self._take(int(headers.get("content-length", 0)))
        return int(lines[0][9:12]), headers, body

    def _send(self, data: bytes) -> None:
        try:
            self._connection.sendall(data)
        except OSError:
            os._exit(HOST_HAS_GONE)

    def _receive(self) -> None:
        try:
            piece = self._connection.recv(PIECE)
        except OSError:
            piece = b""
        if not piece:
            os._exit(HOST_HAS_GONE)
        self._received += piece

    def _take(self, length: int) -> bytes:
        received = self._received
        while len(received) < length:
            self._receive()
        taken = bytes(received[:length])
        del received[:length]
        return taken

    def _read_chunks(self) -> bytes:
        """Peers other than Limen send long payloads like this (RFC 9112, section 7.1)."""
        body = b""
        while True:
            size = int(self._take_line().partition(b";")[0], 16)
            if size == 0:
                while self._take_line():
                    pass
                return body
            body += self._take(size)
            self._take_line()

    def _take_line(self) -> bytes:
        received = self._received
        end = received.find(b"\r\n")
        while end < 0:
            self._receive()
            end = received.find(b"\r\n")
        return self._take(end + 2)[:-2]


def connect(address: str) -> socket:
    """`host:port`, `[host]:port` or `unix:/path`."""
    if address.startswith("unix:"):
        connection = socket(AF_UNIX, SOCK_STREAM)
        connection.connect(address[5:])
        return connection
    host, _, port = address.rpartition(":")
    host = host.strip("[]")
    connection = socket(AF_INET6 if ":" in host else AF_INET, SOCK_STREAM)
    connection.setsockopt(IPPROTO_TCP, TCP_NODELAY, 1)
    connection.connect((host, int(port)))
    return connection
