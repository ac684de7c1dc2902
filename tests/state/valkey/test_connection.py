"""A connection that is made when it is used, told away when it is, and made again."""

import asyncio
import logging
import time
from functools import partial
from pathlib import Path

import pytest

from limen.state.interface import StateAwayError
from limen.state.valkey import connection as connection_module
from limen.state.valkey.calls import Call, pack
from limen.state.valkey.connection import Access, Connection, Losses
from limen.state.valkey.url import Address, Login, TlsFiles
from tests.state.valkey.fake_server import GREETING, FakeServer, count, fake_server
from tests.support.loops import in_loop
from tests.support.redis_server import RedisServer, free_port
from tests.upstream.authorities import Authority

PING = pack([Call(b"", ("PING",))])


async def known(address: Address) -> Address:
    return address


def connect(port: int, access: Access | None = None, host: str = "127.0.0.1") -> Connection:
    find = partial(known, Address(host, port))
    return Connection(f"valkey://{host}:{port}", find, access or Access(), Losses())


async def wait_pong(connection: Connection, seconds: float = 10) -> None:
    """Asks until it is answered."""
    ends = time.monotonic() + seconds
    while True:
        try:
            assert await connection.ask(PING, 1) == [b"PONG"]
            return
        except StateAwayError:
            assert time.monotonic() < ends
            await asyncio.sleep(0.02)


@in_loop
async def test_many_at_once_share_one_connection_and_few_writes() -> None:
    async with fake_server(lambda data: b"+PONG\r\n" * count(data)) as fake:
        connection = connect(fake.port)
        answers = await asyncio.gather(*(connection.ask(PING, 1) for _ in range(500)))
        await connection.close()

    assert answers == [[b"PONG"]] * 500
    assert fake.connections == 1
    assert len(fake.reads) < 10


@in_loop
async def test_who_we_are_is_said_at_the_beginning() -> None:
    async with fake_server(lambda data: b"+PONG\r\n", GREETING + b"+OK\r\n") as fake:
        connection = connect(fake.port, Access(Login("me", "secret"), 3))
        await connection.ask(PING, 1)
        await connection.close()

    greeting = [part for part in fake.reads[0].split(b"\r\n") if part and part[:1] not in b"*$"]
    assert greeting == [b"HELLO", b"2", b"AUTH", b"me", b"secret", b"SETNAME", b"limen", b"SELECT", b"3"]


@in_loop
async def test_a_server_that_is_not_there_is_away_at_once_and_found_when_it_comes(tmp_path: Path) -> None:
    port = free_port()
    connection = connect(port)
    for _ in range(2):
        with pytest.raises(StateAwayError, match=f"^valkey://127.0.0.1:{port}: Connection refused"):
            await connection.ask(PING, 1)
    server = RedisServer(tmp_path, port=port)
    try:
        await wait_pong(connection)
    finally:
        server.kill()
        await connection.close()


@in_loop
async def test_a_server_that_is_killed_and_comes_back(own_server: RedisServer) -> None:
    connection = connect(own_server.port)
    await wait_pong(connection)
    own_server.kill()
    with pytest.raises(StateAwayError):
        for _ in range(100):
            await connection.ask(PING, 1)
            await asyncio.sleep(0.01)
    own_server.start()
    await wait_pong(connection)
    await connection.close()


@in_loop
async def test_a_server_that_does_not_answer_is_away_within_the_timeout(own_server: RedisServer) -> None:
    connection = connect(own_server.port)
    await wait_pong(connection)
    own_server.freeze()
    began = time.monotonic()
    asked = await asyncio.gather(*(connection.ask(PING, 1) for _ in range(5)), return_exceptions=True)

    assert time.monotonic() - began < 3
    assert all(isinstance(answer, StateAwayError) and "no answer in time" in str(answer) for answer in asked)
    own_server.thaw()
    await wait_pong(connection)
    await connection.close()


@in_loop
async def test_a_server_that_never_greets_is_away_within_the_timeout() -> None:
    server = await asyncio.start_server(lambda reader, writer: asyncio.sleep(5), "127.0.0.1", 0)
    connection = connect(server.sockets[0].getsockname()[1])
    with pytest.raises(StateAwayError, match="no connection within 1 s"):
        await connection.ask(PING, 1)
    await connection.close()
    server.close()


@in_loop
async def test_a_connection_that_is_dropped_after_each_greeting_is_not_made_without_pause() -> None:
    async with fake_server(lambda data: b"") as fake:
        connection = connect(fake.port)
        ends = time.monotonic() + 0.5
        while time.monotonic() < ends:
            with pytest.raises(StateAwayError):
                await connection.ask(PING, 1)
            await asyncio.sleep(0.001)
        await connection.close()

    assert fake.connections < 20


def test_a_server_that_is_lost_again_and_again_is_told_of_once(caplog: pytest.LogCaptureFixture) -> None:
    async def ask() -> int:
        async with fake_server(lambda data: b"") as fake:
            connection = connect(fake.port)
            for _ in range(3):
                with pytest.raises(StateAwayError):
                    await connection.ask(PING, 1)
            await connection.close()
            return fake.connections

    caplog.set_level(logging.INFO, "limen.state")
    assert asyncio.run(ask()) == 3
    told = [
        record.message.partition("shared state at ")[0] for record in caplog.records if record.name == "limen.state"
    ]
    assert told == ["connected to ", ""], "that it was there, and that it is away"


@pytest.fixture
def long_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """So long that no test sees the end of one that nobody cuts short."""
    monkeypatch.setattr(connection_module, "FIRST_PAUSE", 60.0)
    monkeypatch.setattr(connection_module, "LONGEST_PAUSE", 60.0)
    monkeypatch.setattr(connection_module, "LONGEST_ASKED", 0.01)


def test_who_asks_has_a_server_looked_for_sooner(long_pauses: None, tmp_path: Path) -> None:
    async def ask() -> None:
        port = free_port()
        connection = connect(port)
        with pytest.raises(StateAwayError):
            await connection.ask(PING, 1)
        server = RedisServer(tmp_path, port=port)
        try:
            await wait_pong(connection)
        finally:
            server.kill()
            await connection.close()

    asyncio.run(ask())


def test_where_nobody_asks_a_server_is_left_alone(long_pauses: None) -> None:
    async def ask() -> int:
        losses = Losses()
        connection = Connection("there", partial(known, Address("127.0.0.1", free_port())), Access(), losses)
        with pytest.raises(StateAwayError):
            await connection.ask(PING, 1)
        await asyncio.sleep(0.1)
        await connection.close()
        return losses.connects_failed

    assert asyncio.run(ask()) == 1


def test_who_is_refused_does_not_knock_more_often_for_being_asked(long_pauses: None) -> None:
    async def ask() -> int:
        async with fake_server(lambda data: b"", b"-WRONGPASS invalid\r\n") as fake:
            connection = connect(fake.port, Access(Login("", "secret")))
            for _ in range(20):
                with pytest.raises(StateAwayError, match="does not let us in"):
                    await connection.ask(PING, 1)
                await asyncio.sleep(0.005)
            await connection.close()
            return fake.connections

    assert asyncio.run(ask()) == 1


@pytest.mark.parametrize(
    ("greeting", "access", "reason"),
    [
        (
            b"-WRONGPASS invalid username-password pair\r\n",
            Access(Login("", "secret")),
            "does not let us in: WRONGPASS",
        ),
        (b"-NOAUTH HELLO must be called with AUTH\r\n", Access(), "does not let us in: NOAUTH"),
        (GREETING.replace(b"7.2.4", b"6.0.9"), Access(), "version 6.0.9 is too old: Limen needs Valkey, or Redis 6.2"),
        (GREETING.replace(b"$6\r\nmaster", b"$5\r\nslave"), Access(must_be_master=True), "it is a replica"),
        (b"HTTP/1.1 400 Bad Request\r\n", Access(), "what answers there is no Valkey or Redis server"),
    ],
)
def test_why_a_server_is_not_used_is_said(greeting: bytes, access: Access, reason: str) -> None:
    async def ask() -> None:
        async with fake_server(lambda data: b"", greeting) as fake:
            connection = connect(fake.port, access)
            with pytest.raises(StateAwayError) as caught:
                await connection.ask(PING, 1)
            await connection.close()
        assert reason in str(caught.value)
        assert "secret" not in str(caught.value)

    asyncio.run(ask())


@in_loop
async def test_a_password_opens_the_server(tmp_path: Path) -> None:
    server = RedisServer(tmp_path, requirepass="opensesame")
    right, wrong = (
        connect(server.port, Access(Login("", password), database=2)) for password in ("opensesame", "opensaysme")
    )
    await wait_pong(right)
    with pytest.raises(StateAwayError, match="WRONGPASS") as caught:
        await wrong.ask(PING, 1)

    assert "opensaysme" not in str(caught.value)
    await right.close()
    await wrong.close()
    server.kill()


@in_loop
async def test_a_connection_that_was_closed_is_of_no_use() -> None:
    async with fake_server(lambda data: b"+PONG\r\n") as fake:
        connection = connect(fake.port)
        await connection.ask(PING, 1)
        await connection.close()
        with pytest.raises(StateAwayError, match="closed"):
            await connection.ask(PING, 1)


@in_loop
async def test_tls_with_certificates_of_both_sides(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    for name in ("127.0.0.1", "client"):
        certificate, key = authority.certify(name)
        (tmp_path / f"{name}.pem").write_text(certificate + key)
    client = str(tmp_path / "client.pem")
    context = authority.server_context("127.0.0.1", asks_for_client=True)
    fake = FakeServer(lambda data: b"+PONG\r\n")
    server = await asyncio.start_server(fake.serve, "127.0.0.1", 0, ssl=context)
    port = server.sockets[0].getsockname()[1]
    mutual = connect(port, Access(tls=TlsFiles(str(authority.file), client, client)))
    distrusting = connect(port, Access(tls=TlsFiles()))
    misnamed = connect(port, Access(tls=TlsFiles(str(authority.file), client, client)), host="localhost")
    unchecked = connect(port, Access(tls=TlsFiles(str(authority.file), client, client, False)), host="localhost")

    assert await mutual.ask(PING, 1) == [b"PONG"]
    assert await unchecked.ask(PING, 1) == [b"PONG"]
    with pytest.raises(StateAwayError, match="certificate not accepted: self-signed certificate in"):
        await distrusting.ask(PING, 1)
    with pytest.raises(StateAwayError, match="certificate not accepted: Hostname mismatch"):
        await misnamed.ask(PING, 1)
    for connection in (mutual, distrusting, misnamed, unchecked):
        await connection.close()
    server.close()


@in_loop
async def test_a_certificate_file_that_is_missing_is_named() -> None:
    connection = connect(1, Access(tls=TlsFiles("/no/such/ca.pem")))
    with pytest.raises(StateAwayError, match=r"ca: /no/such/ca\.pem: No such file"):
        await connection.ask(PING, 1)
    await connection.close()
