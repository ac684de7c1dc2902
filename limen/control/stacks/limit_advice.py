"""What to know of the limits and caches of a template: `limen check` and `limen deploy` say it."""

from collections.abc import Iterator, Mapping
from typing import Any

from msgspec import Struct

from limen.control.limit_traps import (
    body_cache_traps,
    find_cache_trap,
    method_settings_traps,
    plan_traps,
    route_settings_traps,
)
from limen.control.openapi.import_rest import ImportedRest
from limen.control.openapi.source import Pointer
from limen.control.stacks.members import members_of
from limen.control.stacks.template import Resource

PLAN, STAGE, HTTP_STAGE = "AWS::ApiGateway::UsagePlan", "AWS::ApiGateway::Stage", "AWS::ApiGatewayV2::Stage"
METHOD = "AWS::ApiGateway::Method"


class Inspected(Struct, frozen=True):
    """A resource, its properties without intrinsics, and the document that it is made of, where there is one."""

    resource: Resource
    values: Mapping[str, Any]
    body: ImportedRest | None = None


def advise(inspected: Mapping[str, Inspected]) -> Iterator[tuple[str, Pointer]]:
    """Messages, and what they are about. `inspected`: by the name of the resource."""
    for each in inspected.values():
        for message in _limit_traps(each):
            yield message, (*each.resource.pointer, "Type")
    for api in {_api_of(each) for each in inspected.values() if _caches_all(each)}:
        yield from _cache_traps(api, inspected)


def _limit_traps(each: Inspected) -> Iterator[str]:
    values = each.values
    try:
        if each.resource.type == PLAN:
            named = {name: value for name, value in values.items() if name not in ("UsagePlanName", "Tags")}
            name = values.get("UsagePlanName", each.resource.name)
            yield from plan_traps(members_of("apigateway", "CreateUsagePlan", named | {"name": name}))
        elif each.resource.type == STAGE:
            yield from method_settings_traps(values.get("MethodSettings") or [])
        elif each.resource.type == HTTP_STAGE:
            yield from route_settings_traps(values.get("DefaultRouteSettings") or {}, values.get("RouteSettings") or {})
    except (AttributeError, TypeError, ValueError):
        return  # of a form that the deployment refuses, with its place


def _caches_all(each: Inspected) -> bool:
    """Whether a stage caches every method that nothing else is said of."""
    values = each.values
    settings = values.get("MethodSettings") or []
    return (
        each.resource.type == STAGE
        and str(values.get("CacheClusterEnabled", False)).lower() == "true"
        and any(
            (setting.get("ResourcePath"), setting.get("HttpMethod")) == ("/*", "*")
            and str(setting.get("CachingEnabled", False)).lower() == "true"
            for setting in settings
            if isinstance(setting, dict)
        )
    )


def _cache_traps(api: str, inspected: Mapping[str, Inspected]) -> Iterator[tuple[str, Pointer]]:
    """Of methods that GET requests come to, which alone are cached where nobody says otherwise."""
    for each in inspected.values():
        has_get = each.resource.type == METHOD and each.values.get("HttpMethod") in ("GET", "ANY")
        if has_get and _api_of(each) == api:
            named = _ref(each.resource.properties.get("AuthorizerId"))
            authorizer = inspected[named].values if named in inspected else None
            integration = each.values.get("Integration") or {}
            source = None if authorizer is None else {"identitySource": authorizer.get("IdentitySource")}
            told = find_cache_trap(each.resource.name, source, integration.get("CacheKeyParameters"))
            if told is not None:
                yield told, (*each.resource.pointer, "Type")
    body = inspected[api].body if api in inspected else None
    if body is not None:
        for message, pointer in body_cache_traps(body, is_cached=True):
            yield message, (*inspected[api].resource.pointer, "Properties", "Body", *pointer)


def _api_of(each: Inspected) -> str:
    return _ref(each.resource.properties.get("RestApiId"))


def _ref(value: Any) -> str:
    """The resource that a property refers to; "" for anything else."""
    return str(value.get("Ref", "")) if isinstance(value, dict) else ""
