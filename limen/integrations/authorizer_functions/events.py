"""The events of authorizer functions: what a proxy integration would be given, without the body, and what is asked.

Guide: "Input to an Amazon API Gateway Lambda authorizer", "Working with AWS Lambda authorizers for HTTP APIs".
"""

from collections.abc import Callable
from typing import Any, TypeAlias

import orjson

from limen.gateway.exchange import Exchange
from limen.gateway.ports import AuthorizerUse
from limen.integrations.forwarding import find_trace
from limen.integrations.http_functions.event_headers import event_headers
from limen.integrations.http_functions.events import MakeEvent, compile_event_v1, compile_event_v2, path_of_event
from limen.integrations.http_functions.scope import FunctionScope
from limen.integrations.rest.function_event import EventMaker, dump_event
from limen.integrations.rest.scope import RestScope

MakeAuthorizerEvent: TypeAlias = Callable[[Exchange, str, list[str]], bytes]
"""Of an exchange, the ARN of what it asks to invoke, and the values of the identity sources."""


def compile_authorizer_event(use: AuthorizerUse) -> MakeAuthorizerEvent:
    if use.kind == "TOKEN":
        return _make_token_event
    if use.kind == "REQUEST":
        return _compile_rest(use)
    scope = FunctionScope(
        use.account, use.region, use.api_id, use.stage_name, use.route_key, use.variables, has_body=False
    )
    prefix = scope.path_prefix(use.kind)
    if use.kind == "1.0":
        return _compile_http(compile_event_v1(scope), _ask_v1, prefix)
    return _compile_http(compile_event_v2(scope), _ask_v2, prefix)


def _make_token_event(_: Exchange, arn: str, identity: list[str]) -> bytes:
    return dump_event({"type": "TOKEN", "authorizationToken": identity[0], "methodArn": arn})


def _compile_rest(use: AuthorizerUse) -> MakeAuthorizerEvent:
    scope = RestScope(use.account, use.region, use.api_id, use.stage_name, use.variables)
    describe = EventMaker(scope).describe

    def make_event(exchange: Exchange, arn: str, _: list[str]) -> bytes:
        return dump_event({"type": "REQUEST", "methodArn": arn, **describe(exchange)})

    return make_event


def _compile_http(
    make: MakeEvent, ask: Callable[[str, list[str]], dict[str, Any]], path_prefix: bytes | None
) -> MakeAuthorizerEvent:
    def make_event(exchange: Exchange, arn: str, identity: list[str]) -> bytes:
        headers = event_headers(exchange.headers, exchange.host)
        trace = find_trace(exchange, headers.traces)
        path = path_of_event(exchange, path_prefix)
        event = orjson.loads(make(exchange, headers, path, exchange.query, trace))
        event.pop("body", None)
        del event["isBase64Encoded"]
        event["requestContext"].pop("authorizer", None)  # who calls is what is asked
        version = event.pop("version")
        return dump_event({"version": version, "type": "REQUEST", **ask(arn, identity), **event})

    return make_event


def _ask_v1(arn: str, identity: list[str]) -> dict[str, Any]:
    joined = ",".join(identity) if identity else None
    return {"methodArn": arn, "identitySource": joined, "authorizationToken": joined}


def _ask_v2(arn: str, identity: list[str]) -> dict[str, Any]:
    return {"routeArn": arn, "identitySource": identity or None}
