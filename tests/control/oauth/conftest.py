"""OAuth endpoints without a wire: the application on a real store, asked by a browser that keeps cookies."""

import asyncio
import re
from collections.abc import Callable, Mapping
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from limen.aws.call import AwsCall, Client
from limen.control.call import Answer, Aside, Call
from limen.control.oauth.app import OAuthApp
from limen.control.pools.public import PublicPools
from tests.control.pools.conftest import PASSWORD, Pools, Shop, pools, quick_secrets, signing_keys

__all__ = ["pools", "quick_secrets", "signing_keys"]

CALLBACK = "https://shop.example.com/callback?from=limen"
BYE = "https://shop.example.com/bye"
VERIFIER = "v" * 43
CHALLENGE = "7w_YNF9DSfIdPf_pRjSq646_kPr-2-o9NAl16JGghdM"
"""SHA-256 of the verifier."""


class Portal:
    """A pool with a domain, ana as its user, a web app without a secret; `browser` keeps what it is told to."""

    def __init__(self, pools: Pools) -> None:
        self.pools = pools
        pools("CreateUserPool", PoolName="other")
        self.shop = Shop(pools, client=WEB)
        pools("CreateUserPoolDomain", UserPoolId=self.shop.id, Domain="shop")
        pools(
            "CreateResourceServer",
            UserPoolId=self.shop.id,
            Identifier="orders",
            Name="orders",
            Scopes=[{"ScopeName": "read", "ScopeDescription": "read"}, {"ScopeName": "write", "ScopeDescription": "w"}],
        )
        self.shop.add_user("ana", email="ana@example.com", name="Ana")
        self.cookies = httpx.Cookies()
        self.host = "shop.auth.us-east-1.localhost"
        self.address = "192.0.2.7"

    def make_client(self, **options: Any) -> dict[str, Any]:
        made: dict[str, Any] = self.pools(
            "CreateUserPoolClient", **{"UserPoolId": self.shop.id, "ClientName": "app", **WEB, **options}
        )["UserPoolClient"]
        return made

    def asked(self, **changed: str | None) -> dict[str, str]:
        parameters = {
            "response_type": "code",
            "client_id": self.shop.client,
            "redirect_uri": CALLBACK,
            "scope": "openid email",
            "state": "here",
            "code_challenge": CHALLENGE,
            "code_challenge_method": "S256",
            **changed,
        }
        return {name: value for name, value in parameters.items() if value is not None}

    def ask(self, method: str, path: str, **options: Any) -> httpx.Response:
        async def send() -> httpx.Response:
            app = OAuthApp(self._run, PublicPools(refuse_all), "localhost")
            transport = httpx.ASGITransport(app)
            headers = {"X-Limen-Client": self.address, **options.pop("headers", {})}
            async with httpx.AsyncClient(
                transport=transport, base_url=f"https://{self.host}", cookies=self.cookies
            ) as client:
                answer = await client.request(method, path, headers=headers, **options)
                self.cookies = client.cookies
                return answer

        return asyncio.run(send())

    def get(self, path: str, **parameters: str) -> httpx.Response:
        return self.ask("GET", path, params=parameters)

    def authorize(self, **changed: str | None) -> httpx.Response:
        return self.get("/oauth2/authorize", **self.asked(**changed))

    def login_page(self, **changed: str | None) -> httpx.Response:
        return self.get("/login", **self.asked(**changed))

    def submit(self, page: httpx.Response, headers: Mapping[str, str] | None = None, **fields: str) -> httpx.Response:
        """The form of a page, with what it hides."""
        hidden = dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', page.text))
        action = re.search(r'action="([^"]+)"', page.text)
        assert action is not None, page.text
        sent = {"Origin": f"https://{self.host}", **(headers or {})}
        return self.ask("POST", unescape(action[1]), data={**hidden, **fields}, headers=sent)

    def sign_in(self, username: str = "ana", password: str = PASSWORD, **changed: str | None) -> httpx.Response:
        return self.submit(self.login_page(**changed), username=username, password=password)

    def code(self, **changed: str | None) -> str:
        return told(self.sign_in(**changed))["code"]

    def token(self, auth: tuple[str, str] | None = None, **form: str) -> httpx.Response:
        return self.ask("POST", "/oauth2/token", data=form, auth=auth)

    def redeem(self, code: str, **changed: str | None) -> httpx.Response:
        form = {
            "grant_type": "authorization_code",
            "client_id": self.shop.client,
            "code": code,
            "redirect_uri": CALLBACK,
            "code_verifier": VERIFIER,
            **changed,
        }
        return self.token(**{name: value for name, value in form.items() if value is not None})

    async def _run(self, endpoint: Callable[[Call], Answer], address: str) -> Any:
        aws = AwsCall("cognito-idp", "InitiateAuth", {}, "000000000000", "", "", "request", client=Client(address))
        answer = self._in_transaction(aws, endpoint)
        while isinstance(answer, Aside):
            aside, result = answer, answer.work()
            answer = self._in_transaction(aws, lambda call, aside=aside, result=result: aside.go_on(call, result))
        return answer

    def _in_transaction(self, aws: AwsCall, endpoint: Callable[[Call], Answer]) -> Answer:
        with self.pools.store.transaction() as transaction:
            return endpoint(Call(aws, transaction, self.pools.settings))


WEB = {
    "AllowedOAuthFlowsUserPoolClient": True,
    "AllowedOAuthFlows": ["code", "implicit"],
    "AllowedOAuthScopes": ["openid", "email", "profile"],
    "CallbackURLs": [CALLBACK],
    "LogoutURLs": [BYE],
}


def told(answer: httpx.Response) -> dict[str, str]:
    """What the app is told at its callback URL."""
    location = answer.headers["location"]
    assert location.startswith(CALLBACK), location
    parts = urlsplit(location)
    found = parse_qs(parts.fragment or parts.query)
    return {name: value[0] for name, value in found.items() if name != "from"}


async def refuse_all(scope: Any, receive: Any, send: Any) -> None:
    raise AssertionError("no operation of AWS is asked for here")


@pytest.fixture
def portal(pools: Pools) -> Portal:
    return Portal(pools)
