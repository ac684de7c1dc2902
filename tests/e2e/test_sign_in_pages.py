"""Sign-in pages and OAuth endpoints of user pools on the port of APIs, as browsers and apps use them: over TLS."""

import base64
import hashlib
import os
import re
import signal
import socket
import ssl
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import jwt
import pytest

from tests.e2e.test_pool_tokens import make_http_api
from tests.support.limen_process import LimenProcess, wait_until
from tests.support.recording_backend import RecordingBackend

PASSWORD = "Passw0rd!"
CALLBACK = "https://shop.example.com/callback"
VERIFIER = "v" * 43
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()


class Shop:
    """A pool with a domain, a web app without a secret, a machine with one, and ana, whose password is temporary."""

    def __init__(self, limen: LimenProcess) -> None:
        self.limen = limen
        self.admin = limen.client("cognito-idp")
        self.id = self.admin.create_user_pool(PoolName="shop")["UserPool"]["Id"]
        self.domain = "shop-" + self.id.partition("_")[2].lower()
        self.admin.create_user_pool_domain(UserPoolId=self.id, Domain=self.domain)
        self.admin.create_resource_server(
            UserPoolId=self.id,
            Identifier="orders",
            Name="orders",
            Scopes=[{"ScopeName": "read", "ScopeDescription": "read"}],
        )
        self.web = self.make_client(
            AllowedOAuthFlows=["code", "implicit"],
            AllowedOAuthScopes=["openid", "email", "orders/read"],
            CallbackURLs=[CALLBACK],
            LogoutURLs=["https://shop.example.com/bye"],
        )["ClientId"]
        self.machine = self.make_client(
            GenerateSecret=True, AllowedOAuthFlows=["client_credentials"], AllowedOAuthScopes=["orders/read"]
        )
        self.add_user("ana", "Tempor4ry!")

    def make_client(self, **options: Any) -> Any:
        return self.admin.create_user_pool_client(
            UserPoolId=self.id, ClientName="app", AllowedOAuthFlowsUserPoolClient=True, **options
        )["UserPoolClient"]

    def add_user(self, name: str, password: str) -> None:
        self.admin.admin_create_user(
            UserPoolId=self.id,
            Username=name,
            TemporaryPassword=password,
            MessageAction="SUPPRESS",
            UserAttributes=[{"Name": "email", "Value": f"{name}@example.com"}, {"Name": "name", "Value": "A"}],
        )

    @property
    def pages(self) -> str:
        return f"https://{self.domain}.auth.us-east-1.localhost:{self.limen.port}"

    def asked(self, **changed: str) -> dict[str, str]:
        return {
            "response_type": "code",
            "client_id": self.web,
            "redirect_uri": CALLBACK,
            "scope": "openid email orders/read",
            "state": "s&t=1",
            "code_challenge": CHALLENGE,
            "code_challenge_method": "S256",
            **changed,
        }


class Browser(httpx.Client):
    """Finds every name below localhost on this machine, as browsers do; follows nothing by itself."""

    def __init__(self, limen: LimenProcess) -> None:
        context = ssl.create_default_context(cafile=str(limen.ca))
        super().__init__(verify=context, timeout=20, http2=True)

    def submit(self, page: httpx.Response, **fields: str) -> httpx.Response:
        """The one form of a page, with what it hides."""
        hidden = dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', page.text))
        action = re.search(r'action="([^"]+)"', page.text)
        assert action is not None, page.text
        url = page.url.join(action[1].replace("&amp;", "&"))
        return self.post(url, data={**hidden, **fields}, headers={"Origin": f"https://{url.netloc.decode()}"})


@pytest.fixture(autouse=True, scope="module")
def names_below_localhost() -> Iterator[None]:
    """What browsers and many systems do themselves (RFC 6761, section 6.3)."""
    real = socket.getaddrinfo

    def find(host: Any, *rest: Any, **options: Any) -> Any:
        is_local = isinstance(host, str) and host.endswith(".localhost")
        return real("localhost" if is_local else host, *rest, **options)

    socket.getaddrinfo = find
    yield
    socket.getaddrinfo = real


@pytest.fixture(scope="module")
def shop(limen: LimenProcess) -> Shop:
    return Shop(limen)


def test_a_user_signs_in_with_a_temporary_password_and_calls_an_api(
    shop: Shop, limen: LimenProcess, backend: RecordingBackend
) -> None:
    found = discover(shop)
    browser = Browser(limen)
    sent = browser.get(found["authorization_endpoint"], params=shop.asked(nonce="n-1"))
    assert sent.status_code == 302
    page = browser.get(sent.url.join(sent.headers["location"]))
    assert "Sign in to shop" in page.text

    wrong = browser.submit(page, username="ana", password="Wrong0!!")
    assert (wrong.status_code, "Incorrect username or password." in wrong.text) == (400, True)
    change = browser.submit(wrong, username="ana", password="Tempor4ry!")
    assert "Choose a new password" in change.text
    weak = browser.submit(change, new_password="short", new_password_again="short")
    assert "Password did not conform with policy" in weak.text
    back = browser.submit(weak, new_password=PASSWORD, new_password_again=PASSWORD)

    assert (back.status_code, back.headers["location"].startswith(CALLBACK + "?")) == (303, True)
    answer = parse_qs(urlsplit(back.headers["location"]).query)
    assert (answer["state"], answer["iss"]) == (["s&t=1"], [found["issuer"]])
    tokens = redeem(browser, found, shop, answer["code"][0]).json()
    identity = verify(limen, found, tokens["id_token"], audience=shop.web)
    assert (identity["nonce"], identity["email"], "name" in identity) == ("n-1", "ana@example.com", False)
    bearer = {"Authorization": f"Bearer {tokens['access_token']}"}
    told = browser.get(found["userinfo_endpoint"], headers=bearer).json()
    assert told == {"sub": identity["sub"], "username": "ana", "email": "ana@example.com"}
    api = make_http_api(limen, backend.url, found["issuer"], shop.web)
    assert limen.caller(api).get("/", **bearer).status == 200

    again = browser.get(found["authorization_endpoint"], params=shop.asked())
    assert again.headers["location"].startswith(CALLBACK + "?code=")


def discover(shop: Shop) -> Any:
    answer = Browser(shop.limen).get(f"{issuer(shop)}/.well-known/openid-configuration")
    assert answer.headers["cache-control"] == "public, max-age=3600"
    return answer.json()


def redeem(browser: Browser, found: Any, shop: Shop, code: str, **changed: str) -> httpx.Response:
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "client_id": shop.web,
        "redirect_uri": CALLBACK,
        "code_verifier": VERIFIER,
        **changed,
    }
    return browser.post(found["token_endpoint"], data=form)


def verify(limen: LimenProcess, found: Any, token: str, audience: str) -> Any:
    """As an app of others does it, with keys that it fetches over HTTPS."""
    keys = jwt.PyJWKClient(found["jwks_uri"], ssl_context=ssl.create_default_context(cafile=str(limen.ca)))
    return jwt.decode(
        token, keys.get_signing_key_from_jwt(token), algorithms=["RS256"], audience=audience, issuer=found["issuer"]
    )


def test_pages_answer_below_the_bare_host_and_on_the_issuers_host_too(shop: Shop, limen: LimenProcess) -> None:
    browser = Browser(limen)
    page = browser.get(f"{limen.url}/_auth/{shop.id}/login", params=shop.asked())

    assert f'action="/_auth/{shop.id}/login?' in page.text
    assert "frame-ancestors 'none'" in page.headers["content-security-policy"]
    assert browser.get(f"{limen.url}/_auth/us-east-1_000000000/login").status_code == 404
    keys = [browser.get(f"{base}/.well-known/jwks.json") for base in (f"{limen.url}/_auth/{shop.id}", issuer(shop))]
    assert keys[0].json() == keys[1].json()
    assert browser.get(f"{issuer(shop)}/login", params=shop.asked()).status_code == 404
    assert browser.head(f"{issuer(shop)}/.well-known/jwks.json").headers["content-length"] == str(len(keys[1].content))


def test_a_browser_sdk_calls_the_api_of_user_pools_where_apis_are_served(shop: Shop, limen: LimenProcess) -> None:
    shop.add_user("bea", "Tempor4ry!")
    client = shop.admin.create_user_pool_client(
        UserPoolId=shop.id, ClientName="sdk", ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH"]
    )["UserPoolClient"]["ClientId"]
    asked = {
        "ClientId": client,
        "AuthFlow": "USER_PASSWORD_AUTH",
        "AuthParameters": {"USERNAME": "bea", "PASSWORD": "Tempor4ry!"},
    }
    target = "AWSCognitoIdentityProviderService."
    url = f"https://cognito-idp.us-east-1.localhost:{limen.port}/"
    headers = {"Content-Type": "application/x-amz-json-1.1", "Origin": "https://shop.example.com"}

    answer = Browser(limen).post(url, json=asked, headers=headers | {"X-Amz-Target": target + "InitiateAuth"})
    refused = Browser(limen).post(url, json={}, headers=headers | {"X-Amz-Target": target + "ListUserPools"})

    assert answer.json()["ChallengeName"] == "NEW_PASSWORD_REQUIRED"
    assert answer.headers["access-control-allow-origin"] == "*"
    assert refused.json()["__type"] == "UnknownOperationException"


def test_a_machine_gets_tokens_for_itself(shop: Shop, limen: LimenProcess, backend: RecordingBackend) -> None:
    found, browser = discover(shop), Browser(limen)
    pair = (shop.machine["ClientId"], shop.machine["ClientSecret"])

    answer = browser.post(found["token_endpoint"], data={"grant_type": "client_credentials"}, auth=pair)
    wrong = browser.post(found["token_endpoint"], data={"grant_type": "client_credentials"}, auth=(pair[0], "x" * 51))

    assert answer.json()["scope"] == "orders/read"
    assert (wrong.status_code, wrong.json()["error"]) == (401, "invalid_client")
    api = make_http_api(limen, backend.url, found["issuer"], shop.machine["ClientId"])
    assert limen.caller(api).get("/", Authorization=f"Bearer {answer.json()['access_token']}").status == 200


def test_no_client_can_say_that_it_is_another(start_limen: Any) -> None:
    """Wrong secrets count for the address that they really come from, whatever headers say."""
    limen = start_limen()
    shop = Shop(limen)
    answers = []
    with Browser(limen) as browser:
        for number in range(80):
            spoofed = f"198.51.100.{number}"
            named = {"X-Limen-Client": spoofed, "X_Limen_Client": spoofed, "X-Forwarded-For": spoofed}
            form = {"grant_type": "client_credentials"}
            answers.append(
                browser.post(
                    f"{shop.pages}/oauth2/token",
                    data=form,
                    auth=(shop.machine["ClientId"], "x" * 51),
                    headers=named | {"Forwarded": f"for={spoofed}"},
                )
            )

    assert {answer.status_code for answer in answers} == {401, 429}
    assert answers[-1].json()["error"] == "temporarily_unavailable"


def test_pools_answer_503_while_the_control_process_is_away(start_limen: Any) -> None:
    limen = start_limen()
    shop = Shop(limen)
    url = f"{issuer(shop)}/.well-known/jwks.json"
    browser = Browser(limen)
    assert browser.get(url).status_code == 200
    (control,) = limen.control_pids()

    os.kill(control, signal.SIGKILL)

    statuses: list[int] = []

    def is_back() -> bool:
        statuses.append(browser.get(url).status_code)
        return statuses[-1] == 200

    wait_until(is_back, 30, lambda: limen.log)
    assert set(statuses) <= {200, 503}
    assert "Traceback" not in limen.log


def issuer(shop: Shop) -> str:
    return f"https://cognito-idp.us-east-1.localhost:{shop.limen.port}/{shop.id}"
