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
from limen.integrations.rest.backend_uri import compile_backend_uri
from limen.integrations.rest.content import BinaryTypes
from limen.integrations.rest.custom import compile_custom
from limen.integrations.rest.custom_settings import CustomSettings, MockSettings
from limen.integrations.rest.failures import INVALID_ADDRESS, rest_failure
from limen.integrations.rest.mapping_settings import Uri
from limen.integrations.rest.mock import compile_mock
from limen.integrations.rest.proxy import compile_proxy, stream_head
from limen.integrations.rest.reading import Reading
from limen.integrations.rest.request_mapping import compile_request_mapping
from limen.integrations.rest.responses import compile_selection
from limen.integrations.rest.scope import RestScope
from limen.integrations.rest.settings import ProxySettings
from limen.integrations.rest.templates import RequestTemplates
from limen.integrations.rest.uri import compile_path, compile_query, compile_uri, fill_path
from limen.integrations.service import compile_service
from limen.integrations.service_endpoints import ServiceEndpoints
from limen.integrations.streaming import StreamSettings
from limen.upstream.client import Upstream

Document: TypeAlias = Mapping[str, Any]

DEFAULT_TIMEOUT_MS = 29_000
_METHOD = re.compile(r"[A-Z][A-Z0-9_-]{0,31}")
_TYPES = frozenset({"AWS", "HTTP", "HTTP_PROXY", "MOCK"})


def compile_rest_integration(
    method: Document,
    resource: Document,
    scope: RestScope,
    upstream: Upstream,
    private_addresses: PrivateAddresses,
    services: ServiceEndpoints,
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
    service: Service | None = None
    try:
        if integration["type"] == "AWS":
            service = compile_service(integration.get("uri") or "", integration.get("credentials"), scope, services)
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


def find_unserved(integration: Document) -> str | None:
    """What is not served, in words for whoever reads the log; None where it is served."""
    if integration["type"] == "AWS_PROXY" or ":lambda:path/" in (integration.get("uri") or ""):
        return "a Lambda function"
    return None if integration["type"] in _TYPES else f"the type {integration['type']}"


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
    mapping = compile_request_mapping(parameters, scope.variables, is_service=service is not None)
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
