"""From an AWS_PROXY integration without a subtype to the step that invokes its function."""

from collections.abc import Mapping
from typing import Any, TypeAlias

from limen.gateway.errors import PlanError
from limen.gateway.route_plan import Step
from limen.integrations.functions.backends import FunctionBackends
from limen.integrations.functions.name import check_function_name
from limen.integrations.functions.target import FunctionUse, compile_function_target, source_arn
from limen.integrations.http_functions.answers import Read, read_v1, read_v2
from limen.integrations.http_functions.events import MakeEvent, compile_event_v1, compile_event_v2
from limen.integrations.http_functions.proxy import compile_function_proxy
from limen.integrations.http_functions.scope import FunctionScope
from limen.integrations.http_functions.settings import FunctionProxySettings
from limen.integrations.mapping import compile_request_mapping, compile_response_mappings
from limen.integrations.mapping_grammar import find_mapping_problems, find_response_mapping_problems
from limen.upstream.client import Upstream

Document: TypeAlias = Mapping[str, Any]


def compile_function(
    integration: Document, scope: FunctionScope, timeout: float, functions: FunctionBackends, upstream: Upstream
) -> Step:
    """`timeout` in seconds. Raises PlanError, and LookupError for a stage variable that the stage does not have."""
    problems = find_function_problems(integration)
    if problems:
        raise PlanError("; ".join(problems))
    use = FunctionUse(
        uri=integration["integrationUri"],
        credentials=integration.get("credentialsArn") or "",
        source_arn=source_arn(scope.region, scope.account, scope.api_id, _source(scope)),
        region=scope.region,
        account=scope.account,
        is_streamed=False,
    )
    target = compile_function_target(use, scope.variables, functions)
    make_event, read_answer = _format(integration["payloadFormatVersion"], scope)
    settings = FunctionProxySettings(
        target,
        timeout,
        make_event,
        read_answer,
        compile_request_mapping(integration.get("requestParameters") or {}, scope.route_key, scope.variables),
        compile_response_mappings(integration.get("responseParameters") or {}, scope.variables),
        scope.path_prefix(integration["payloadFormatVersion"]),
    )
    return compile_function_proxy(settings, upstream)


def find_function_problems(integration: Document) -> list[str]:
    """What keeps an integration with a function from being served on any stage."""
    problems = find_mapping_problems(integration.get("requestParameters") or {})
    problems += find_response_mapping_problems(integration.get("responseParameters") or {})
    try:
        check_function_name(integration.get("integrationUri") or "")
    except PlanError as error:
        problems.append(str(error))
    version = integration.get("payloadFormatVersion")
    if version not in ("1.0", "2.0"):
        problems.append(f"there is no payload format version {version!r}")
    return problems


def _format(version: str, scope: FunctionScope) -> tuple[MakeEvent, Read]:
    if version == "1.0":
        return compile_event_v1(scope), read_v1
    return compile_event_v2(scope), read_v2


def _source(scope: FunctionScope) -> str:
    """`prod/GET/pets/{id}`, `prod/*/pets`, `$default/$default`: what a permission of the function names."""
    method, _, path = scope.route_key.rpartition(" ")
    if not method:
        return f"{scope.stage_name}/{path}"
    return f"{scope.stage_name}/{'*' if method == 'ANY' else method}{path}"
