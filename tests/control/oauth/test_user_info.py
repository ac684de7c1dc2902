"""What an access token tells of its user."""

import pytest

from tests.control.oauth.conftest import Portal


@pytest.mark.parametrize(
    ("scope", "names"),
    [
        ("openid", {"sub", "username", "email", "name"}),
        ("openid email", {"sub", "username", "email"}),
        ("openid profile", {"sub", "username", "name"}),
    ],
)
def test_scopes_say_what_is_told(portal: Portal, scope: str, names: set[str]) -> None:
    tokens = portal.redeem(portal.code(scope=scope)).json()

    for method in ("GET", "POST"):
        answer = portal.ask(method, "/oauth2/userInfo", headers={"Authorization": f"bearer {tokens['access_token']}"})
        assert set(answer.json()) == names


def test_a_token_that_does_not_count_is_refused(portal: Portal) -> None:
    tokens = portal.redeem(portal.code()).json()

    assert ask(portal, "").headers["www-authenticate"] == "Bearer"
    for token in ("abc", tokens["id_token"], tokens["access_token"][:-4] + "AAAA"):
        answer = ask(portal, f"Bearer {token}")
        assert (answer.status_code, answer.json()["error"]) == (401, "invalid_token")
        assert answer.headers["www-authenticate"].startswith('Bearer error="invalid_token"')
    portal.pools.time += 3601
    assert ask(portal, f"Bearer {tokens['access_token']}").json()["error_description"] == "Access Token has expired"


def test_a_token_without_openid_is_not_enough(portal: Portal) -> None:
    access = portal.shop.tokens("ana")["AccessToken"]

    answer = ask(portal, f"Bearer {access}")

    assert (answer.status_code, answer.json()["error"]) == (403, "insufficient_scope")


def test_a_token_of_another_pool_is_refused(portal: Portal) -> None:
    tokens = portal.redeem(portal.code()).json()
    pools = portal.pools("ListUserPools", MaxResults=9)["UserPools"]
    other = next(pool["Id"] for pool in pools if pool["Id"] != portal.shop.id)
    portal.host = "localhost"

    answer = portal.ask(
        "GET", f"/_auth/{other}/oauth2/userInfo", headers={"Authorization": f"Bearer {tokens['access_token']}"}
    )

    assert answer.status_code == 401


def ask(portal: Portal, header: str):  # type: ignore[no-untyped-def]
    return portal.ask("GET", "/oauth2/userInfo", headers={"Authorization": header} if header else {})
