"""Refresh tokens that are given up."""

from tests.control.oauth.conftest import Portal


def test_a_revoked_token_ends_its_session(portal: Portal) -> None:
    tokens = portal.redeem(portal.code()).json()
    client = {"client_id": portal.shop.client}

    assert portal.ask("POST", "/oauth2/revoke", data={**client, "token": tokens["refresh_token"]}).status_code == 200

    refused = portal.token(grant_type="refresh_token", refresh_token=tokens["refresh_token"], **client)
    assert refused.json()["error"] == "invalid_grant"


def test_another_client_ends_nothing(portal: Portal) -> None:
    tokens = portal.redeem(portal.code()).json()
    other = {"client_id": portal.make_client()["ClientId"], "token": tokens["refresh_token"]}

    assert portal.ask("POST", "/oauth2/revoke", data=other).status_code == 200

    form = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}
    assert portal.token(client_id=portal.shop.client, **form).status_code == 200


def test_what_cannot_be_revoked_is_refused(portal: Portal) -> None:
    tokens = portal.redeem(portal.code()).json()
    client = {"client_id": portal.shop.client}
    keeps = portal.make_client(EnableTokenRevocation=False)["ClientId"]

    access = portal.ask("POST", "/oauth2/revoke", data={**client, "token": tokens["access_token"]})
    missing = portal.ask("POST", "/oauth2/revoke", data=client)
    disabled = portal.ask("POST", "/oauth2/revoke", data={"client_id": keeps, "token": "x"})
    nothing = portal.ask("POST", "/oauth2/revoke", data={**client, "token": "x"})

    assert [each.json().get("error") for each in (access, missing, disabled, nothing)] == [
        "unsupported_token_type",
        "invalid_request",
        "invalid_request",
        None,
    ]
