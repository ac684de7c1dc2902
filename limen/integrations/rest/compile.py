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
from limen.gateway.stage_variables import blank_stage_variables, fill_stage_variables, mentions_stage_variables
from limen.integrations.rest.content import BinaryTypes
from limen.integrations.rest.expressions import find_request_mapping_problems
from limen.integrations.rest.failures import INVALID_ADDRESS
from limen.integrations.rest.proxy import compile_proxy
from limen.integrations.rest.reading import Reading
from limen.integrations.rest.request_mapping import compile_request_mapping
from limen.integrations.rest.scope import RestScope
from limen.integrations.rest.settings import ProxySettings
from limen.integrations.rest.uri import Uri, compile_path, compile_query, compile_uri, fill_path
from limen.upstream.client import Upstream

Document: TypeAlias = Mapping[str, Any]

DEFAULT_TIMEOUT_MS = 29_000
_METHOD = re.compile(r"[A-Z][A-Z0-9_-]{0,31}")


def compile_rest_integration(
    method: Document,
    resource: Document,
    scope: RestScope,
    upstream: Upstream,
    private_addresses: PrivateAddresses,
    services: Any,
) -> Step:
    """The last inbound step of a method. Raises PlanError for a document that cannot be served on any stage."""
    integration = method.get("methodIntegration")
    if not integration:
        raise PlanError("the method has no integration")
    where = f"API {scope.api_id}, stage {scope.stage_name}, {method['httpMethod']} {resource['path']}"
    unserved = _unserved(integration)
    if unserved is not None:
        return compile_refusal(API_CONFIGURATION_ERROR, f"{where}: {unserved} as an integration is not served yet")
    try:
        uri = _compile_uri(integration, scope, private_addresses)
    except LookupError as missing:
        return compile_refusal(API_CONFIGURATION_ERROR, f"{INVALID_ADDRESS}: {where}: {missing}")
    except PlanError as error:
        if not mentions_stage_variables(integration.get("uri") or ""):
            raise
        # The document is right, one stage's variables are not: its other methods are served all the same.
        return compile_refusal(API_CONFIGURATION_ERROR, f"{INVALID_ADDRESS}: {where}: {error}")
    return compile_proxy(_proxy_settings(method, resource["path"], uri, scope), upstream)


def find_rest_integration_problems(method: Document) -> list[str]:
    """What keeps a method's integration from being served on any stage."""
    integration = method.get("methodIntegration")
    if not integration or _unserved(integration) is not None:
        return []
    problems = find_request_mapping_problems(integration.get("requestParameters") or {})
    if integration["type"] in ("HTTP", "HTTP_PROXY"):
        try:
            compile_uri(blank_stage_variables(integration.get("uri") or ""))
        except PlanError as error:
            problems.append(str(error))
    return problems


def _unserved(integration: Document) -> str | None:
    if integration["type"] == "AWS_PROXY" or ":lambda:path/" in (integration.get("uri") or ""):
        return "a Lambda function"
    return None


def _compile_uri(integration: Document, scope: RestScope, addresses: PrivateAddresses) -> Uri:
    uri = compile_uri(fill_stage_variables(integration.get("uri") or "", scope.variables))
    return uri


def _proxy_settings(method: Document, route: str, uri: Uri, scope: RestScope) -> ProxySettings:
    integration = method["methodIntegration"]
    mapping = compile_request_mapping(integration.get("requestParameters") or {}, scope.variables)
    return ProxySettings(
        uri.origin,
        uri.host,
        compile_path(uri, mapping.path, route),
        lambda exchange: fill_path(uri, mapping.path, Reading(exchange, None, exchange.body), route, {}),
        compile_query(uri, mapping.path),
        _backend_method(integration),
        (integration.get("timeoutInMillis") or DEFAULT_TIMEOUT_MS) / 1000,
        mapping if mapping.headers or mapping.query else None,
        BinaryTypes(scope.binary_media_types),
        integration.get("contentHandling"),
        scope.api_id.encode(),
        method.get("authorizationType") == "AWS_IAM",
    )


def _backend_method(integration: Document) -> bytes | None:
    """None for the client's own."""
    method = integration.get("httpMethod") or "ANY"
    if not _METHOD.fullmatch(method):
        raise PlanError(f"integration method {method!r} is not a method")
    return None if method == "ANY" else method.encode()
