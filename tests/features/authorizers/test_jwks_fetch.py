"""What issuers publish is fetched over real HTTPS, within bounds, and from nowhere else."""

import json
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from limen.budget import Budget
from limen.clock import Clock
from limen.features.authorizers.jwks_fetch import LIMITS, MOST_HELD, Fetcher, FetchError, is_plain_url
from limen.upstream.client import Upstream
from limen.upstream.tls import client_context
from tests.support.loops import in_loop
from tests.support.oidc_issuer import OidcIssuer
from tests.support.tokens import key_set


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OidcIssuer]:
    issuer = OidcIssuer(tmp_path_factory.mktemp("issuer"))
    yield issuer
    issuer.close()


@pytest.fixture
def issuer(running: OidcIssuer) -> Iterator[OidcIssuer]:
    yield running
    running.answers = {}
    running.delay = 0.0
    running.asked.clear()


@asynccontextmanager
async def fetcher(ca: Path | None, forbidden_ports: frozenset[int] = frozenset()) -> AsyncIterator[Fetcher]:
    clock = Clock()
    clock.start()
    context = client_context(None if ca is None else str(ca))
    fetch = Fetcher(Upstream(clock, Budget(MOST_HELD), limits=LIMITS, context=context, forbidden_ports=forbidden_ports))
    yield fetch
    await fetch.close()
    clock.stop()


@in_loop
async def test_keys_are_found_by_discovery(issuer: OidcIssuer) -> None:
    async with fetcher(issuer.ca) as fetch:
        keys = await fetch.fetch_keys(await fetch.discover(issuer.url))
    assert "1" in keys


@in_loop
async def test_a_slash_at_the_end_of_an_issuer_is_not_doubled(tmp_path: Path) -> None:
    issuer = OidcIssuer(tmp_path, path="/tenant/")
    async with fetcher(issuer.ca) as fetch:
        await fetch.discover(issuer.url)
    issuer.close()
    assert issuer.asked == ["/tenant/.well-known/openid-configuration"]


@in_loop
async def test_an_authority_that_is_not_trusted_is_refused(issuer: OidcIssuer) -> None:
    async with fetcher(None) as fetch:
        with pytest.raises(FetchError, match="certificate not accepted"):
            await fetch.discover(issuer.url)


@in_loop
@pytest.mark.parametrize(
    ("answer", "told"),
    [
        ((302, {"Location": "https://localhost/"}, b"{}"), "answered 302"),
        ((500, {}, b"{}"), "answered 500"),
        ((200, {}, b"<html>"), "no JSON object"),
        ((200, {}, b"[]"), "no JSON object"),
        ((200, {}, b"{}"), "of another issuer, None"),
        ((200, {}, b'{"issuer":"https://evil.example","jwks_uri":"https://evil.example/"}'), "of another issuer"),
        ((200, {"Content-Encoding": "gzip"}, b"{}"), "encoding"),
        ((200, {}, b'{"x":"' + b" " * 150_000 + b'"}'), "150000"),
    ],
)
async def test_other_answers_of_discovery_are_refused(
    issuer: OidcIssuer, answer: tuple[int, dict[str, str], bytes], told: str
) -> None:
    issuer.answers["/.well-known/openid-configuration"] = answer
    async with fetcher(issuer.ca) as fetch:
        with pytest.raises(FetchError, match=told) as caught:
            await fetch.discover(issuer.url)
    assert caught.value.place == "discovery"


@in_loop
@pytest.mark.parametrize(
    "url", ["http://localhost/keys", "file:///etc/passwd", "https://a@localhost/", "//x/", "", 7, None]
)
async def test_keys_are_fetched_over_https_alone(issuer: OidcIssuer, url: object) -> None:
    document = {"issuer": issuer.url, "jwks_uri": url}
    issuer.answers["/.well-known/openid-configuration"] = (200, {}, json.dumps(document).encode())
    async with fetcher(issuer.ca) as fetch:
        with pytest.raises(FetchError, match="jwks_uri is no https URL"):
            await fetch.discover(issuer.url)


@in_loop
async def test_a_large_key_set_is_refused(issuer: OidcIssuer) -> None:
    issuer.answers["/keys"] = (200, {}, json.dumps(key_set() | {"x": " " * 150_000}).encode())
    async with fetcher(issuer.ca) as fetch:
        with pytest.raises(FetchError) as caught:
            await fetch.fetch_keys(issuer.url + "/keys")
    assert caught.value.place == "keys"


@in_loop
async def test_an_issuer_has_a_second_and_a_half(issuer: OidcIssuer) -> None:
    issuer.delay = 3.0
    began = time.monotonic()
    async with fetcher(issuer.ca) as fetch:
        with pytest.raises(FetchError, match=r"within 1\.5 s"):
            await fetch.discover(issuer.url)
    assert 1.4 < time.monotonic() - began < 3.0


@in_loop
async def test_neither_the_admin_port_nor_metadata_is_asked(issuer: OidcIssuer) -> None:
    port = int(issuer.url.rpartition(":")[2])
    async with fetcher(issuer.ca, frozenset({port})) as fetch:
        for name in (issuer.url, f"https://127.0.0.1:{port}", "https://169.254.169.254", "https://[fe80::1]"):
            with pytest.raises(FetchError):
                await fetch.discover(name)
    assert issuer.asked == []


@pytest.mark.parametrize(
    "url",
    [
        "http://a.example",
        "http://localhost.a.example",
        "http://10.0.0.1:8080",
        "HTTPS://a.example",
        "https://",
        "https:///path",
        "https://user@a.example",
        "https://a.example:0",
        "https://a.example:99999",
        "https://a.example/ b",
        "https://a.example/\r\nX: y",
        "https://a.example/\u00e9",
        "https://a.example\\@b.example",
        "https://a.example/" + "x" * 2048,
    ],
)
def test_other_urls_are_not_plain(url: str) -> None:
    assert not is_plain_url(url)


def test_plain_urls_have_hosts_ports_and_paths() -> None:
    assert all(map(is_plain_url, ["https://a.example", "https://a.example:8443/x/y?z=1", "https://[::1]:8443/"]))
    assert all(map(is_plain_url, ["http://localhost:8080/realms/a", "http://127.0.0.1:8080", "http://[::1]/"]))
