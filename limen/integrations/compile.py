"""From an integration document to the step that answers: dispatches by type, and checks what can be checked early."""

import re
from collections.abc import Mapping
from typing import Any, TypeAlias

from limen.gateway.errors import INTERNAL, PlanError
from limen.gateway.failures import compile_refusal
from limen.gateway.ports import PrivateAddresses
from limen.gateway.route_plan import Step
from limen.gateway.stage_variables import blank_stage_variables, fill_stage_variables, mentions_stage_variables
from limen.integrations.backends import Backends
from limen.integrations.http import compile_proxy
from limen.integrations.http_functions.compile import compile_function, find_function_problems
from limen.integrations.http_functions.scope import FunctionScope
from limen.integrations.mapping import compile_request_mapping, compile_response_mappings
from limen.integrations.mapping_grammar import find_mapping_problems, find_response_mapping_problems
from limen.integrations.proxy_settings import ProxySettings
from limen.integrations.segments import encode_path
from limen.integrations.subtypes.compile import Scope, compile_subtype, find_subtype_problems
from limen.integrations.target import Target, compile_private_target, compile_target
from limen.integrations.unserved import compile_unserved

Document: TypeAlias = Mapping[str, Any]

DEFAULT_TIMEOUT_MS = 30_000
_METHOD = re.compile(r"[A-Z][A-Z0-9_-]{0,31}")


def compile_integration(
    integration: Document, route: Document, stage: Document, api: Document, backends: Backends
) -> Step:
    """The last inbound step of a route. Raises PlanError for a document that cannot be served on any stage."""
    route_key, api_id = route["routeKey"], api["apiId"]
    kind = _unserved_kind(integration)
    if kind is not None:
        return compile_unserved(kind, route_key, api_id)
    variables = stage.get("stageVariables") or {}
    where = f"API {api_id}, stage {stage['stageName']}, route {route_key!r}"
    try:
        if integration.get("integrationSubtype"):
            scope = Scope(api_id, api["_region"], variables)
            return compile_subtype(integration, scope, _timeout(integration), backends.services, backends.upstream)
        if integration["integrationType"] == "AWS_PROXY":
            return _compile_function(integration, route_key, stage, api, backends)
        if is_private(integration):
            target = _private_target(integration, stage, variables, backends.private_addresses)
        else:
            target = compile_target(fill_stage_variables(integration["integrationUri"], variables), route_key)
    except LookupError as missing:
        return compile_refusal(INTERNAL, f"{where}: {missing}")
    except PlanError as error:
        if mentions_stage_variables(integration.get("integrationUri") or ""):
            # The document is right, one stage's variables are not: its other routes are served all the same.
            return compile_refusal(INTERNAL, f"{where}: {error}")
        raise
    return compile_proxy(_settings(integration, target, route_key, variables), backends.upstream)


def find_integration_problems(integration: Document, route_keys: list[str]) -> list[str]:
    """What keeps an integration from being served on any stage, for the routes that use it."""
    if _unserved_kind(integration) is not None:
        return []
    if integration.get("integrationSubtype"):
        return find_subtype_problems(integration)
    if integration.get("integrationType") == "AWS_PROXY":
        return find_function_problems(integration)
    problems = find_mapping_problems(integration.get("requestParameters") or {})
    problems += find_response_mapping_problems(integration.get("responseParameters") or {})
    if not is_private(integration):
        uri = blank_stage_variables(integration.get("integrationUri") or "")
        for route_key in route_keys:
            try:
                compile_target(uri, route_key)
            except PlanError as error:
                problems.append(str(error))
    return problems


def is_private(integration: Document) -> bool:
    return integration.get("connectionType") == "VPC_LINK"


def _unserved_kind(integration: Document) -> str | None:
    integration_type = integration.get("integrationType")
    return None if integration_type in ("HTTP_PROXY", "AWS_PROXY") else f"type {integration_type}"


def _compile_function(
    integration: Document, route_key: str, stage: Document, api: Document, backends: Backends
) -> Step:
    variables = stage.get("stageVariables") or {}
    scope = FunctionScope(api["_account"], api["_region"], api["apiId"], stage["stageName"], route_key, variables)
    return compile_function(integration, scope, _timeout(integration), backends.functions, backends.upstream)


def _private_target(
    integration: Document, stage: Document, variables: Mapping[str, str], addresses: PrivateAddresses
) -> Target:
    stage_name = stage["stageName"]
    prefix = b"" if stage_name == "$default" else encode_path(b"/" + stage_name.encode())
    server_name = (integration.get("tlsConfig") or {}).get("serverNameToVerify")
    return compile_private_target(addresses.get_address(integration, variables), prefix, server_name)


def _settings(integration: Document, target: Target, route_key: str, variables: Mapping[str, str]) -> ProxySettings:
    method = integration.get("integrationMethod") or "ANY"
    if not _METHOD.fullmatch(method):
        raise PlanError(f"integration method {method!r} is not a method")
    return ProxySettings(
        target,
        None if method == "ANY" else method.encode(),
        _timeout(integration),
        compile_request_mapping(integration.get("requestParameters") or {}, route_key, variables),
        compile_response_mappings(integration.get("responseParameters") or {}, variables),
    )


def _timeout(integration: Document) -> float:
    """In seconds."""
    return float((integration.get("timeoutInMillis") or DEFAULT_TIMEOUT_MS) / 1000)
