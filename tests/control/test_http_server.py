"""The server of the control process: its end waits for nobody who is idle."""

import asyncio
from pathlib import Path

from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from limen.control.http_server import http_server
from limen.control.private_socket import listen_privately


async def _answer(scope: Scope, receive: Receive, send: Send) -> None:
    await PlainTextResponse("fine")(scope, receive, send)


def test_an_idle_connection_does_not_hold_up_the_end(tmp_path: Path) -> None:
    async def run() -> bytes:
        path = tmp_path / "pools.sock"
        server = http_server(_answer, drain_timeout=30)
        serving = asyncio.create_task(server.serve(sockets=[listen_privately(path, 8)]))
        while not server.started:
            await asyncio.sleep(0.01)
        reader, writer = await asyncio.open_unix_connection(path)
        writer.write(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        answer = await reader.readuntil(b"fine")
        async with asyncio.timeout(10):
            await server.wait_answered(serving)
        writer.close()
        return answer

    assert asyncio.run(run()).startswith(b"HTTP/1.1 200 OK\r\n")
