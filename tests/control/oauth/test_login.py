"""The page that people sign in with, and what others cannot do with it."""

import pytest

from limen.identity.attempts import Rates
from tests.control.oauth.conftest import CALLBACK, PASSWORD, Portal, told


def test_a_user_signs_in_and_the_app_gets_a_code(portal: Portal) -> None:
    page = portal.login_page()
    assert page.headers["cache-control"] == "no-store"

    back = portal.submit(page, username="ana", password=PASSWORD)

    assert (back.status_code, back.headers["location"].startswith(CALLBACK + "&code=")) == (303, True)
    assert told(back)["state"] == "here"
    assert "__Host-limen-sign-on" in back.headers["set-cookie"]
    for attribute in ("Secure", "HttpOnly", "SameSite=Lax", "Path=/;"):
        assert attribute in back.headers["set-cookie"]


def test_a_page_cannot_be_framed_and_runs_no_scripts(portal: Portal) -> None:
    page = portal.login_page(state="</form><script>alert(1)</script>", login_hint='"><script>alert(1)</script>')

    assert "<script" not in page.text
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy and "frame-ancestors 'none'" in policy
    assert (page.headers["x-frame-options"], page.headers["x-content-type-options"]) == ("DENY", "nosniff")
    assert 'value="&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;"' in page.text


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example.com"},
        {"Origin": "null"},
        {"Origin": "https://shop.auth.us-east-1.localhost.evil.example.com"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_a_form_of_another_page_is_refused(portal: Portal, headers: dict[str, str]) -> None:
    answer = portal.submit(portal.login_page(), headers, username="ana", password=PASSWORD)

    assert (answer.status_code, "location" in answer.headers) == (403, False)


def test_a_form_without_the_browsers_own_token_is_refused(portal: Portal) -> None:
    page = portal.login_page()
    other = portal.submit(page, csrf="0" * 32, username="ana", password=PASSWORD)
    portal.cookies.clear()
    without = portal.submit(page, username="ana", password=PASSWORD)

    assert (other.status_code, without.status_code) == (403, 403)


def test_nobody_learns_who_exists(portal: Portal) -> None:
    """Whatever the client says about it: that setting is about the API."""
    answers = [portal.sign_in(name, "Wrong0!!") for name in ("ana", "nobody", "n" * 200)]

    texts = [answer.text.replace(name, "?") for answer, name in zip(answers, ("ana", "nobody", "n" * 128), strict=True)]
    assert len(set(texts)) == 1
    assert "Incorrect username or password." in texts[0]
    assert {answer.status_code for answer in answers} == {400}


def test_wrong_passwords_lock_a_user_out(portal: Portal) -> None:
    page = portal.login_page()
    for name in ("ana", "nobody"):
        for _ in range(5):
            portal.submit(page, username=name, password="Wrong0!!")

    locked = [portal.submit(page, username=name, password=PASSWORD) for name in ("ana", "nobody")]

    assert ["Password attempts exceeded" in answer.text for answer in locked] == [True, True]


def test_a_user_with_a_temporary_password_chooses_another(portal: Portal) -> None:
    portal.shop("AdminCreateUser", Username="bea", TemporaryPassword="Tempor4ry!", MessageAction="SUPPRESS")
    change = portal.sign_in("bea", "Tempor4ry!")
    assert "Choose a new password for shop" in change.text

    unequal = portal.submit(change, new_password=PASSWORD, new_password_again=PASSWORD + "!")
    weak = portal.submit(unequal, new_password="short", new_password_again="short")
    back = portal.submit(weak, new_password=PASSWORD, new_password_again=PASSWORD)

    assert "The two passwords are not the same." in unequal.text
    assert "Password did not conform with policy" in weak.text
    assert "code" in told(back)
    again = portal.submit(change, new_password=PASSWORD, new_password_again=PASSWORD)
    assert (again.status_code, "Sign in to shop" in again.text) == (400, True)


def test_attributes_are_asked_for_only_where_they_are_missing(portal: Portal) -> None:
    portal.shop("AdminCreateUser", Username="bea", TemporaryPassword="Tempor4ry!", MessageAction="SUPPRESS")
    change = portal.sign_in("bea", "Tempor4ry!")
    fields = {"new_password": PASSWORD, "new_password_again": PASSWORD, "attribute.email": "boss@example.com"}

    answer = portal.submit(change, **fields)

    assert (answer.status_code, portal.shop.attributes("bea").get("email")) == (400, None)


def test_the_app_of_a_form_is_checked_again(portal: Portal) -> None:
    page = portal.login_page()
    page._content = page.content.replace(b"shop.example.com", b"evil.example.com")

    answer = portal.submit(page, username="ana", password=PASSWORD)

    assert (answer.status_code, "location" in answer.headers) == (400, False)


@pytest.mark.parametrize("operation", ["AdminDisableUser", "AdminResetUserPassword"])
def test_who_may_not_sign_in_is_told_why_after_a_right_password(portal: Portal, operation: str) -> None:
    portal.shop(
        "AdminUpdateUserAttributes", Username="ana", UserAttributes=[{"Name": "email_verified", "Value": "true"}]
    )
    portal.shop(operation, Username="ana")

    answer = portal.sign_in()

    assert answer.status_code == 400
    assert "disabled" in answer.text or "reset required" in answer.text


def test_tries_from_one_address_are_limited(portal: Portal) -> None:
    portal.pools.tools.calls = Rates(0.001, 3)
    answers = [portal.login_page().status_code for _ in range(4)]
    portal.address = "192.0.2.8"

    assert (answers[0], answers[-1], portal.login_page().status_code) == (200, 429, 200)
