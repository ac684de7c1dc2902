"""Authorization of routes. No authorizer is enforced so far, so a route that needs one refuses every request.

It never lets through: what cannot be checked is answered with 500, and the log names the route and its authorizer.
"""

from typing import Any

from limen.gateway import rest_errors
from limen.gateway.errors import AUTHORIZER_CONFIGURATION_ERROR
from limen.gateway.failures import compile_refusal
from limen.gateway.route_plan import Step


def compile_authorizer(route: dict[str, Any], authorizer: dict[str, Any] | None) -> Step | None:
    """The step that a route's authorizationType asks for; None where anyone may call it."""
    kind = route.get("authorizationType", "NONE")
    if kind == "NONE" and not route.get("apiKeyRequired", False):
        return None
    reason = f"route {route['routeKey']!r} ({route['routeId']}) needs {_describe(kind, route, authorizer)}"
    return compile_refusal(AUTHORIZER_CONFIGURATION_ERROR, f"{reason}, which is not enforced yet and never passes")


def compile_method_authorization(
    method: dict[str, Any], authorizer: dict[str, Any] | None, policy: str | None, where: str
) -> Step | None:
    """The same for a method of a REST API, whose API may have a resource policy; `where` names the method."""
    needs = []
    if policy:
        needs.append("the resource policy of its API")
    kind = method.get("authorizationType", "NONE")
    if kind != "NONE":
        needs.append(_describe(kind, method, authorizer))
    if method.get("apiKeyRequired"):
        needs.append("an API key")
    if not needs:
        return None
    reason = f"{where} needs {' and '.join(needs)}, which is not enforced yet and never passes"
    return compile_refusal(rest_errors.AUTHORIZER_CONFIGURATION_ERROR, reason)


def _describe(kind: str, route: dict[str, Any], authorizer: dict[str, Any] | None) -> str:
    if kind == "NONE":
        return "an API key"
    if kind == "AWS_IAM":
        return "AWS_IAM authorization"
    if authorizer is None:
        return f"{kind} authorizer {route.get('authorizerId', '(none given)')}, which does not exist,"
    return f"{kind} authorizer {authorizer.get('name', '')!r} ({route.get('authorizerId')})"
