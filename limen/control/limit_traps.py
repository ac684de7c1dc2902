"""Limits that do nothing, or let nothing through, and cached responses that go to whoever asks: worth a word.

Guide: "Throttle requests to your REST APIs for better throughput", "Cache settings for REST APIs".
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from limen.control.openapi.import_rest import ImportedRest
from limen.control.openapi.source import Pointer

_IDENTITY = ("authorization", "x-api-key", "cookie")
"""Headers, in lower case, that tell callers apart whatever an authorizer reads."""


def throttle_traps(what: str, rate: float | None, burst: float | None, cap: float | None = None) -> Iterator[str]:
    """What to know of a limit of calls; `cap`: the rate of another that holds for the same calls before."""
    if rate is not None and rate < 0:
        return
    if rate == 0 or burst == 0:
        yield f"{what} admits no call at all: its {'rate' if rate == 0 else 'burst'} is 0"
    elif rate is None and burst is not None and burst >= 0:
        yield f"{what} has a burst and no rate, and limits nothing"
    elif rate is not None and cap is not None and 0 <= cap <= rate:
        yield f"{what} never takes effect: {rate:g} calls per second are more than the {cap:g} that are let through"


def plan_traps(plan: Mapping[str, Any]) -> Iterator[str]:
    """Of a usage plan, as CreateUsagePlan takes it."""
    name, throttle, quota = plan.get("name", ""), plan.get("throttle") or {}, plan.get("quota") or {}
    rate = throttle.get("rateLimit")
    yield from throttle_traps(f"the throttle of usage plan {name!r}", rate, throttle.get("burstLimit"))
    for stage in plan.get("apiStages") or ():
        for method, limits in (stage.get("throttle") or {}).items():
            what = f"the throttle of {method} in usage plan {name!r}"
            yield from throttle_traps(what, limits.get("rateLimit"), limits.get("burstLimit"), rate)
    if quota and quota.get("limit") == quota.get("offset"):
        yield f"the quota of usage plan {name!r} admits no call in its first period: its offset is its limit"


def method_settings_traps(settings: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """Of a stage of a REST API, each with ResourcePath and HttpMethod."""
    for each in settings:
        what = f"the throttle of {each.get('HttpMethod')} {each.get('ResourcePath')}"
        yield from throttle_traps(what, each.get("ThrottlingRateLimit"), each.get("ThrottlingBurstLimit"))


def route_settings_traps(default: Mapping[str, Any], routes: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    """Of a stage of an HTTP API: what a route does not say is that of the default."""
    for name, own in (("routes by default", default), *routes.items()):
        rate, burst = (
            own.get(member, default.get(member)) for member in ("ThrottlingRateLimit", "ThrottlingBurstLimit")
        )
        yield from throttle_traps(f"the throttle of {name}", rate, burst)


def find_cache_trap(
    method: str, authorizer: Mapping[str, Any] | None, key_parameters: Iterable[str] | None
) -> str | None:
    """What to know of a method that may be cached and asks an authorizer; `key_parameters` None: it has none."""
    if authorizer is None:
        return None
    parameters = [each.lower() for each in key_parameters or ()]
    sources = {each.strip().lower() for each in str(authorizer.get("identitySource") or "").split(",")}
    tells = any(each in sources or each.rpartition(".")[2] in _IDENTITY for each in parameters)
    if tells:
        return None
    return (
        f"{method} has an authorizer, and no identity in its cache key: on a stage with a cache, what it answers one "
        f"caller goes to all that are let in. Add {authorizer.get('identitySource') or 'the identity source'} to "
        "cacheKeyParameters, unless its answers are the same for all"
    )


def body_cache_traps(imported: ImportedRest, *, is_cached: bool = False) -> Iterator[tuple[str, Pointer]]:
    """Of the methods of a document; unless they are known to be cached, of those that have a cache key."""
    for method in imported.methods.values():
        parameters = method.members.get("methodIntegration", {}).get("cacheKeyParameters")
        if method.verb in ("GET", "ANY") and (is_cached or parameters) and method.authorizer is not None:
            authorizer = imported.authorizers.get(method.authorizer)
            told = find_cache_trap(f"{method.verb} {method.path}", authorizer, parameters)
            if told is not None:
                yield told, method.pointer
