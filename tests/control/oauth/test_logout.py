"""Signing out of a browser, and where it goes then."""

from tests.control.oauth.conftest import BYE, Portal


def test_a_browser_goes_on_to_a_page_of_the_app(portal: Portal) -> None:
    portal.sign_in()

    answer = portal.get("/logout", client_id=portal.shop.client, logout_uri=BYE)

    assert (answer.status_code, answer.headers["location"]) == (302, BYE)
    assert "Max-Age=0" in answer.headers["set-cookie"]


def test_the_words_of_openid_connect_do_too(portal: Portal) -> None:
    answer = portal.get("/logout", client_id=portal.shop.client, post_logout_redirect_uri=BYE, state="s")

    assert answer.headers["location"] == BYE + "?state=s"


def test_nobody_is_sent_to_a_page_of_somebody_else(portal: Portal) -> None:
    for parameters in (
        {"client_id": portal.shop.client, "logout_uri": "https://evil.example.com"},
        {"client_id": "unknown", "logout_uri": BYE},
        {"logout_uri": BYE},
        {"client_id": portal.shop.client, "redirect_uri": "https://evil.example.com", "response_type": "code"},
    ):
        answer = portal.get("/logout", **parameters)
        assert (answer.status_code, "location" in answer.headers) == (400, False)


def test_a_browser_may_sign_in_again_at_once(portal: Portal) -> None:
    portal.sign_in()

    answer = portal.get("/logout", **portal.asked())

    assert answer.headers["location"].startswith("/login?response_type=code")
    assert portal.authorize().headers["location"].startswith("/login?")


def test_a_page_says_that_one_has_signed_out(portal: Portal) -> None:
    assert "You have signed out" in portal.get("/logout").text
