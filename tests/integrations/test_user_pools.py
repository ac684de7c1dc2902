"""Requests for user pools, as they are handed to the control process."""

import asyncio
from pathlib import Path

import pytest

from limen.budget import Budget
from limen.clock import Clock
from limen.gateway.exchange import Exchange, Response
from limen.gateway.run import run
from limen.integrations.user_pools import MOST_BODY, MOST_HEAD, compile_user_pools
from limen.upstream.client import Upstream
from tests.support.exchanges import Sent, answer, exchange

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-A: b\r\nServer: s\r\nConnection: keep-alive\r\n\r\nok"


def ask(asked: Exchange, folder: Path, reply: bytes | None = ANSWER) -> tuple[str, Response]:
    """What the control process was sent, and the client answered; `reply` None: nobody is there."""
    received: list[bytes] = []

    async def control(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r")[0])
        received.append(head + await reader.readexactly(length))
        writer.write(reply or b"")
        await writer.drain()

    async def go() -> None:
        path = folder / "pools.sock"
        server = await asyncio.start_unix_server(control, path) if reply is not None else None
        clock = Clock()
        clock.start()
        upstream = Upstream(clock, Budget(1 << 20))
        run(asked, compile_user_pools(upstream, str(path)))
        assert isinstance(asked.reply, Sent)
        async with asyncio.timeout(10):
            while not asked.reply.responses:
                await asyncio.sleep(0.005)
        await upstream.close()
        clock.stop()
        if server is not None:
            server.close()

    asyncio.run(go())
    return b"".join(received).decode("latin-1"), answer(asked)


def test_the_control_process_is_told_who_asks_and_only_by_us(tmp_path: Path) -> None:
    headers = {
        "X-Limen-Client": "6.6.6.6",
        "x_limen_client": "6.6.6.6",
        "X-Forwarded-For": "6.6.6.6",
        "Forwarded": "for=6.6.6.6",
        "Connection": "X-Limen-Client, cookie",
        "Authorization": "Basic abc",
        "Cookie": "a=1",
        "Content-Type": "text/plain",
    }
    asked = exchange("POST /oauth2/token?a=%20b", headers, b"body", host="shop.auth.us-east-1.localhost:8443")

    sent, response = ask(asked, tmp_path)

    assert sent.splitlines() == [
        "POST /oauth2/token?a=%20b HTTP/1.1",
        "Host: shop.auth.us-east-1.localhost:8443",
        "Authorization: Basic abc",
        "Content-Type: text/plain",
        "Cookie: a=1",
        "X-Limen-Client: 192.0.2.1",
        "Content-Length: 4",
        "",
        "body",
    ]
    assert (response.status, response.body, [name for name, _, _ in response.headers]) == (200, b"ok", [b"x-a"])


def test_cookies_that_came_one_by_one_are_one_header(tmp_path: Path) -> None:
    asked = exchange("GET /")
    asked.headers = type(asked.headers)([(b"cookie", b"cookie", b"a=1"), (b"cookie", b"cookie", b"b=2")])

    sent, _ = ask(asked, tmp_path)

    assert "\r\nCookie: a=1; b=2\r\n" in sent


def test_while_the_control_process_is_away_clients_are_told_503(tmp_path: Path) -> None:
    assert ask(exchange("GET /"), tmp_path, None)[1].status == 503
    assert ask(exchange("GET /"), tmp_path, b"HTTP/1.1 nonsense\r\n\r\n")[1].status == 503


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        (exchange("POST /", body=b"x" * (MOST_BODY + 1)), 413),
        (exchange("GET /", head_size=MOST_HEAD + 1), 431),
        (exchange("GET /a b"), 400),
        (exchange("GET /a\r\nX-Limen-Client: 6.6.6.6"), 400),
        (exchange("GET /", host="a b"), 400),
        (exchange("GET /", {"Cookie": "a\r\nX-Limen-Client: 6.6.6.6"}), 400),
    ],
)
def test_what_would_not_be_one_request_is_refused(tmp_path: Path, asked: Exchange, status: int) -> None:
    sent, response = ask(asked, tmp_path)

    assert (sent, response.status) == ("", status)
