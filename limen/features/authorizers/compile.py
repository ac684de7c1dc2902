"""From what a route or method asks for to the steps that see to it, by authorization type.

A type that is not in the table never lets through: what cannot be checked is answered with 500, and the log names the
route and its authorizer.
"""

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from msgspec import structs

from limen.features.authorizers.cognito import compile_pools_of_method
from limen.features.authorizers.function_step import compile_method_function, compile_route_function
from limen.features.authorizers.guarded import Guarded
from limen.features.authorizers.iam_step import compile_iam_of_method, compile_iam_of_route
from limen.features.authorizers.jwt_http import compile_jwt_of_route
from limen.features.authorizers.jwt_rest import compile_jwt_of_method
from limen.features.authorizers.resource_policy import compile_resource_policy
from limen.features.authorizers.tools import AuthorizerTools
from limen.gateway import rest_errors
from limen.gateway.errors import AUTHORIZER_CONFIGURATION_ERROR
from limen.gateway.failures import compile_refusal
from limen.gateway.route_plan import Step

Compile: TypeAlias = Callable[[Guarded, AuthorizerTools], Step]
"""Raises PlanError where the authorizer cannot be built: its route then answers 500."""

OF_ROUTES: dict[str, Compile] = {
    "AWS_IAM": compile_iam_of_route,
    "CUSTOM": compile_route_function,
    "JWT": compile_jwt_of_route,
}
"""Of HTTP APIs, by authorizationType; CUSTOM is a Lambda authorizer."""

OF_METHODS: dict[str, Compile] = {
    "AWS_IAM": compile_iam_of_method,
    "COGNITO_USER_POOLS": compile_pools_of_method,
    "CUSTOM": compile_method_function,
    "JWT": compile_jwt_of_method,
}
"""Of REST APIs."""


def compile_route_authorization(guarded: Guarded, tools: AuthorizerTools) -> tuple[Step, ...]:
    """What a route of an HTTP API does before its integration; nothing where anyone may call it."""
    kind = guarded.method.get("authorizationType", "NONE")
    if guarded.method.get("apiKeyRequired", False):
        return (compile_refusal(AUTHORIZER_CONFIGURATION_ERROR, _refusal(guarded, ["an API key"])),)
    if kind == "NONE":
        return ()
    compile_step = _find(OF_ROUTES, kind, guarded)
    if compile_step is None:
        return (compile_refusal(AUTHORIZER_CONFIGURATION_ERROR, _refusal(guarded, [_describe(kind, guarded)])),)
    return (compile_step(guarded, tools),)


def compile_method_authorization(guarded: Guarded, tools: AuthorizerTools) -> tuple[Step, ...]:
    """The same for a method of a REST API, whose API may have a resource policy. A key is asked for by usage plans."""
    needs = []
    before, settle, behind = compile_resource_policy(guarded)
    steps = (*before, *behind)
    kind = guarded.method.get("authorizationType", "NONE")
    if kind != "NONE":
        compile_step = _find(OF_METHODS, kind, guarded)
        if compile_step is None:
            needs.append(_describe(kind, guarded))
        else:
            steps = (*before, compile_step(structs.replace(guarded, settle=settle), tools), *behind)
    if needs:
        return (compile_refusal(rest_errors.AUTHORIZER_CONFIGURATION_ERROR, _refusal(guarded, needs)),)
    return steps


def _find(table: dict[str, Compile], kind: str, guarded: Guarded) -> Compile | None:
    """None as well where the authorizer is not there that the type goes by."""
    return None if kind != "AWS_IAM" and guarded.authorizer is None else table.get(kind)


def _refusal(guarded: Guarded, needs: list[str]) -> str:
    return f"{guarded.where} needs {' and '.join(needs)}, which is not enforced yet and never passes"


def _describe(kind: str, guarded: Guarded) -> str:
    authorizer: Mapping[str, Any] | None = guarded.authorizer
    if authorizer is None:
        return f"{kind} authorizer {guarded.method.get('authorizerId', '(none given)')}, which does not exist,"
    return f"{kind} authorizer {authorizer.get('name', '')!r} ({guarded.method.get('authorizerId')})"
