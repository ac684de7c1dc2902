"""Which operations the port of APIs answers, and to whom."""

import asyncio
from typing import Any

import httpx
import pytest

from limen.control.pools.public import PublicPools

TARGET = "AWSCognitoIdentityProviderService."


async def aws(scope: Any, receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/plain")]})
    await send({"type": "http.response.body", "body": b"answered"})


def ask(method: str = "POST", path: str = "/", **headers: str) -> httpx.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}

    async def send() -> httpx.Response:
        transport = httpx.ASGITransport(PublicPools(aws))
        async with httpx.AsyncClient(transport=transport, base_url="https://cognito-idp.us-east-1.localhost") as client:
            return await client.request(method, path, headers=named)

    return asyncio.run(send())


def test_pages_of_any_origin_may_sign_users_in() -> None:
    answer = ask(x_amz_target=TARGET + "InitiateAuth", origin="https://shop.example.com")

    assert (answer.text, answer.headers["access-control-allow-origin"]) == ("answered", "*")
    preflight = ask("OPTIONS", origin="https://shop.example.com")
    assert "x-amz-target" in preflight.headers["access-control-allow-headers"]


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        ("/", {"x_amz_target": TARGET + "AdminGetUser"}),
        ("/", {"x_amz_target": "Logs_20140328.GetLogEvents"}),
        ("/", {"x_amz_target": "InitiateAuth"}),
        ("/restapis", {"x_amz_target": TARGET + "InitiateAuth"}),
        ("/", {"x_amz_target": TARGET + "GetUser", "authorization": "AWS4-HMAC-SHA256 Credential=x"}),
        ("/", {}),
    ],
)
def test_all_else_is_left_to_the_admin_port(path: str, headers: dict[str, str]) -> None:
    answer = ask(path=path, **headers)

    assert (answer.status_code, answer.json()["__type"]) == (400, "UnknownOperationException")
