"""Invokes functions on a host's socket, one connection each, without an event loop."""

import http.client
import socket
from pathlib import Path
from typing import Any
from urllib.parse import quote

import msgspec


class Invoked(msgspec.Struct):
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return msgspec.json.decode(self.body)


class _Connection(http.client.HTTPConnection):
    def __init__(self, path: str, timeout: float) -> None:
        super().__init__("functions", timeout=timeout)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)


def invoke(
    path: Path | str,
    name: str,
    payload: bytes = b"{}",
    *,
    timeout: float = 30.0,
    is_streamed: bool = False,
    **headers: str,
) -> Invoked:
    """`headers` by their names with _ for -."""
    target = f"/2015-03-31/functions/{quote(name, safe='')}/invocations"
    if is_streamed:
        target = f"/2021-11-15/functions/{quote(name, safe='')}/response-streaming-invocations"
    connection = _Connection(str(path), timeout)
    try:
        connection.request("POST", target, payload, {name.replace("_", "-"): value for name, value in headers.items()})
        response = connection.getresponse()
        found = {name.lower(): value for name, value in response.getheaders()}
        return Invoked(response.status, found, response.read())
    finally:
        connection.close()
