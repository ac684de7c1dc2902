"""Browsers that have signed in already."""

from typing import Any

import pytest

from limen.control.oauth.sign_ons import MOST_SIGN_ONS
from tests.control.oauth.conftest import BYE, PASSWORD, Portal, told


def test_a_second_app_needs_no_second_sign_in(portal: Portal) -> None:
    other = portal.make_client()["ClientId"]
    portal.sign_in()
    portal.pools.time += 600

    answer = portal.authorize(client_id=other)

    tokens = portal.redeem(told(answer)["code"], client_id=other).json()
    claims = portal.shop.claims(tokens["id_token"])
    assert (claims["aud"], claims["iat"] - claims["auth_time"]) == (other, 600)


@pytest.mark.parametrize("prompt", ["login", "select_account"])
def test_an_app_may_ask_for_a_fresh_sign_in(portal: Portal, prompt: str) -> None:
    portal.sign_in()
    portal.pools.time += 61

    assert portal.authorize(prompt=prompt).headers["location"].startswith("/login?")
    assert portal.authorize(max_age="60").headers["location"].startswith("/login?")
    assert "code" in told(portal.authorize(max_age="62", prompt="none"))


@pytest.mark.parametrize(
    "ends",
    [
        lambda portal: setattr(portal.pools, "time", portal.pools.time + 3601),
        lambda portal: portal.shop("AdminUserGlobalSignOut", Username="ana"),
        lambda portal: portal.shop("AdminDisableUser", Username="ana"),
        lambda portal: portal.shop("AdminDeleteUser", Username="ana"),
        lambda portal: portal.shop("AdminSetUserPassword", Username="ana", Password=PASSWORD, Permanent=True),
        lambda portal: portal.get("/logout", client_id=portal.shop.client, logout_uri=BYE),
    ],
)
def test_what_ends_a_sign_on_ends_it_for_a_copied_cookie_too(portal: Portal, ends: Any) -> None:
    portal.sign_in()
    copied = dict(portal.cookies)

    ends(portal)

    for name, value in copied.items():
        portal.cookies.set(name, value, domain=portal.host)
    assert portal.authorize().headers["location"].startswith("/login?")


def test_a_cookie_counts_for_its_own_pool_alone(portal: Portal) -> None:
    portal.sign_in()
    cookie = portal.cookies["__Host-limen-sign-on"]
    pools = portal.pools("ListUserPools", MaxResults=9)["UserPools"]
    other = next(pool["Id"] for pool in pools if pool["Name"] == "other")
    client = portal.make_client(UserPoolId=other)["ClientId"]
    portal.host = "localhost"

    for name in ("__Secure-limen-sign-on", "__Host-limen-sign-on"):
        answer = portal.ask(
            "GET",
            f"/_auth/{other}/oauth2/authorize",
            params=portal.asked(client_id=client),
            headers={"Cookie": f"{name}={cookie}"},
        )
        assert answer.headers["location"].startswith(f"/_auth/{other}/login?")


def test_below_a_bare_host_the_cookie_is_for_the_pool_alone(portal: Portal) -> None:
    portal.host = "localhost"
    page = portal.get(f"/_auth/{portal.shop.id}/login", **portal.asked())

    back = portal.submit(page, username="ana", password=PASSWORD)

    assert "__Secure-limen-sign-on=" in back.headers["set-cookie"]
    assert f"Path=/_auth/{portal.shop.id}/;" in back.headers["set-cookie"]


def test_a_user_has_so_many_sign_ons_and_no_more(portal: Portal) -> None:
    for number in range(MOST_SIGN_ONS + 3):
        portal.address = f"192.0.2.{number}"
        portal.sign_in()

    with portal.pools.store.reader() as reader:
        assert len(list(reader.all("PoolSignOn"))) == MOST_SIGN_ONS
