"""Fetches what issuers publish: OIDC discovery, and the key set that it names (OpenID Connect Discovery 1.0).

Over https, or over http where an issuer is on this machine, as identity servers in development are; without following
redirects, within API Gateway's bounds: 1500 ms for each answer, 150,000 bytes.
"""

import asyncio
import ipaddress
import re
from typing import Protocol
from urllib.parse import urlsplit

from limen.jose.key_set import MOST_BYTES, KeySet, read_key_set
from limen.jose.strict_json import read_object
from limen.upstream.call import Call
from limen.upstream.client import Upstream
from limen.upstream.errors import UpstreamError
from limen.upstream.limits import Limits
from limen.upstream.origin import Origin
from limen.wire import Header, find_header

TIMEOUT = 1.5
"""Seconds for each answer, its connection included (developer guide, quotas of HTTP APIs)."""

LIMITS = Limits(connections_per_origin=4, connect_timeout=TIMEOUT, response_body=MOST_BYTES)
"""Of the upstream that issuers are asked with: its own, so that no integration takes its connections."""

MOST_HELD = 4 << 20
"""Bytes of answers that come in at once."""

WELL_KNOWN = "/.well-known/openid-configuration"

_URL = re.compile(r"https?://[!#-;=?-~]+")
"""ASCII without white space, quotes, angle brackets: what needs no escaping in a request line."""


class FetchError(Exception):
    """Raised where an issuer's documents cannot be had; `place` says which: `discovery` or `keys`."""

    def __init__(self, place: str, reason: str) -> None:
        super().__init__(f"{place}: {reason}")
        self.place = place
        self.reason = reason


class FetchKeys(Protocol):
    """How key sets are come by."""

    async def discover(self, issuer: str) -> str:
        """The URL of an issuer's key set. Raises FetchError."""

    async def fetch_keys(self, url: str) -> KeySet:
        """Raises FetchError."""

    async def close(self) -> None: ...


class Fetcher:
    """FetchKeys over an upstream."""

    def __init__(self, upstream: Upstream) -> None:
        self._upstream = upstream

    async def discover(self, issuer: str) -> str:
        text = await self._get("discovery", issuer.removesuffix("/") + WELL_KNOWN)
        try:
            document = read_object(text)
        except ValueError as error:
            raise FetchError("discovery", f"no JSON object: {error}") from None
        if document.get("issuer") != issuer:
            raise FetchError("discovery", f"it is of another issuer, {_short(document.get('issuer'))}")
        url = document.get("jwks_uri")
        if type(url) is not str or not is_plain_url(url) or (_is_http(url) and not _is_http(issuer)):
            raise FetchError("discovery", f"jwks_uri is no https URL: {_short(url)}")
        return url

    async def fetch_keys(self, url: str) -> KeySet:
        text = await self._get("keys", url)
        try:
            return read_key_set(text)
        except ValueError as error:
            raise FetchError("keys", f"{url} is no key set: {error}") from None

    async def _get(self, place: str, url: str) -> bytes:
        if not is_plain_url(url):
            raise FetchError(place, f"neither an https URL nor one of this machine: {url!r}")
        call = _Get(url)
        self._upstream.send(call)
        try:
            return await call.answer
        except UpstreamError as error:
            raise FetchError(place, f"{url}: {error.message}") from None

    async def close(self) -> None:
        await self._upstream.close(timeout=0.0)


def is_plain_url(url: str) -> bool:
    """Whether a document may be fetched from there: https or this machine, a host, no user, a possible port."""
    if not _URL.fullmatch(url) or len(url) > 2048:
        return False
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return False
    if not parts.hostname or "@" in parts.netloc or "\\" in url or port == 0:
        return False
    return not _is_http(url) or is_this_machine(parts.hostname)


def is_this_machine(host: str) -> bool:
    """Whether a host is the loopback interface by what it is called: nothing that is sent to it can be overheard."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _is_http(url: str) -> bool:
    return url.startswith("http://")


def _short(value: object) -> str:
    """For logs: what an issuer sent may be long."""
    return repr(value)[:200]


class _Get(Call):
    """A GET whose answer is awaited; anything but 200 is an error."""

    __slots__ = ("answer", "url")

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        origin = Origin(parts.scheme, parts.hostname or "", parts.port or (80 if _is_http(url) else 443))
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        head = f"GET {path} HTTP/1.1\r\nHost: {parts.netloc}\r\nAccept: application/json\r\n\r\n"
        super().__init__(origin, b"GET", head.encode(), b"", TIMEOUT, is_idempotent=True)
        self.url = url
        self.answer: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()

    def responded(self, status: int, headers: list[Header], body: bytes) -> None:
        if status != 200:
            self._fail(f"answered {status}, not 200")
        elif (find_header(headers, b"content-encoding") or b"identity").lower() != b"identity":
            self._fail("answered in an encoding that was not asked for")
        elif not self.answer.done():
            self.answer.set_result(bytes(body))

    def failed(self, error: UpstreamError) -> None:
        if not self.answer.done():
            self.answer.set_exception(error)

    def _fail(self, reason: str) -> None:
        self.failed(UpstreamError("protocol", reason))
