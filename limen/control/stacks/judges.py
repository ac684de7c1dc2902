"""Verdicts on properties that decide whether a request is let through; the words are those of OpenAPI documents."""

from typing import Any

from limen.control.enforced import (
    is_method_authorization,
    is_method_authorizer,
    is_route_authorization,
    is_route_authorizer,
)
from limen.control.openapi.extensions import AWAITS_AUTHORIZERS
from limen.control.openapi.keyword import ENFORCED, Verdict, refused, stored

ONE_ENDPOINT = stored("Limen has one endpoint and does not act on this")
PRIVATE = stored("a private API is served to all who reach the port and pass its policy", is_security=True)


def judge_route_authorization(value: Any) -> Verdict:
    return ENFORCED if isinstance(value, str) and is_route_authorization(value) else _not_enforced(value)


def judge_method_authorization(value: Any) -> Verdict:
    return ENFORCED if isinstance(value, str) and is_method_authorization(value) else _not_enforced(value)


def judge_route_authorizer(value: Any) -> Verdict:
    """By its type."""
    return ENFORCED if is_route_authorizer(value) else stored(f"a {value} authorizer {AWAITS_AUTHORIZERS}")


def judge_method_authorizer(value: Any) -> Verdict:
    """By its type."""
    return ENFORCED if is_method_authorizer(value) else stored(f"a {value} authorizer {AWAITS_AUTHORIZERS}")


def _not_enforced(value: Any) -> Verdict:
    shown = value if isinstance(value, str) else "the authorization type"
    return stored(f"{shown} {AWAITS_AUTHORIZERS}", is_security=True)


def judge_endpoint(value: Any) -> Verdict:
    """Of a REST API: whoever writes PRIVATE counts on a network that lets nobody else in."""
    asked = value if isinstance(value, dict) else {}
    types = asked.get("Types") or []
    return PRIVATE if "PRIVATE" in types or asked.get("VpcEndpointIds") else ONE_ENDPOINT


def judge_domain_policy(value: Any) -> Verdict:
    return refused("only private custom domain names have this, and Limen has none")
