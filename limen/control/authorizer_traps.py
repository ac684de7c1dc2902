"""Where an answer that an authorizer gave for one route is kept and used for another, which nobody may have thought of.

The classic trap: a function answers with a policy that names the very route it was asked about; the answer is kept by
an identity source that does not tell routes apart; then the next route is refused, or one that was meant to be refused
passes. Guide: "Use API Gateway Lambda authorizers", "Authorization caching".
"""

from collections.abc import Iterable, Mapping
from typing import Any

DEFAULT_REST_TTL = 300
"""Seconds."""
_TELLING = frozenset({"httpmethod", "path", "resourceid", "resourcepath", "routekey"})
"""Variables of the context, in lower case, that differ between routes."""


def find_trap(authorizer: Mapping[str, Any], users: int) -> str | None:
    """What to know of an authorizer, as a REST or HTTP API has it, that so many methods or routes use."""
    ttl = _ttl(authorizer)
    sources = _sources(authorizer)
    if users < 2 or not ttl or any(_tells_routes_apart(source) for source in sources):
        return None
    is_http = "authorizerType" in authorizer
    what, variable = ("routes", "$context.routeKey") if is_http else ("methods", "context.resourcePath")
    return (
        f"authorizer {authorizer.get('name', '')!r} keeps an answer for {ttl} s by {', '.join(sources)}, which does "
        f"not tell apart the {users} {what} that use it: what it answers for one decides for all. Let its function "
        f"allow all that the caller may do, add {variable} to the identity source of a REQUEST authorizer, or keep "
        "nothing (authorizerResultTtlInSeconds: 0)"
    )


def find_traps(authorizers: Mapping[str, Mapping[str, Any]], used: Iterable[str | None]) -> list[tuple[str, str]]:
    """Keys of authorizers, each with what to know; `used` has the key of each method or route, None: it has none."""
    counts: dict[str, int] = {}
    for key in used:
        if key is not None:
            counts[key] = counts.get(key, 0) + 1
    found = ((key, find_trap({"name": key, **each}, counts.get(key, 0))) for key, each in authorizers.items())
    return [(key, told) for key, told in found if told is not None]


def _ttl(authorizer: Mapping[str, Any]) -> int:
    """0 where no function is asked, or no answer kept."""
    is_rest = str(authorizer.get("type", "")).upper() in ("TOKEN", "REQUEST")
    is_http = str(authorizer.get("authorizerType", "")).upper() == "REQUEST"
    if not is_rest and not is_http:
        return 0
    ttl = authorizer.get("authorizerResultTtlInSeconds")
    if ttl is None:
        return DEFAULT_REST_TTL if is_rest else 0
    return int(ttl) if isinstance(ttl, int | float) or str(ttl).isdecimal() else 0


def _sources(authorizer: Mapping[str, Any]) -> list[str]:
    given = authorizer.get("identitySource") or ()
    listed = given.split(",") if isinstance(given, str) else given
    return [str(source).strip() for source in listed]


def _tells_routes_apart(source: str) -> bool:
    place, _, name = source.removeprefix("$").partition(".")
    return place == "context" and name.lower() in _TELLING
