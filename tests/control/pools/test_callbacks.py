"""URLs that browsers may be sent back to."""

import pytest

from limen.control.pools.callbacks import find_flaw
from tests.control.pools.conftest import Shop


@pytest.mark.parametrize(
    "url",
    [
        "https://shop.example.com/callback?x=1",
        "http://localhost:3000/",
        "http://127.0.0.1/",
        "http://[::1]:80/",
        "myapp://callback",
        "com.example.app:/callback",
    ],
)
def test_urls_of_apps_are_taken(url: str) -> None:
    assert find_flaw(url) is None


@pytest.mark.parametrize(
    "url",
    [
        "http://shop.example.com/",
        "https://shop.example.com/#x",
        "https://",
        "https://user@shop.example.com/",
        "https://shop.example.com\\@evil.example.com",
        "https://shop.example.com/\r\nSet-Cookie:a=b",
        "/callback",
        "//shop.example.com",
        "javascript:alert(1)",
        "JavaScript://shop.example.com/%0aalert(1)",
        "data:text/html,x",
        "http://localhost.evil.example.com/",
        "https://[::1",
    ],
)
def test_other_urls_are_not(url: str) -> None:
    assert find_flaw(url) is not None


def test_a_client_cannot_have_them(shop: Shop) -> None:
    for name in ("CallbackURLs", "LogoutURLs"):
        refused = shop.refuses("CreateUserPoolClient", ClientName="bad", **{name: ["javascript:alert(1)"]})
        assert refused.startswith(f"InvalidParameterException: Invalid URL in {name}: javascript:alert(1)")
