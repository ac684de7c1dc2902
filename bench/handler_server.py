"""The least that calls a handler over HTTP: `python -m bench.handler_server SOCKET FILE`, on a Unix socket.

What a function behind a gateway is compared with: the same handler in the same interpreter, one process, no gateway.
"""

import asyncio
import importlib.util
import json
import sys
from typing import Any

import httptools
import uvloop


class HandlerConnection(asyncio.Protocol):
    """Calls the handler with a small event for each request."""

    def __init__(self, handler: Any) -> None:
        self._handler = handler
        self._parser = httptools.HttpRequestParser(self)
        self._headers: dict[str, str] = {}
        self._path = b""

    def connection_made(self, transport: Any) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def on_url(self, url: bytes) -> None:
        self._path, self._headers = url, {}

    def on_header(self, name: bytes, value: bytes) -> None:
        self._headers[name.decode("latin-1").lower()] = value.decode("latin-1")

    def on_message_complete(self) -> None:
        event = {"version": "2.0", "rawPath": self._path.decode(), "headers": self._headers, "isBase64Encoded": False}
        answer = self._handler(json.loads(json.dumps(event)), None)
        body = answer["body"].encode()
        self._transport.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body))


async def serve(path: str, handler: Any) -> None:
    server = await asyncio.get_running_loop().create_unix_server(lambda: HandlerConnection(handler), path)
    await server.serve_forever()


def load_handler(file: str) -> Any:
    spec = importlib.util.spec_from_file_location("app", file)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.handler


if __name__ == "__main__":
    uvloop.run(serve(sys.argv[1], load_handler(sys.argv[2])))
