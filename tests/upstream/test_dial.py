"""Getting connected: address by address, and never where integrations may not go."""

import asyncio
import socket
from pathlib import Path

import pytest

from limen.upstream.limits import Limits
from limen.upstream.origin import Origin
from limen.upstream.resolve import Address, Resolver
from tests.upstream.backends import OK, Answer, answering, ask, backend, run, upstream


def resolver(*addresses: Address) -> Resolver:
    async def look_up(host: str, port: int) -> list[Address]:
        return list(addresses)

    return Resolver(look_up)


def closed_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def test_a_refused_connection_is_a_connect_error() -> None:
    async def main() -> Answer:
        async with upstream() as client:
            return await ask(client, Origin("http", "127.0.0.1", closed_port()))

    answer = run(main())
    assert answer.kind == "connect"
    assert "Connection refused" in str(answer.error)


def test_an_unknown_name_is_a_resolve_error() -> None:
    async def main() -> Answer:
        async with upstream(resolver=resolver()) as client:
            return await ask(client, Origin("http", "nothing.test", 80))

    assert run(main()).kind == "resolve"


@pytest.mark.parametrize("host", [".", ".leading", "a..b", "x" * 64, "a." * 130])
def test_a_name_that_no_host_can_have_is_an_error(host: str) -> None:
    async def main() -> Answer:
        async with upstream() as client:
            return await ask(client, Origin("https", host, 443), timeout=1.0)

    assert run(main()).kind in ("resolve", "connect")


def test_the_next_address_is_tried_where_one_does_not_answer() -> None:
    async def main() -> None:
        async with backend(answering(OK)) as server:
            good: Address = (socket.AF_INET, ("127.0.0.1", server.origin.port))
            bad: Address = (socket.AF_INET, ("127.0.0.1", closed_port()))
            v6: Address = (socket.AF_INET6, ("::1", closed_port(), 0, 0))
            for addresses in ((bad, good), (good, bad), (v6, good)):
                async with upstream(resolver=resolver(*addresses)) as client:
                    assert (await ask(client, Origin("http", "backend.test", server.origin.port))).status == 200

    run(main())


def test_connecting_takes_no_longer_than_allowed() -> None:
    async def main() -> Answer:
        # A listener whose backlog is full does not answer.
        with socket.socket() as full:
            full.bind(("127.0.0.1", 0))
            full.listen(0)
            port = full.getsockname()[1]
            with socket.create_connection(("127.0.0.1", port)):
                async with upstream(limits=Limits(connect_timeout=0.1)) as client:
                    return await ask(client, Origin("https", "127.0.0.1", port))

    answer = run(main())
    assert answer.kind == "connect"
    assert "no connection within 0.1 s" in str(answer.error)


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "127.9.9.9", "localhost", "0.0.0.0", "::ffff:127.0.0.1", "::ffff:0.0.0.0", "own-name.test"]
)
def test_a_forbidden_port_of_this_machine_is_out_of_reach_by_any_name(host: str) -> None:
    async def main() -> Answer:
        async with backend(answering(OK), host="0.0.0.0") as server:
            port = server.origin.port
            names = resolver((socket.AF_INET, ("127.0.0.1", port)))
            async with upstream(forbidden_ports=frozenset({port}), resolver=names) as client:
                answer = await ask(client, Origin("http", host, port))
            assert server.connections == 0
            return answer

    answer = run(main())
    assert answer.kind == "forbidden"
    assert "admin port" in str(answer.error)


def test_a_forbidden_port_is_out_of_reach_by_the_machines_other_addresses() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
        except OSError:
            pytest.skip("this machine has no address but loopback")
        own = probe.getsockname()[0]

    async def main() -> Answer:
        async with (
            backend(answering(OK), host="0.0.0.0") as server,
            upstream(forbidden_ports=frozenset({server.origin.port})) as client,
        ):
            return await ask(client, Origin("http", own, server.origin.port))

    assert run(main()).kind == "forbidden"


@pytest.mark.parametrize("host", ["169.254.169.254", "fe80::1", "::ffff:169.254.169.254"])
def test_link_local_addresses_are_out_of_reach(host: str) -> None:
    async def main() -> Answer:
        async with upstream() as client:
            return await ask(client, Origin("http", host, 80))

    assert run(main()).kind == "forbidden"


def test_a_unix_socket_is_reached_by_its_path(tmp_path: Path) -> None:
    async def main() -> tuple[Answer, Answer]:
        path = str(tmp_path / "backend.sock")
        server = await asyncio.start_unix_server(answering(OK), path)
        async with server, upstream(forbidden_ports=frozenset({0})) as client:
            origin = Origin("unix", path, 0)
            return await ask(client, origin), await ask(client, origin, "POST", b"{}")

    first, second = run(main())
    assert (first.status, first.body, second.status) == (200, b"ok", 200)


def test_a_unix_socket_that_nobody_listens_on_is_a_connect_error(tmp_path: Path) -> None:
    async def main() -> Answer:
        async with upstream() as client:
            return await ask(client, Origin("unix", str(tmp_path / "nobody.sock"), 0))

    answer = run(main())
    assert answer.kind == "connect"
    assert f"unix:{tmp_path}/nobody.sock: No such file" in str(answer.error)
