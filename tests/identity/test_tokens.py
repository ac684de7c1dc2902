"""Claims and lifetimes of tokens."""

from typing import Any

import pytest
from msgspec.structs import replace

from limen.identity.tokens import SIGN_IN_SCOPE, Grant, Validity, access_claims, client_claims, id_claims, validity_of

GRANT = Grant(
    issuer="https://issuer/pool",
    client_id="client",
    username="ana",
    subject="sub-of-ana",
    authenticated=100,
    attributes={"email": "ana@example.com", "email_verified": "true", "custom:tier": "1"},
    more={"nonce": "n", "sub": "somebody else", "exp": 9, "token_use": "other", "iss": "another"},
)


@pytest.mark.parametrize(
    ("client", "validity"),
    [
        ({}, Validity(3600, 3600, 30 * 86400)),
        ({"AccessTokenValidity": 5, "TokenValidityUnits": {"AccessToken": "minutes"}}, Validity(300, 3600, 2592000)),
        ({"IdTokenValidity": 2, "RefreshTokenValidity": 1}, Validity(3600, 7200, 86400)),
        ({"RefreshTokenValidity": 0}, Validity(3600, 3600, 2592000)),
    ],
)
def test_validity_has_units_and_defaults(client: dict[str, Any], validity: Validity) -> None:
    assert validity_of(client) == validity


def test_no_further_claim_takes_the_place_of_an_own_one() -> None:
    for claims in (id_claims(GRANT, 200, 60), access_claims(GRANT, 200, 60)):
        assert (claims["nonce"], claims["sub"], claims["exp"], claims["iss"]) == (
            "n",
            "sub-of-ana",
            260,
            "https://issuer/pool",
        )


def test_attributes_are_texts_but_for_what_was_verified() -> None:
    claims = id_claims(GRANT, 200, 60)

    assert (claims["email_verified"], claims["custom:tier"], claims["token_use"]) == (True, "1", "id")
    assert "email" not in access_claims(GRANT, 200, 60)
    assert "origin_jti" not in claims


def test_tokens_of_oauth_tell_their_version() -> None:
    by_api = replace(GRANT, scopes=[SIGN_IN_SCOPE])
    by_pages = replace(GRANT, scopes=["openid", SIGN_IN_SCOPE])

    assert "version" not in access_claims(by_api, 200, 60)
    assert access_claims(by_pages, 200, 60)["version"] == 2
    assert "version" not in id_claims(by_pages, 200, 60)


def test_a_client_by_itself_is_its_own_subject() -> None:
    claims = client_claims("https://issuer/pool", "client", ["orders/read"], 200, 60)

    assert (claims["sub"], claims["client_id"], claims["scope"], claims["version"]) == (
        "client",
        "client",
        "orders/read",
        2,
    )
