"""First-class integrations of HTTP APIs with AWS services: from the document to the step that calls the service.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-aws-services.html
"""

from collections.abc import Mapping
from typing import Any, TypeAlias

from msgspec import Struct

from limen.gateway.errors import PlanError
from limen.gateway.route_plan import Step
from limen.integrations.mapping import ResponseMappings, compile_response_mappings
from limen.integrations.service_endpoints import ServiceEndpoints
from limen.integrations.subtypes.actions import ACTIONS, REGION, Action
from limen.integrations.subtypes.call import ServiceAction, compile_service_action
from limen.integrations.subtypes.endpoints import Endpoints, is_region
from limen.integrations.subtypes.values import compile_parameter, find_value_problem
from limen.upstream.client import Upstream

Document: TypeAlias = Mapping[str, Any]


class Scope(Struct, frozen=True):
    """The API, and the stage that it is compiled for."""

    api_id: str
    region: str
    variables: Mapping[str, str]


def compile_subtype(
    integration: Document, scope: Scope, timeout: float, services: ServiceEndpoints, upstream: Upstream
) -> Step:
    """`timeout` in seconds. Raises PlanError, and LookupError for a stage variable that the stage does not have."""
    problems = find_subtype_problems(integration)
    if problems:
        raise PlanError("; ".join(problems))
    subtype = integration["integrationSubtype"]
    action = ACTIONS[subtype]
    texts = dict(integration.get("requestParameters") or {})
    mappings: ResponseMappings = compile_response_mappings(integration.get("responseParameters") or {}, scope.variables)
    endpoints = Endpoints(action, integration["credentialsArn"], scope.region, scope.variables, services)
    settings = ServiceAction(
        subtype=subtype,
        action=action,
        reads={
            name: compile_parameter(name, texts[name], parameter.kind, scope.variables)
            for name, parameter in action.parameters.items()
            if name in texts
        },
        texts=texts,
        endpoints=endpoints,
        signer=services.signer,
        timeout=timeout,
        agent=f"AmazonAPIGateway_{scope.api_id}".encode(),
        mappings=mappings,
    )
    return compile_service_action(settings, upstream)


def find_subtype_problems(integration: Document) -> list[str]:
    """What keeps an integration with a subtype from being served on any stage."""
    subtype = integration.get("integrationSubtype")
    action = ACTIONS.get(subtype or "")
    if action is None:
        return [f"there is no integration subtype {subtype!r}"]
    parameters = integration.get("requestParameters") or {}
    problems = [] if integration.get("credentialsArn") else [f"{subtype} needs credentials: the ARN of a role"]
    problems += [f"{subtype} needs the parameter {name}" for name in action.required if not parameters.get(name)]
    problems += [problem for name, text in parameters.items() if (problem := _problem(subtype, action, name, text))]
    return problems


def _problem(subtype: Any, action: Action, name: str, text: str) -> str | None:
    parameter = action.parameters.get(name)
    if parameter is None:
        return f"{subtype} has no parameter {name}"
    if not text:
        return f"{subtype}: the value of {name} is empty"
    if name == REGION and "$" not in text and not is_region(text):
        return f"{subtype}: {text!r} is not a region"
    problem = find_value_problem(text, parameter.kind)
    return f"{subtype}: {name}: {problem}" if problem else None
