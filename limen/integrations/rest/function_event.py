"""The event that a function behind a proxy integration of a REST API is given: payload format 1.0.

Developer guide, "Input format of a Lambda function for proxy integration"; what it leaves open is as observed.
"""

from base64 import b64encode
from collections.abc import Mapping
from typing import Any

import orjson

from limen.gateway.api_key import api_key_of
from limen.gateway.caller_view import identity_of, rest_authorizer
from limen.gateway.client_certificate import certificate_of
from limen.gateway.context import VARIABLES
from limen.gateway.errors import GatewayError
from limen.gateway.exchange import Exchange
from limen.gateway.request_view import DROPPED, parse_query
from limen.gateway.rest_errors import INTERNAL
from limen.gateway.rest_failures import request_uuid
from limen.integrations.rest.content import BinaryTypes, as_text
from limen.integrations.rest.scope import RestScope
from limen.integrations.rest.treatment import HOPS, continue_trace, read_trace
from limen.wire import Headers, find_header

_OWN = frozenset({b"x-forwarded-for", b"x-forwarded-port", b"x-forwarded-proto", b"x-amzn-trace-id"})
_TITLES = {b"host": "Host", b"user-agent": "User-Agent", b"authorization": "Authorization"}
"""Written so whatever the client wrote (observed)."""
_TRACE = "X-Amzn-Trace-Id"
_SIGNATURE = b"AWS4-"
_NOBODY: dict[str, str | None] = dict.fromkeys(
    (
        "cognitoIdentityPoolId",
        "accountId",
        "cognitoIdentityId",
        "caller",
        "sourceIp",
        "principalOrgId",
        "accessKey",
        "cognitoAuthenticationType",
        "cognitoAuthenticationProvider",
        "userArn",
        "userAgent",
        "user",
    )
)
"""`requestContext.identity` of a caller whom nobody has asked who it is."""
_TESTER = {**_NOBODY, "apiKey": "test-invoke-api-key", "apiKeyId": "test-invoke-api-key-id"}

_request_time = VARIABLES["requestTime"].read
_domain_name = VARIABLES["domainName"].read


class EventMaker:
    """One method: what is the same in all its events."""

    __slots__ = ("_account", "_api_id", "_binary_types", "_identity", "_is_test", "_stage", "_variables")

    def __init__(self, scope: RestScope) -> None:
        self._binary_types = BinaryTypes(scope.binary_media_types)
        self._variables = dict(scope.variables) or None
        self._account = scope.account
        self._api_id = scope.api_id
        self._stage = scope.stage_name
        self._is_test = scope.is_test
        self._identity = _TESTER if scope.is_test else _NOBODY

    def make(self, exchange: Exchange) -> bytes:
        """Raises GatewayError for a request that goes in circles."""
        event = self.describe(exchange)
        event["body"], event["isBase64Encoded"] = self._body(exchange)
        return dump_event(event)

    def describe(self, exchange: Exchange) -> dict[str, Any]:
        """All but the body. Raises GatewayError as above."""
        sent = _sent_headers(exchange.headers)
        single, multi = self._headers(exchange, sent)
        query = None
        if exchange.query:
            # Without a view where nothing else needs one: it decodes each header, 5 us for ten of them.
            query = parse_query(exchange.query) if exchange.view is None else exchange.view.query
        plan = exchange.plan
        return {
            "resource": plan.resource_path,
            "path": (exchange.route_path if exchange.domain is None else exchange.path).decode("utf-8", "replace"),
            "httpMethod": exchange.method.decode("latin-1"),
            "headers": single,
            "multiValueHeaders": multi,
            "queryStringParameters": {name: values[-1] for name, values in query.items()} if query else None,
            "multiValueQueryStringParameters": query or None,
            "pathParameters": exchange.path_parameters or None,
            "stageVariables": self._variables,
            "requestContext": self._context(exchange, sent.agent),
        }

    def _headers(self, exchange: Exchange, sent: "SentHeaders") -> tuple[Any, Any]:
        """One value by name, and all of them."""
        trace_id = exchange.trace_id or continue_trace(exchange, sent.trace_root, sent.sampled)
        if self._is_test:
            return sent.single or None, sent.multi or None
        client = exchange.client
        single, multi = sent.render(client.source_ip, client.server_port, exchange.host)
        root = trace_id.partition(b";")[0]
        return orjson.Fragment(single + root + b'"}'), orjson.Fragment(multi + root + b'"]}')

    def _context(self, exchange: Exchange, agent: str | None) -> dict[str, Any]:
        plan, stage = exchange.plan, exchange.stage
        caller = exchange.caller
        identity: dict[str, Any] = {**self._identity, "sourceIp": exchange.client.source_ip, "userAgent": agent}
        if caller is not None:
            identity |= identity_of(caller)
        if plan.find_api_key is not None and not self._is_test:
            identity["apiKey"] = api_key_of(exchange)
            identity["apiKeyId"] = None if exchange.key_use is None else exchange.key_use.key_id
        if exchange.domain is not None and (certificate := certificate_of(exchange)) is not None:
            identity["clientCert"] = certificate.describe()
        name = _domain_name(exchange)
        context: dict[str, Any] = {
            "resourceId": plan.resource_id,
            "resourcePath": plan.resource_path,
            "httpMethod": exchange.method.decode("latin-1"),
            "extendedRequestId": exchange.request_id.decode(),
            "requestTime": _request_time(exchange),
            "path": exchange.path.decode("utf-8", "replace"),
            "accountId": self._account,
            "protocol": "HTTP/1.1",
            "stage": self._stage,
            "domainPrefix": None if name is None else name.partition(".")[0],
            "requestTimeEpoch": int(exchange.started_at * 1000),
            "requestId": request_uuid(exchange),
            "identity": identity,
            "domainName": name,
            "deploymentId": stage.deployment_id or None,
            "apiId": self._api_id,
        }
        if caller is not None and (authorizer := rest_authorizer(exchange)) is not None:
            context["authorizer"] = authorizer
        if plan.operation_name:
            context["operationName"] = plan.operation_name
        if stage.is_canary or stage.canary is not None:
            context["isCanaryRequest"] = stage.is_canary
        return context

    def _body(self, exchange: Exchange) -> tuple[str | None, bool]:
        body = exchange.body
        if not body:
            return None, False
        types = self._binary_types
        if not types.are_none and types.has(find_header(exchange.headers, b"content-type")):
            return b64encode(body).decode("ascii"), True
        return as_text(body).decode(), False


def dump_event(event: dict[str, Any]) -> bytes:
    try:
        return orjson.dumps(event)
    except TypeError:  # what a client percent-encoded need not be text
        return orjson.dumps(_without_surrogates(event))


class SentHeaders:
    """What an event shows of one set of headers; requests share it."""

    __slots__ = ("_rendered", "_rendered_for", "addresses", "agent", "multi", "sampled", "single", "trace_root")

    def __init__(self, headers: Headers) -> None:
        self.multi: dict[str, list[str]] = {}
        self.trace_root, self.sampled = b"", b"0"
        self._rendered_for: tuple[str, int, bytes] = ("", 0, b"")
        self._rendered = b"", b""
        addresses: list[str] = []
        for lower, name, value in headers:
            if lower in DROPPED or (lower == b"authorization" and value.startswith(_SIGNATURE)):
                continue
            text = value.decode("utf-8", "replace")
            if lower.replace(b"_", b"-") not in _OWN:
                self.multi.setdefault(_TITLES.get(lower) or name.decode("latin-1"), []).append(text)
            elif lower == b"x-forwarded-for":
                addresses.append(text)
            elif lower == b"x-amzn-trace-id":
                self.trace_root, self.sampled = read_trace(value)
            # In underscores: many frameworks read them as hyphens, and what the gateway says is not to be forged.
        self.single = {name: values[-1] for name, values in self.multi.items()}
        self.addresses = ", ".join(addresses)
        self.agent = self.single.get("User-Agent")

    def render(self, source_ip: str, port: int, host: bytes) -> tuple[bytes, bytes]:
        """As JSON up to the trace id, which comes last: one value by name, and all. Raises GatewayError for a circle.

        Kept for the connection that they came over.
        """
        key = (source_ip, port, host)
        if key != self._rendered_for:
            self._rendered = self._render(source_ip, port, host)
            self._rendered_for = key
        return self._rendered

    def _render(self, source_ip: str, port: int, host: bytes) -> tuple[bytes, bytes]:
        if self.addresses.count(",") >= HOPS:
            raise GatewayError(INTERNAL, f"the request came through {HOPS} proxies: an API calls itself")
        own = {
            "X-Forwarded-For": f"{self.addresses}, {source_ip}" if self.addresses else source_ip,
            "X-Forwarded-Port": str(port),
            "X-Forwarded-Proto": "https",
        }
        named = {} if "Host" in self.single else {"Host": host.decode("utf-8", "replace")}
        added = {**named, **own}
        single = {**self.single, **added, _TRACE: ""}
        multi = {**self.multi, **{name: [value] for name, value in added.items()}, _TRACE: [""]}
        return orjson.dumps(single)[: -len('"}')], orjson.dumps(multi)[: -len('"]}')]


def _sent_headers(headers: Headers) -> SentHeaders:
    sent: SentHeaders | None = headers.derived_for_events
    if sent is None:
        sent = headers.derived_for_events = SentHeaders(headers)
    return sent


def _without_surrogates(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    if isinstance(value, Mapping):
        return {_without_surrogates(name): _without_surrogates(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_without_surrogates(each) for each in value]
    return value
