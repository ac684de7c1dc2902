"""`limen users` and `limen token` against a real server."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from limen.jose.compact import parse_token
from tests.support.limen_process import LimenProcess

PASSWORD = "Passw0rd!"


@pytest.fixture(scope="module")
def limen(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LimenProcess]:
    running = LimenProcess(tmp_path_factory.mktemp("users"))
    running.command(
        *("users", "create-pool", "shop", "--client", "web", "--user", "ana", "--password", PASSWORD),
        *("--group", "admins", "--attribute", "email=ana@example.com"),
    )
    yield running
    running.stop()


def test_a_pool_is_listed_with_its_users(limen: LimenProcess) -> None:
    assert [line.split() for line in limen.command("users", "list").stdout.splitlines()] == [
        ["USER", "STATUS", "ENABLED", "EMAIL"],
        ["ana", "CONFIRMED", "True", "ana@example.com"],
    ]
    assert "ana" in limen.command("users", "groups").stdout


def test_a_pool_tells_where_it_is_found(limen: LimenProcess) -> None:
    pool = limen.client("cognito-idp").list_user_pools(MaxResults=1)["UserPools"][0]["Id"]

    printed = limen.command("users", "urls", "--pool", "shop").stdout

    assert f"issuer: https://cognito-idp.us-east-1.localhost:{limen.port}/{pool}" in printed
    assert f"pages:  https://localhost:{limen.port}/_auth/{pool}" in printed
    assert limen.get(f"/_auth/{pool}/login").status == 400


def test_users_come_and_go(limen: LimenProcess) -> None:
    limen.command("users", "add", "bea", "--password", PASSWORD, "--group", "staff")
    assert limen.command("users", "groups", "bea").stdout.split() == ["GROUP", "USERS", "staff", "bea"]

    limen.command("users", "set-password", "bea", "--password", "An0ther!pass")
    limen.command("users", "delete", "bea")

    refused = limen.command("users", "delete", "bea", check=False)
    assert (refused.returncode, "User does not exist." in refused.stderr) == (1, True)


def test_a_weak_password_makes_no_user(limen: LimenProcess) -> None:
    refused = limen.command("users", "add", "cleo", "--password", "weak", check=False)

    assert "Password did not conform with policy" in refused.stderr
    assert "cleo" not in limen.command("users", "list").stdout


def test_a_token_is_all_that_is_printed(limen: LimenProcess) -> None:
    printed = limen.command("token", "--pool", "shop", "--user", "ana", "--claim", "tier=gold").stdout

    claims = parse_token(printed.strip().encode()).claims
    assert printed.count("\n") == 1
    assert (claims["token_use"], claims["cognito:username"], claims["cognito:groups"]) == ("id", "ana", ["admins"])
    assert claims["tier"] == "gold"
    assert claims["iss"].startswith("https://cognito-idp.us-east-1.localhost:")


def test_a_token_carries_the_scopes_that_are_asked_for(limen: LimenProcess) -> None:
    """Whether or not a resource server of the pool has them."""
    refused = limen.command("token", "--user", "ana", "--scope", "two words", check=False)
    assert "'two words' is no scope" in refused.stderr

    own = parse_token(limen.command("token", "--scope", "orders/read").stdout.strip().encode()).claims
    ana = parse_token(limen.command("token", "--user", "ana", "--scope", "orders/read").stdout.strip().encode()).claims
    assert (own["scope"], own["sub"] == own["client_id"]) == ("orders/read", True)
    assert (ana["scope"], ana["username"], ana["token_use"]) == ("orders/read", "ana", "access")


def test_a_pool_is_made_once(limen: LimenProcess, tmp_path: Path) -> None:
    refused = limen.command("users", "create-pool", "shop", check=False)

    assert "there is a user pool shop already" in refused.stderr
