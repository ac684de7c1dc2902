"""From the integration of a REST API's method to the step that answers: dispatches by type, checks what can be early.

A method that cannot be served on one stage answers 500 there, as on AWS; one that can be served on none is refused.
"""

import re
from collections.abc import Mapping
from typing import Any, TypeAlias

from limen.gateway.errors import PlanError
from limen.gateway.failures import compile_refusal
from limen.gateway.ports import PrivateAddresses
from limen.gateway.rest_errors import API_CONFIGURATION_ERROR
from limen.gateway.route_plan import Step
from limen.gateway.stage_variables import mentions_stage_variables
from limen.integrations.backend_request import Service
from limen.integrations.functions.backends import FunctionBackends
from limen.integrations.functions.name import is_function_uri
from limen.integrations.functions.target import FunctionUse, compile_function_target, lambda_url, source_arn
from limen.integrations.rest.backend_uri import compile_backend_uri
from limen.integrations.rest.content import BinaryTypes
from limen.integrations.rest.custom import compile_custom
from limen.integrations.rest.custom_settings import CustomSettings, MockSettings
from limen.integrations.rest.failures import INVALID_ADDRESS, rest_failure
from limen.integrations.rest.function_custom import compile_function_custom
from limen.integrations.rest.function_proxy import compile_function_proxy
from limen.integrations.rest.mapping_settings import Uri
from limen.integrations.rest.mock import compile_mock
from limen.integrations.rest.proxy import compile_proxy, stream_head
from limen.integrations.rest.reading import Reading
from limen.integrations.rest.request_mapping import compile_request_mapping
from limen.integrations.rest.responses import compile_selection
from limen.integrations.rest.scope import RestScope
from limen.integrations.rest.settings import FunctionProxySettings, ProxySettings
from limen.integrations.rest.templates import RequestTemplates
from limen.integrations.rest.uri import compile_path, compile_query, compile_uri, fill_path
from limen.integrations.service import compile_service
from limen.integrations.streaming import StreamSettings
from limen.upstream.client import Upstream

Document: TypeAlias = Mapping[str, Any]

DEFAULT_TIMEOUT_MS = 29_000
_METHOD = re.compile(r"[A-Z][A-Z0-9_-]{0,31}")
_TYPES = frozenset({"AWS", "HTTP", "HTTP_PROXY", "MOCK"})
_SERVICE_TYPES = frozenset({"AWS", "AWS_PROXY"})


def compile_rest_integration(
    method: Document,
    resource: Document,
    scope: RestScope,
    upstream: Upstream,
    private_addresses: PrivateAddresses,
    functions: FunctionBackends,
) -> Step:
    """The last inbound step of a method. Raises PlanError for a document that cannot be served on any stage."""
    where = f"API {scope.api_id}, stage {scope.stage_name}, {method['httpMethod']} {resource['path']}"
    integration = method.get("methodIntegration")
    if not integration:
        return compile_refusal(API_CONFIGURATION_ERROR, f"{where}: the method has no integration")
    unserved = find_unserved(integration)
    if unserved is not None:
        return compile_refusal(API_CONFIGURATION_ERROR, f"{where}: {unserved} as an integration is not served yet")
    if integration["type"] == "MOCK":
        return compile_mock(_mock_settings(method, scope))
    if uses_function(integration):
        return _compile_function(method, resource, scope, upstream, functions)
    service: Service | None = None
    try:
        if integration["type"] == "AWS":
            service = compile_service(
                integration.get("uri") or "", integration.get("credentials"), scope, functions.services
            )
            uri = compile_uri(service.url)
        else:
            uri = compile_backend_uri(integration, scope, private_addresses)
    except LookupError as missing:
        return compile_refusal(API_CONFIGURATION_ERROR, f"{INVALID_ADDRESS}: {where}: {missing}")
    except PlanError as error:
        if not mentions_stage_variables(integration.get("uri") or ""):
            raise
        # The document is right, one stage's variables are not: its other methods are served all the same.
        return compile_refusal(API_CONFIGURATION_ERROR, f"{INVALID_ADDRESS}: {where}: {error}")
    if integration["type"] == "HTTP_PROXY":
        return compile_proxy(_proxy_settings(method, resource["path"], uri, scope), upstream)
    return compile_custom(_custom_settings(method, resource["path"], uri, scope, service), upstream)


def uses_function(integration: Document) -> bool:
    return integration["type"] in _SERVICE_TYPES and is_function_uri(integration.get("uri") or "")


def find_unserved(integration: Document) -> str | None:
    """What is not served, in words for whoever reads the log; None where it is served."""
    if integration["type"] == "AWS_PROXY":
        return None if uses_function(integration) else "an AWS service behind AWS_PROXY"
    return None if integration["type"] in _TYPES else f"the type {integration['type']}"


def _compile_function(
    method: Document, resource: Document, scope: RestScope, upstream: Upstream, functions: FunctionBackends
) -> Step:
    integration, path = method["methodIntegration"], resource["path"]
    where = f"API {scope.api_id}, stage {scope.stage_name}, {method['httpMethod']} {path}"
    if integration.get("httpMethod") != "POST":
        reason = f"Lambda functions are invoked with POST, the integration says {integration.get('httpMethod')}"
        return compile_refusal(API_CONFIGURATION_ERROR, f"{where}: {reason}")
    try:
        target = compile_function_target(_function_use(method, path, scope), scope.variables, functions)
    except (LookupError, PlanError) as error:
        if isinstance(error, PlanError) and not mentions_stage_variables(integration["uri"]):
            raise
        return compile_refusal(API_CONFIGURATION_ERROR, f"{where}: {error}")
    is_streamed = integration.get("responseTransferMode") == "STREAM"
    if is_streamed != target.function.is_streamed:
        return compile_refusal(API_CONFIGURATION_ERROR, f"{where}: {transfer_problem(is_streamed)}")
    if integration["type"] == "AWS":
        uri = compile_uri(lambda_url(target.function))
        return compile_function_custom(_custom_settings(method, path, uri, scope, None), target, upstream)
    binary_types = BinaryTypes(scope.binary_media_types)
    settings = FunctionProxySettings(target, _timeout(integration), binary_types, is_streamed)
    return compile_function_proxy(settings, scope, upstream)


def transfer_problem(is_streamed: bool) -> str:
    """Of an integration whose transfer mode is not that of its URI."""
    if is_streamed:
        return "the transfer mode STREAM needs a URI of response-streaming-invocations"
    return "a URI of response-streaming-invocations needs the transfer mode STREAM"


def _function_use(method: Document, path: str, scope: RestScope) -> FunctionUse:
    integration = method["methodIntegration"]
    below = f"{scope.stage_name}/{method['httpMethod']}{path}"
    return FunctionUse(
        uri=integration["uri"],
        credentials=integration.get("credentials") or "",
        source_arn=source_arn(scope.region, scope.account, scope.api_id, below),
        region=scope.region,
        account=scope.account,
    )


def _proxy_settings(method: Document, route: str, uri: Uri, scope: RestScope) -> ProxySettings:
    integration = method["methodIntegration"]
    mapping = compile_request_mapping(integration.get("requestParameters") or {}, scope.variables)
    timeout = _timeout(integration)
    is_streamed = integration.get("responseTransferMode") == "STREAM"
    return ProxySettings(
        uri.origin,
        uri.host,
        compile_path(uri, mapping.path, route),
        lambda exchange: fill_path(uri, mapping.path, Reading(exchange, None, exchange.body), route, {}),
        compile_query(uri, mapping.path),
        _backend_method(integration),
        timeout,
        mapping if mapping.headers or mapping.query else None,
        BinaryTypes(scope.binary_media_types),
        integration.get("contentHandling"),
        scope.api_id.encode(),
        method.get("authorizationType") == "AWS_IAM",
        StreamSettings(uri.origin, timeout, stream_head, rest_failure) if is_streamed else None,
    )


def _custom_settings(
    method: Document, route: str, uri: Uri, scope: RestScope, service: Service | None
) -> CustomSettings:
    integration = method["methodIntegration"]
    parameters = integration.get("requestParameters") or {}
    is_service = integration["type"] == "AWS"
    mapping = compile_request_mapping(parameters, scope.variables, is_service=is_service)
    return CustomSettings(
        uri,
        route,
        compile_path(uri, mapping.path, route),
        compile_query(uri, mapping.path),
        _backend_method(integration),
        _timeout(integration),
        mapping,
        RequestTemplates(integration.get("requestTemplates") or {}, integration.get("passthroughBehavior")),
        compile_selection(integration, method, scope.variables),
        BinaryTypes(scope.binary_media_types),
        integration.get("contentHandling"),
        scope.api_id.encode(),
        scope.variables,
        service,
        is_service,
    )


def _mock_settings(method: Document, scope: RestScope) -> MockSettings:
    integration = method["methodIntegration"]
    return MockSettings(
        RequestTemplates(integration.get("requestTemplates") or {}, integration.get("passthroughBehavior")),
        compile_selection(integration, method, scope.variables),
        BinaryTypes(scope.binary_media_types),
        integration.get("contentHandling"),
        scope.variables,
    )


def _timeout(integration: Document) -> float:
    milliseconds: int = integration.get("timeoutInMillis") or DEFAULT_TIMEOUT_MS
    return milliseconds / 1000


def _backend_method(integration: Document) -> bytes | None:
    """None for the client's own."""
    method = integration.get("httpMethod") or "ANY"
    if not _METHOD.fullmatch(method):
        raise PlanError(f"integration method {method!r} is not a method")
    return None if method == "ANY" else method.encode()
