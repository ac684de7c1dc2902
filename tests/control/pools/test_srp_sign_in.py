"""USER_SRP_AUTH: the exchange, and what is refused of it."""

import time
from base64 import b64decode, b64encode
from typing import Any

import pytest

from limen.identity.srp import pool_name
from tests.control.pools.conftest import PASSWORD, Pools, Shop
from tests.identity.test_srp import SlowClient


class Page:
    """What a web page does."""

    def __init__(self, shop: Shop) -> None:
        self.shop = shop
        self.client = SlowClient(0x1234567890ABCDEF << 300)

    def begin(self, name: str = "ana") -> dict[str, str]:
        parameters = {"USERNAME": name, "SRP_A": f"{self.client.public:x}"}
        begun = self.shop("InitiateAuth", AuthFlow="USER_SRP_AUTH", AuthParameters=parameters)
        assert begun["ChallengeName"] == "PASSWORD_VERIFIER"
        challenge: dict[str, str] = begun["ChallengeParameters"]
        return challenge

    def responses(self, challenge: dict[str, str], password: str = PASSWORD, skew: float = 0.0) -> dict[str, str]:
        moment = time.gmtime(self.shop.pools.time + skew)
        timestamp = time.strftime(f"%a %b {moment.tm_mday} %H:%M:%S UTC %Y", moment)
        block = challenge["SECRET_BLOCK"]
        name = challenge["USER_ID_FOR_SRP"]
        claimed = _sign(self.client, self.shop.id, name, password, challenge, timestamp)
        return {
            "USERNAME": name,
            "PASSWORD_CLAIM_SECRET_BLOCK": block,
            "PASSWORD_CLAIM_SIGNATURE": b64encode(claimed).decode(),
            "TIMESTAMP": timestamp,
        }

    def answer(self, responses: dict[str, str]) -> Any:
        return self.shop("RespondToAuthChallenge", ChallengeName="PASSWORD_VERIFIER", ChallengeResponses=responses)

    def refused(self, responses: dict[str, str]) -> str:
        return self.shop.refuses(
            "RespondToAuthChallenge", ChallengeName="PASSWORD_VERIFIER", ChallengeResponses=responses
        )


def _sign(
    client: SlowClient, pool_id: str, name: str, password: str, challenge: dict[str, str], timestamp: str
) -> bytes:
    block = b64decode(challenge["SECRET_BLOCK"])
    return client.answer(name, password, challenge["SRP_B"], challenge["SALT"], block, timestamp, pool_id)


@pytest.fixture
def page(shop: Shop) -> Page:
    shop.add_user("ana")
    return Page(shop)


WRONG = "NotAuthorizedException: Incorrect username or password."


def test_a_password_is_proven_without_being_sent(page: Page) -> None:
    result = page.answer(page.responses(page.begin()))["AuthenticationResult"]

    assert page.shop.claims(result["AccessToken"])["username"] == "ana"
    assert pool_name(page.shop.id) == page.shop.id.split("_")[1]


def test_a_wrong_password_or_an_altered_answer_is_refused(page: Page) -> None:
    assert page.refused(page.responses(page.begin(), "Wrong0!!")) == WRONG
    responses = page.responses(page.begin())
    assert page.refused(responses | {"PASSWORD_CLAIM_SIGNATURE": b64encode(bytes(32)).decode()}) == WRONG
    assert page.refused(responses | {"PASSWORD_CLAIM_SECRET_BLOCK": b64encode(b"A" * 60).decode()}) == WRONG
    assert page.refused(responses | {"PASSWORD_CLAIM_SECRET_BLOCK": "?"}) == WRONG


def test_an_answer_counts_once(page: Page) -> None:
    responses = page.responses(page.begin())
    page.answer(responses)

    assert page.refused(responses) == (
        "NotAuthorizedException: Invalid session for the user, session can only be used once."
    )


def test_an_answer_is_of_this_time(page: Page) -> None:
    late = page.responses(page.begin(), skew=-301)
    assert page.refused(late).startswith("NotAuthorizedException: TIMESTAMP is more than 5 minutes")
    odd = page.responses(page.begin()) | {"TIMESTAMP": "2023-11-14T22:13:20Z"}
    assert page.refused(odd) == (
        "InvalidParameterException: TIMESTAMP format should be EEE MMM d HH:mm:ss z yyyy in english."
    )
    challenge = page.begin()
    page.shop.pools.time += 181
    assert page.refused(page.responses(challenge)) == (
        "NotAuthorizedException: Invalid session for the user, session is expired."
    )


def test_a_password_that_changed_meanwhile_is_not_the_right_one(page: Page) -> None:
    challenge = page.begin()
    page.shop("AdminSetUserPassword", Username="ana", Password="An0ther!pw", Permanent=True)

    assert page.refused(page.responses(challenge)) == WRONG


def test_five_wrong_answers_lock_out(page: Page) -> None:
    for _ in range(5):
        page.refused(page.responses(page.begin(), "Wrong0!!"))

    parameters = {"USERNAME": "ana", "SRP_A": f"{page.client.public:x}"}
    assert page.shop.refuses("InitiateAuth", AuthFlow="USER_SRP_AUTH", AuthParameters=parameters) == (
        "NotAuthorizedException: Password attempts exceeded"
    )


def test_a_challenge_for_nobody_looks_like_one_for_somebody(pools: Pools) -> None:
    page = Page(Shop(pools, client={"PreventUserExistenceErrors": "ENABLED"}, UsernameAttributes=["email"]))
    first, second = page.begin("bob@example.com"), page.begin("bob@example.com")

    assert first["SALT"] == second["SALT"]
    assert first["USER_ID_FOR_SRP"] == second["USER_ID_FOR_SRP"] != "bob@example.com"
    assert first["SRP_B"] != second["SRP_B"]
    assert page.refused(page.responses(first)) == WRONG


def test_zero_lets_nobody_in(page: Page) -> None:
    parameters = {"USERNAME": "ana", "SRP_A": "0"}

    assert page.shop.refuses("InitiateAuth", AuthFlow="USER_SRP_AUTH", AuthParameters=parameters) == (
        "InvalidParameterException: Srp A is not a number of the group"
    )
