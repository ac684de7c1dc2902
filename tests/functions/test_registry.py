"""Which version of which function a request means, and what a change does to that."""

import asyncio
from collections import Counter

import pytest

from limen.functions.errors import InvokeError
from limen.functions.invocation import Invocation, Outcome
from limen.functions.records import AliasRecord, VersionRecord
from tests.functions.hosting import arn_of, function, hosting, version

PLAIN = "/2015-03-31/functions/%s/invocations"
VERSIONS = (version(), version("1"), version("2"))


async def tell_version(invocation: Invocation, version: VersionRecord) -> Outcome:
    return Outcome(payload=f'"{version.version} {invocation.invoked_arn}"'.encode())


def test_a_qualifier_picks_a_version() -> None:
    hello = function("hello", *VERSIONS, aliases={"live": AliasRecord("2")})

    async def run() -> None:
        async with hosting(hello, handler=tell_version) as host:
            for name, executed in {
                "hello": "$LATEST",
                "hello:1": "1",
                "hello:live": "2",
                "hello:$LATEST": "$LATEST",
            }.items():
                answer = await host.invoke(name)
                assert answer.headers["x-amz-executed-version"] == executed
                assert answer.json == f"{executed} {arn_of(name)}"
            by_query = await host.invoke(f"{arn_of('hello')}?Qualifier=live")
            assert by_query.json == f"2 {arn_of('hello:live')}"

    asyncio.run(run())


def test_an_alias_shares_its_invocations() -> None:
    hello = function("hello", *VERSIONS, aliases={"live": AliasRecord("1", {"2": 0.3})})

    async def run() -> None:
        async with hosting(hello) as host:
            route = host.registry.find_by_name("hello:live")
            drawn = Counter(route.pick_version() for _ in range(4000))
            assert set(drawn) == {"1", "2"}
            assert 0.2 < drawn["2"] / 4000 < 0.4

    asyncio.run(run())


@pytest.mark.parametrize(
    ("target", "error", "message"),
    [
        (PLAIN % "nobody", "ResourceNotFoundException", f"Function not found: {arn_of('nobody')}"),
        (PLAIN % "hello%3A9", "ResourceNotFoundException", f"Function not found: {arn_of('hello:9')}"),
        (
            PLAIN % "hello%3A1" + "?Qualifier=2",
            "InvalidParameterValueException",
            "The derived qualifier from the function name does not match the specified qualifier.",
        ),
        (PLAIN % "..%2Fhello", "InvalidParameterValueException", "'../hello' is not the name or the ARN of a function"),
        (PLAIN % "hello" + "?" + "a=b&" * 50, "InvalidParameterValueException", "too many parameters"),
        ("/", "UnknownOperationException", "The functions host answers Invoke and no other operation"),
    ],
)
def test_what_is_not_there_is_named(target: str, error: str, message: str) -> None:
    async def run() -> None:
        async with hosting(function("hello", *VERSIONS)) as host:
            with pytest.raises(InvokeError) as raised:
                host.registry.find(target.encode())
            assert (raised.value.name, raised.value.message) == (error, message)

    asyncio.run(run())


def test_an_alias_of_a_version_that_is_gone_runs_nothing() -> None:
    async def run() -> None:
        async with hosting(function("hello", version(), aliases={"live": AliasRecord("7")})) as host:
            answer = await host.invoke("hello:live")
            assert answer.json["message"] == f"Function not found: {arn_of('hello:7')}"
            assert host.machine.in_flight == 0

    asyncio.run(run())


def test_a_change_is_met_by_the_next_invocation() -> None:
    async def run() -> None:
        async with hosting(function("hello"), function("other")) as host:
            assert (await host.invoke("hello")).status == 200
            host.put(gone=[arn_of("hello")])
            assert (await host.invoke("hello")).status == 404
            host.put(function("hello"))
            assert (await host.invoke("hello")).status == 200
            host.put(function("hello"), first=True)
            assert (await host.invoke("other")).status == 404

    asyncio.run(run())


def test_remembered_names_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("limen.functions.registry._MOST_ROUTES", 3)

    async def run() -> None:
        async with hosting() as host:
            for number in range(10):
                host.registry.find(f"/2015-03-31/functions/hello/invocations?{number}".encode())
            assert len(host.registry._routes) <= 3

    asyncio.run(run())
