"""USER_SRP_AUTH as web pages sign in: amazon-cognito-identity-js, unchanged, against a real server."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from limen.jose.compact import parse_token
from tests.support.limen_process import LimenProcess
from tests.support.node_packages import CLIENTS, node_modules

SCRIPT = Path(__file__).parents[1] / "support" / "srp_browser.cjs"
PASSWORD = "Pässw0rd!"


@pytest.fixture(scope="module")
def packages() -> Path:
    return node_modules(source=CLIENTS)


@pytest.fixture(scope="module")
def place(limen: LimenProcess) -> dict[str, str]:
    """A pool whose users are found by their email, and whose client has SRP alone."""
    admin = limen.client("cognito-idp")
    pool = admin.create_user_pool(PoolName="web", UsernameAttributes=["email"])["UserPool"]["Id"]
    client = admin.create_user_pool_client(UserPoolId=pool, ClientName="web", PreventUserExistenceErrors="ENABLED")[
        "UserPoolClient"
    ]["ClientId"]
    admin.admin_create_user(
        UserPoolId=pool, Username="ana@example.com", TemporaryPassword="Tempor4ry!", MessageAction="SUPPRESS"
    )
    return {"endpoint": limen.admin_url, "pool": pool, "client": client, "username": "ana@example.com"}


@pytest.mark.timeout(660)
def test_a_page_signs_in_with_a_new_password_and_without_sending_it_again(
    packages: Path, limen: LimenProcess, place: dict[str, str]
) -> None:
    first = sign_in(packages, limen, **place, password="Tempor4ry!", newPassword=PASSWORD)
    assert first.get("challenge") == "NEW_PASSWORD_REQUIRED", first

    second = sign_in(packages, limen, **place, password=PASSWORD)

    claims = parse_token(second["id"].encode()).claims
    assert (claims["email"], claims["token_use"], claims["aud"]) == ("ana@example.com", "id", place["client"])
    assert parse_token(second["renewed"].encode()).claims["username"] == claims["cognito:username"] == claims["sub"]


def test_a_page_learns_nothing_from_a_wrong_name_or_password(
    packages: Path, limen: LimenProcess, place: dict[str, str]
) -> None:
    wrong = sign_in(packages, limen, **place, password="Wrong0!!")
    nobody = sign_in(packages, limen, **place | {"username": "bob@example.com"}, password=PASSWORD)

    assert wrong == nobody == {"error": "NotAuthorizedException: Incorrect username or password."}


def sign_in(packages: Path, limen: LimenProcess, **asked: str) -> Any:
    finished = subprocess.run(
        ["node", str(SCRIPT)],
        input=json.dumps(asked),
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
        env=limen.environment | {"NODE_PATH": str(packages / "node_modules"), "NODE_EXTRA_CA_CERTS": str(limen.ca)},
    )
    return json.loads(finished.stdout)
