"""The API key of a request: where an API says that it is, as it was sent; whether it is good is not asked here.

Guide: "Choose an API key source in API Gateway". Of a method that requires no key there is none, whatever is sent.
"""

from collections.abc import Callable
from typing import TypeAlias

from limen.gateway.errors import PlanError
from limen.gateway.exchange import Exchange

FindApiKey: TypeAlias = Callable[[Exchange], str | None]
"""None where there is none, or several: what one reader takes for the first is the last for another."""

FindSentKey: TypeAlias = Callable[[Exchange], bytes | None]
"""The same as bytes, which digests are made of."""

HEADER, AUTHORIZER = "HEADER", "AUTHORIZER"

_NAME = b"x-api-key"


def key_of_header(exchange: Exchange) -> str | None:
    value = sent_in_header(exchange)
    return None if value is None else value.decode("utf-8", "surrogateescape")


def sent_in_header(exchange: Exchange) -> bytes | None:
    found: bytes | None = None
    for lower, _, value in exchange.headers:
        if lower == _NAME:
            if found is not None:
                return None
            found = value
    return found or None


def key_of_authorizer(exchange: Exchange) -> str | None:
    """What a Lambda authorizer answered as `usageIdentifierKey`; the header is not looked at."""
    return None if exchange.caller is None else exchange.caller.usage_key or None


def sent_by_authorizer(exchange: Exchange) -> bytes | None:
    value = key_of_authorizer(exchange)
    return None if value is None else value.encode("utf-8", "surrogateescape")


API_KEY_SOURCES: dict[str, FindApiKey] = {HEADER: key_of_header, AUTHORIZER: key_of_authorizer}
_SENT: dict[FindApiKey, FindSentKey] = {key_of_header: sent_in_header, key_of_authorizer: sent_by_authorizer}


def compile_api_key_source(source: str) -> FindApiKey:
    """By `apiKeySource` of a REST API. Raises PlanError."""
    find = API_KEY_SOURCES.get(source)
    if find is None:
        raise PlanError(f"apiKeySource {source!r} is neither HEADER nor AUTHORIZER")
    return find


def find_sent_key(find: FindApiKey) -> FindSentKey:
    """How the same key is found as bytes."""
    return _SENT[find]


def api_key_of(exchange: Exchange) -> str | None:
    """`$context.identity.apiKey`."""
    find = exchange.plan.find_api_key
    return None if find is None else find(exchange)
