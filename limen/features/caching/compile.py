"""From what a stage and its method settings say to the steps that cache a method, or to nothing."""

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct

from limen.features.authorizers.guarded import Guarded
from limen.features.caching.caches import Caches
from limen.features.caching.keys import ReadValue, compile_key
from limen.features.caching.permission import compile_permission
from limen.features.caching.settings import LONGEST_TTL, CacheSettings
from limen.features.caching.step import CachedMethod
from limen.features.method_settings import MethodSettings
from limen.features.metrics.counting import Series
from limen.gateway.exchange import Exchange

DEFAULT_TIMEOUT_MS = 29_000


class StageCache(Struct, frozen=True):
    """What caches of a stage are named by; None in its place where the stage has none."""

    size: str
    """`cacheClusterSize`."""
    deployment_id: str


class Cacheable(Struct, frozen=True, kw_only=True):
    """A method as a stage would cache it."""

    guarded: Guarded
    verb: str
    """For which the settings are: one of those that a method ANY has, else the method's."""
    cache: StageCache
    settings: MethodSettings
    has_own_settings: bool
    """Not those of `*/*` alone."""
    minimum_compression_size: int | None
    represent: ReadValue | None
    """What tells apart the forms that one response may have for different clients."""


def compile_caching(cacheable: Cacheable, caches: Caches, series: Series) -> CachedMethod | None:
    """Raises PlanError for a key of parameters that there are not."""
    if find_reason(cacheable):
        return None
    guarded, settings = cacheable.guarded, cacheable.settings
    integration = guarded.method.get("methodIntegration") or {}
    names = _names(integration)
    others: list[ReadValue] = []
    is_any = guarded.method["httpMethod"] == "ANY"
    if is_any:
        others.append(_read_method)
    if cacheable.represent is not None:
        others.append(cacheable.represent)
    read_key = compile_key(
        names, integration.get("requestParameters") or {}, guarded.resource_path, guarded.variables, others
    )
    shelf = caches.shelf(guarded.api_id, guarded.stage_name, cacheable.cache.deployment_id, cacheable.cache.size)
    namespace = integration.get("cacheNamespace") or guarded.method.get("_resourceId") or guarded.resource_path
    group = shelf.group((namespace, guarded.method["httpMethod"], names, len(others)))
    return CachedMethod(
        shelf,
        caches,
        group,
        CacheSettings(
            ttl=float(min(settings.cache_ttl_in_seconds, LONGEST_TTL)),
            timeout=(integration.get("timeoutInMillis") or DEFAULT_TIMEOUT_MS) / 1000,
            requires_authorization=settings.require_authorization_for_cache_control,
            strategy=settings.unauthorized_cache_control_header_strategy,
            is_sealed=settings.cache_data_encrypted,
            smallest_coded=_smallest(cacheable.minimum_compression_size),
            names=names,
        ),
        read_key,
        compile_permission(guarded),
        series,
    )


def find_reason(cacheable: Cacheable) -> str:
    """Why the responses of a method are not kept; empty where they are."""
    method, settings = cacheable.guarded.method, cacheable.settings
    integration: Mapping[str, Any] = method.get("methodIntegration") or {}
    if not settings.caching_enabled:
        return "caching is not enabled for the method"
    if settings.cache_ttl_in_seconds <= 0:
        return "the TTL is 0"
    if cacheable.verb != "GET" and not cacheable.has_own_settings:
        return "only GET methods are cached where a method has no settings of its own"
    if integration.get("responseTransferMode") == "STREAM":
        return "its responses are streamed"
    if method.get("authorizationType") == "AWS_IAM" and _has_authorization(_names(integration)):
        return "its key has the signature of the request, which no other has"
    return ""


def _names(integration: Mapping[str, Any]) -> tuple[str, ...]:
    """In one order for all methods that declare the same."""
    declared: Sequence[str] = integration.get("cacheKeyParameters") or ()
    return tuple(sorted(set(declared)))


def _has_authorization(names: tuple[str, ...]) -> bool:
    return any(name.lower().endswith("header.authorization") for name in names)


def _read_method(exchange: Exchange) -> bytes:
    """Of a method ANY: what one verb is answered is no answer to another."""
    return exchange.method


def _smallest(minimum: int | None) -> int | None:
    return None if minimum is None else max(minimum, 1)
