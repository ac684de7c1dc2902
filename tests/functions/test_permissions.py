"""Which APIs may invoke which functions."""

import asyncio
import logging
from typing import Any

import pytest

from limen.aws.identities import Principal
from limen.aws.principals import describe_principal
from limen.functions.permissions import weigh
from limen.functions.records import AliasRecord, FunctionRecord
from tests.functions.hosting import arn_of, function, hosting, version

SOURCE = "arn:aws:execute-api:us-east-1:000000000000:a1b2c3/prod/GET/pets"


def allowing(arn: str, source: str = "arn:aws:execute-api:us-east-1:000000000000:a1b2c3/*/*/*") -> dict[str, Any]:
    """What AddPermission makes."""
    return {
        "Version": "2012-10-17",
        "Id": "default",
        "Statement": [
            {
                "Sid": "1",
                "Effect": "Allow",
                "Principal": {"Service": "apigateway.amazonaws.com"},
                "Action": "lambda:InvokeFunction",
                "Resource": arn,
                "Condition": {"ArnLike": {"AWS:SourceArn": source}},
            }
        ],
    }


def test_an_api_needs_a_permission() -> None:
    async def run() -> None:
        async with hosting(function("open", policies={"": allowing(arn_of("open"))}), function("closed")) as host:
            assert (await host.invoke("open", X_Limen_Source_Arn=SOURCE)).status == 200
            assert (await host.invoke("open", X_Limen_Source_Arn=SOURCE.replace("a1b2c3", "other"))).status == 403
            refused = await host.invoke("closed", X_Limen_Source_Arn=SOURCE)
            assert (refused.status, refused.headers["x-amzn-errortype"]) == (403, "AccessDeniedException")
            assert "not authorized to perform: lambda:InvokeFunction on resource" in refused.json["message"]

    asyncio.run(run())


def test_the_account_and_a_role_need_none() -> None:
    async def run() -> None:
        async with hosting(function("closed")) as host:
            assert (await host.invoke("closed")).status == 200
            role = {"X_Limen_Role": "arn:aws:iam::000000000000:role/r", "X_Limen_Source_Arn": SOURCE}
            assert (await host.invoke("closed", **role)).status == 200

    asyncio.run(run())


def test_a_permission_is_for_one_qualifier() -> None:
    hello = function(
        "hello",
        version(),
        version("1"),
        aliases={"live": AliasRecord("1"), "test": AliasRecord("1")},
        policies={"live": allowing(arn_of("hello:live"))},
    )

    async def run() -> None:
        async with hosting(hello) as host:
            statuses = {
                name: (await host.invoke(name, X_Limen_Source_Arn=SOURCE)).status
                for name in ("hello:live", "hello", "hello:test", "hello:1")
            }
            assert statuses == {"hello:live": 200, "hello": 403, "hello:test": 403, "hello:1": 403}

    asyncio.run(run())


def test_latest_is_the_function_itself() -> None:
    async def run() -> None:
        async with hosting(function("hello", policies={"": allowing(arn_of("hello"))})) as host:
            assert weigh(host.registry.find_by_name("hello:$LATEST"), SOURCE)
            assert not weigh(host.registry.find_by_name("hello:$LATEST"), "no arn")

    asyncio.run(run())


def test_a_new_policy_counts_at_once() -> None:
    async def run() -> None:
        async with hosting() as host:
            assert (await host.invoke("hello", X_Limen_Source_Arn=SOURCE)).status == 403
            host.put(function("hello", policies={"": allowing(arn_of("hello"))}))
            assert (await host.invoke("hello", X_Limen_Source_Arn=SOURCE)).status == 200
            host.put(function("hello"))
            assert (await host.invoke("hello", X_Limen_Source_Arn=SOURCE)).status == 403

    asyncio.run(run())


def test_what_is_only_warned_of_is_let_through(caplog: pytest.LogCaptureFixture) -> None:
    async def run() -> None:
        async with hosting(enforced=False) as host:
            for _ in range(3):
                assert (await host.invoke("hello", X_Limen_Source_Arn=SOURCE)).status == 200

    with caplog.at_level(logging.WARNING, "limen.functions"):
        asyncio.run(run())
    warnings = [record.message for record in caplog.records if "no policy" in record.message]
    assert warnings == [f"no policy of {arn_of('hello')} lets {SOURCE} invoke it; AWS would refuse"]


def test_verdicts_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("limen.functions.permissions._MOST_VERDICTS", 3)

    async def run() -> None:
        async with hosting(enforced=False) as host:
            for number in range(10):
                await host.invoke("hello", X_Limen_Source_Arn=f"{SOURCE}/{number}")
            assert len(host.registry.find_by_name("hello").function.verdicts) <= 3

    asyncio.run(run())


def test_an_api_may_be_named_without_its_account() -> None:
    """As Terraform does that knows no account."""
    policy = allowing(arn_of("hello"), "arn:aws:execute-api:us-east-1::a1b2c3/*/*")

    async def run() -> None:
        async with hosting(function("hello", policies={"": policy})) as host:
            hello = host.registry.find_by_name("hello")
            assert weigh(hello, SOURCE)
            assert not weigh(hello, SOURCE.replace("a1b2c3", "other"))
            assert not weigh(hello, "no arn")

    asyncio.run(run())


def letting(arn: str, principal: str) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Principal": {"AWS": principal}, "Action": "lambda:InvokeFunction", "Resource": arn}
    return {"Version": "2012-10-17", "Statement": [statement]}


def named(name: str, principal: str) -> FunctionRecord:
    return function(name, policies={"": letting(arn_of(name), principal)})


def test_a_policy_may_let_a_caller_whom_no_policy_of_its_own_lets() -> None:
    ana = Principal(kind="User", arn="arn:aws:iam::000000000000:user/ana", account="000000000000", user_id="AIDAANA")
    sent = {"X_Limen_Principal": describe_principal(ana).decode()}

    async def run() -> None:
        async with hosting(
            named("hers", ana.arn),
            named("his", "arn:aws:iam::000000000000:user/ben"),
            named("accounts", "000000000000"),
            function("closed"),
        ) as host:
            statuses = {
                name: (await host.invoke(name, **sent)).status for name in ("hers", "his", "accounts", "closed")
            }
            assert statuses == {"hers": 200, "his": 403, "accounts": 403, "closed": 403}
            refused = await host.invoke("closed", **sent)
            assert f"User: {ana.arn} is not authorized" in refused.json["message"]
            assert (await host.invoke("hers", X_Limen_Principal="[1]")).status == 400

    asyncio.run(run())
