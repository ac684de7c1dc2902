"""What keeps the integration of a method from being served on any stage: checks that need no stage."""

from collections.abc import Mapping
from typing import Any

from limen.gateway.errors import PlanError
from limen.gateway.stage_variables import blank_stage_variables
from limen.integrations.functions.name import check_function_name, is_streaming_uri
from limen.integrations.rest.compile import find_unserved, transfer_problem, uses_function
from limen.integrations.rest.expressions import find_request_mapping_problems
from limen.integrations.rest.request_mapping import compile_request_mapping
from limen.integrations.rest.responses import find_response_problems
from limen.integrations.rest.templates import find_template_problems
from limen.integrations.rest.uri import compile_uri
from limen.integrations.service_uri import check_service_uri

_CUSTOM = frozenset({"AWS", "HTTP", "MOCK"})


def find_rest_integration_problems(method: Mapping[str, Any]) -> list[str]:
    """Empty where nothing is wrong, and for integrations that are stored but not served."""
    integration = method.get("methodIntegration")
    if not integration or find_unserved(integration) is not None:
        return []
    problems = _mapping_problems(integration.get("requestParameters") or {})
    if integration["type"] in _CUSTOM:
        problems += find_template_problems(integration.get("requestTemplates") or {})
        problems += find_response_problems(integration)
    if integration["type"] != "MOCK":
        problems += _uri_problems(integration)
    return problems


def find_rest_template_problems(method: Mapping[str, Any]) -> list[str]:
    """Of templates that are no Velocity: their method is served, and answers 500 to whoever needs one of them."""
    integration = method.get("methodIntegration")
    if not integration or integration.get("type") not in _CUSTOM:
        return []
    responses = (integration.get("integrationResponses") or {}).values()
    named = [integration.get("requestTemplates"), *(response.get("responseTemplates") for response in responses)]
    return [problem for templates in named for problem in find_template_problems(templates or {})]


def _mapping_problems(parameters: Mapping[str, str]) -> list[str]:
    problems = find_request_mapping_problems(parameters)
    if problems:
        return problems
    try:
        compile_request_mapping(parameters, {})
    except PlanError as error:
        return [str(error)]
    return []


def _uri_problems(integration: Mapping[str, Any]) -> list[str]:
    uri = integration.get("uri") or ""
    try:
        if uses_function(integration):
            return _function_problems(uri, integration)
        if integration["type"] == "AWS":
            check_service_uri(uri)
        else:
            compile_uri(blank_stage_variables(uri))
    except PlanError as error:
        return [str(error)]
    return []


def _function_problems(uri: str, integration: Mapping[str, Any]) -> list[str]:
    """Raises PlanError."""
    check_function_name(uri)
    is_streamed = integration.get("responseTransferMode") == "STREAM"
    return [] if is_streamed == is_streaming_uri(uri) else [transfer_problem(is_streamed)]
