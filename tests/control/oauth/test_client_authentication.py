"""Apps prove who they are by their secret, in one way."""

import pytest

from limen.identity.attempts import Rates
from tests.control.oauth.conftest import Portal

GRANT = {"grant_type": "client_credentials"}


@pytest.fixture
def machine(portal: Portal) -> tuple[str, str]:
    made = portal.make_client(
        GenerateSecret=True, AllowedOAuthFlows=["client_credentials"], AllowedOAuthScopes=["orders/read"]
    )
    return made["ClientId"], made["ClientSecret"]


def test_a_secret_comes_in_the_header_or_in_the_form(portal: Portal, machine: tuple[str, str]) -> None:
    client_id, secret = machine

    assert portal.token(auth=machine, **GRANT).status_code == 200
    assert portal.token(client_id=client_id, client_secret=secret, **GRANT).status_code == 200
    assert portal.token(auth=machine, client_id=client_id, **GRANT).status_code == 200
    both = portal.token(auth=machine, client_secret=secret, **GRANT)
    other = portal.token(auth=machine, client_id="other", **GRANT)
    assert [(each.status_code, each.json()["error"]) for each in (both, other)] == [(400, "invalid_request")] * 2


def test_a_wrong_secret_or_none_is_refused(portal: Portal, machine: tuple[str, str]) -> None:
    client_id, secret = machine
    by_header = portal.token(auth=(client_id, secret + "x"), **GRANT)
    others = [
        portal.token(client_id=client_id, client_secret="wrong", **GRANT),
        portal.token(client_id=client_id, **GRANT),
        portal.token(client_id="unknown", **GRANT),
        portal.token(client_id=portal.shop.client, client_secret="none", **GRANT),
        portal.token(**GRANT),
    ]

    assert by_header.headers["www-authenticate"].startswith("Basic ")
    assert {(each.status_code, each.json()["error"]) for each in (by_header, *others)} == {(401, "invalid_client")}
    assert not any("www-authenticate" in each.headers for each in others)


@pytest.mark.parametrize("header", ["Basic", "Basic !!!", "Basic bm9jb2xvbg==", "Bearer abc", "Basic //79Ov8="])
def test_a_header_that_is_none_is_refused(portal: Portal, header: str) -> None:
    answer = portal.ask("POST", "/oauth2/token", data=GRANT, headers={"Authorization": header})

    assert answer.status_code == 401


def test_whoever_guesses_secrets_has_to_wait(portal: Portal, machine: tuple[str, str]) -> None:
    portal.pools.tools.failures = Rates(0.001, 3)
    statuses = [portal.token(auth=(machine[0], "wrong"), **GRANT).status_code for _ in range(4)]
    assert statuses == [401, 401, 401, 429]

    assert portal.token(auth=machine, **GRANT).status_code == 429
    portal.address = "192.0.2.8"
    assert portal.token(auth=machine, **GRANT).status_code == 200
