"""Which methods of a stage cache, and which share what they keep."""

from typing import Any

import msgspec
import pytest

from limen.clock import Clock
from limen.features.authorizers.guarded import Guarded
from limen.features.caching.caches import Caches
from limen.features.caching.compile import Cacheable, StageCache, compile_caching, find_reason
from limen.features.caching.step import CachedMethod
from limen.features.method_settings import MethodSettings
from limen.features.metrics.counting import Series
from tests.features.caching.kept import Hands

CACHES = Caches(Clock(Hands()))


def cacheable(
    verb: str = "GET",
    *,
    path: str = "/pets/{id}",
    integration: dict[str, Any] | None = None,
    authorization: str = "NONE",
    has_own_settings: bool = False,
    deployment_id: str = "d1",
    **settings: Any,
) -> Cacheable:
    method = {
        "httpMethod": verb,
        "authorizationType": authorization,
        "_resourceId": "res1",
        "methodIntegration": {"cacheNamespace": "res1", **(integration or {})},
    }
    return Cacheable(
        verb=verb,
        guarded=Guarded(
            method=method,
            authorizer=None,
            where="",
            account="000000000000",
            region="us-east-1",
            api_id="api1",
            stage_name="prod",
            variables={},
            resource_path=path,
        ),
        cache=StageCache("0.5", deployment_id),
        settings=MethodSettings(**{"caching_enabled": True, **settings}),
        has_own_settings=has_own_settings,
        minimum_compression_size=0,
        represent=None,
    )


def compiled(what: Cacheable) -> CachedMethod:
    found = compile_caching(what, CACHES, Series())
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("what", "reason"),
    [
        (cacheable(), ""),
        (cacheable(caching_enabled=False), "caching is not enabled for the method"),
        (cacheable(cache_ttl_in_seconds=0), "the TTL is 0"),
        (cacheable("POST"), "only GET methods are cached where a method has no settings of its own"),
        (cacheable("ANY"), "only GET methods are cached where a method has no settings of its own"),
        (cacheable("POST", has_own_settings=True), ""),
        (cacheable("ANY", has_own_settings=True), ""),
        (msgspec.structs.replace(cacheable("ANY"), verb="GET"), ""),
        (cacheable(integration={"responseTransferMode": "STREAM"}), "its responses are streamed"),
        (cacheable(integration={"cacheKeyParameters": ["method.request.header.Authorization"]}), ""),
        (
            cacheable(
                authorization="AWS_IAM", integration={"cacheKeyParameters": ["method.request.header.authorization"]}
            ),
            "its key has the signature of the request, which no other has",
        ),
    ],
)
def test_what_is_cached(what: Cacheable, reason: str) -> None:
    assert find_reason(what) == reason
    assert (compile_caching(what, CACHES, Series()) is None) == bool(reason)


def test_settings_reach_the_steps_as_they_are() -> None:
    settings = compiled(cacheable(cache_ttl_in_seconds=60, integration={"timeoutInMillis": 2_000}))._settings
    assert (settings.ttl, settings.timeout, settings.smallest_coded) == (60.0, 2.0, 1)
    assert compiled(cacheable(cache_ttl_in_seconds=9_999))._settings.ttl == 3_600.0


def test_methods_share_what_they_keep_by_namespace_verb_and_parameters() -> None:
    keys = {"cacheKeyParameters": ["method.request.querystring.b", "method.request.header.a"]}
    first = compiled(cacheable(integration=keys))
    same = compiled(
        cacheable(path="/dogs/{id}", integration={"cacheKeyParameters": list(reversed(keys["cacheKeyParameters"]))})
    )
    assert same._group is first._group
    others = [
        cacheable(integration=keys, deployment_id="d2"),
        cacheable(integration={**keys, "cacheNamespace": "other"}),
        cacheable("POST", integration=keys, has_own_settings=True),
        cacheable(integration={"cacheKeyParameters": ["method.request.querystring.b"]}),
    ]
    held = [compiled(each) for each in others]
    assert len({id(each._group) for each in (first, *held)}) == 5
