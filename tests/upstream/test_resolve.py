"""Names to addresses: asked once, remembered for a while, spread over, failing clearly."""

import asyncio
import socket

import pytest

from limen.upstream.errors import UpstreamError
from limen.upstream.resolve import LOOKUPS_AT_ONCE, REMEMBER, REMEMBERED_NAMES, Address, Resolver
from tests.upstream.backends import run


class Lookups:
    """Answers every name with the same addresses, and counts."""

    def __init__(self, *addresses: Address, delay: float = 0.0) -> None:
        self.addresses = list(addresses)
        self.delay = delay
        self.names: list[str] = []

    async def __call__(self, host: str, port: int) -> list[Address]:
        self.names.append(host)
        await asyncio.sleep(self.delay)
        return self.addresses


ONE: Address = (socket.AF_INET, ("192.0.2.1", 80))
TWO: Address = (socket.AF_INET, ("192.0.2.2", 80))
SIX: Address = (socket.AF_INET6, ("2001:db8::1", 80, 0, 0))


def test_an_address_is_not_looked_up() -> None:
    lookups = Lookups()

    assert run(Resolver(lookups).resolve("192.0.2.7", 81)) == [(socket.AF_INET, ("192.0.2.7", 81))]
    assert run(Resolver(lookups).resolve("::1", 81)) == [(socket.AF_INET6, ("::1", 81, 0, 0))]
    assert lookups.names == []


def test_all_who_ask_at_once_share_one_lookup() -> None:
    async def main() -> None:
        lookups = Lookups(ONE, delay=0.02)
        resolver = Resolver(lookups)
        answers = await asyncio.gather(*(resolver.resolve("backend.test", 80) for _ in range(10)))
        assert answers == [[ONE]] * 10
        assert lookups.names == ["backend.test"]

    run(main())


def test_an_answer_is_remembered_for_a_while() -> None:
    async def main() -> None:
        now = 0.0
        lookups = Lookups(ONE)
        resolver = Resolver(lookups, lambda: now)
        await resolver.resolve("backend.test", 80)
        now = REMEMBER - 1
        await resolver.resolve("backend.test", 80)
        assert len(lookups.names) == 1
        now = REMEMBER + 1
        await resolver.resolve("backend.test", 80)
        assert len(lookups.names) == 2

    run(main())


def test_addresses_of_the_preferred_family_take_turns() -> None:
    async def main() -> None:
        resolver = Resolver(Lookups(ONE, TWO, SIX))
        firsts = [(await resolver.resolve("backend.test", 80))[0] for _ in range(4)]
        assert sorted(firsts) == [ONE, ONE, TWO, TWO]
        assert (await resolver.resolve("backend.test", 80))[2] == SIX

    run(main())


def test_a_name_without_an_address_is_an_error() -> None:
    with pytest.raises(UpstreamError, match="no address") as raised:
        run(Resolver(Lookups()).resolve("nothing.test", 80))
    assert raised.value.kind == "resolve"


def test_a_failed_lookup_names_the_host_and_is_not_remembered() -> None:
    async def main() -> None:
        asked = 0

        async def fail_once(host: str, port: int) -> list[Address]:
            nonlocal asked
            asked += 1
            if asked == 1:
                raise socket.gaierror(-2, "Name or service not known")
            return [ONE]

        resolver = Resolver(fail_once)
        with pytest.raises(UpstreamError, match=r"backend\.test: .*not known"):
            await resolver.resolve("backend.test", 80)
        assert await resolver.resolve("backend.test", 80) == [ONE]

    run(main())


def test_lookups_and_memory_are_bounded() -> None:
    async def main() -> None:
        resolver = Resolver(Lookups(ONE, delay=0.05))
        waiting = [
            asyncio.ensure_future(resolver.resolve(f"{number}.test", 80)) for number in range(LOOKUPS_AT_ONCE + 1)
        ]
        answers = await asyncio.gather(*waiting, return_exceptions=True)
        assert isinstance(answers[-1], UpstreamError)
        quick = Resolver(Lookups(ONE))
        for number in range(REMEMBERED_NAMES + 10):
            await quick.resolve(f"{number}.test", 80)
        assert len(quick._remembered) == REMEMBERED_NAMES

    run(main())


def test_one_who_gives_up_does_not_take_the_answer_from_others() -> None:
    async def main() -> None:
        resolver = Resolver(Lookups(ONE, delay=0.05))
        impatient = asyncio.ensure_future(resolver.resolve("backend.test", 80))
        patient = asyncio.ensure_future(resolver.resolve("backend.test", 80))
        await asyncio.sleep(0.01)
        impatient.cancel()
        assert await patient == [ONE]

    run(main())


def test_the_systems_own_lookup_knows_localhost() -> None:
    addresses = run(Resolver().resolve("localhost", 80))

    assert {address[1][0] for address in addresses} <= {"127.0.0.1", "::1"}
