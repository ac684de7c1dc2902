"""Integration responses: which one applies to what a backend answered, and what the client is told then."""

from collections.abc import Mapping
from typing import Any

from limen.gateway.errors import GatewayError, PlanError
from limen.gateway.exchange import Exchange, Response
from limen.gateway.overrides import status_of, texts_of
from limen.gateway.rest_errors import API_CONFIGURATION_ERROR
from limen.integrations.rest.content import BinaryTypes, becomes_binary, convert_response
from limen.integrations.rest.expressions import (
    find_response_mapping_problems,
    parse_response_expression,
    parse_response_target,
)
from limen.integrations.rest.mapping_settings import Entry, IntegrationResponse
from limen.integrations.rest.reading import Reading, compile_header_expression, joined, to_bytes
from limen.integrations.rest.request_mapping import read_entry
from limen.integrations.rest.templates import ResponseTemplates, find_template_problems
from limen.integrations.rest.treatment import treat_mapped_header
from limen.templates.errors import Trouble
from limen.templates.patterns import compile_pattern
from limen.wire import Header, find_header

_STATUSES_KEPT = 1_000
_JSON = (b"content-type", b"Content-Type", b"application/json")


class Selection:
    """The integration responses of one method, in their order. What was selected once is remembered."""

    def __init__(self, responses: list[IntegrationResponse]) -> None:
        self._patterns = [response for response in responses if response.compiled is not None]
        self._default = next((response for response in responses if response.compiled is None), None)
        self._selected: dict[str, IntegrationResponse | None] = {}

    def select(self, exchange: Exchange, matched: str, status: int | None = None) -> IntegrationResponse:
        """By the status of a backend, empty for the default, or the error message of a function. Raises GatewayError.

        `status` where it is not what is matched.
        """
        selected = self._selected.get(matched) or self._find(matched)
        if selected is None:
            raise GatewayError(
                API_CONFIGURATION_ERROR,
                "No match for output mapping and no default output mapping configured. "
                f"Endpoint Response Status Code: {matched if status is None else status}",
            )
        if exchange.trace is not None:
            exchange.trace.note("selected", pattern=selected.pattern, matched=matched, status_code=str(selected.status))
        if not selected.is_declared:
            reason = f"Output mapping refers to an invalid method response: {selected.status}"
            raise GatewayError(API_CONFIGURATION_ERROR, reason)
        return selected

    def _find(self, matched: str) -> IntegrationResponse | None:
        matching = [response for response in self._patterns if response.compiled.fullmatch(matched)]
        first = matching[0] if matching else self._default
        # Of several that match a status, the one of that status (observed of AWS).
        selected = next((response for response in matching if str(response.status) == matched), first)
        # A client may choose what a MOCK integration answers; nobody else has as many statuses.
        if len(self._selected) < _STATUSES_KEPT and len(matched) <= len("404"):
            self._selected[matched] = selected
        return selected


def compile_selection(
    integration: Mapping[str, Any], method: Mapping[str, Any], variables: Mapping[str, str]
) -> Selection:
    """Raises PlanError."""
    declared = {int(code) for code in method.get("methodResponses") or {}}
    responses = (integration.get("integrationResponses") or {}).items()
    return Selection([_compile(document, int(code), declared, variables) for code, document in responses])


def find_response_problems(integration: Mapping[str, Any]) -> list[str]:
    problems: list[str] = []
    for code, document in (integration.get("integrationResponses") or {}).items():
        try:
            _compile(document, int(code), set(), {})
        except PlanError as error:
            problems.append(str(error))
        problems += find_template_problems(document.get("responseTemplates") or {})
    return problems


def make_response(
    selected: IntegrationResponse,
    exchange: Exchange,
    headers: list[Header],
    body: bytes,
    binary_types: BinaryTypes,
    variables: Mapping[str, str],
) -> Response:
    """`headers` and `body` are the backend's. Raises GatewayError."""
    accept = find_header(exchange.headers, b"accept")
    handling = selected.content_handling
    is_binary = bool(body) and binary_types.has(find_header(headers, b"content-type"))
    wants_binary = binary_types.has(accept)
    mapped = _map_headers(selected, exchange, headers, body)
    if body:
        body = convert_response(body, is_binary, wants_binary, handling)
    template = selected.templates.choose(accept)
    if template is not None:
        if body and becomes_binary(wants_binary, handling):
            raise GatewayError(API_CONFIGURATION_ERROR, "Unable to transform response: the body is binary")
        body = template.render(exchange, body, "response", variables)
    status = selected.status
    if exchange.overrides is not None:
        status, mapped = _override(exchange.overrides.response, status, mapped)
    return Response(status, mapped, body)


def _map_headers(selected: IntegrationResponse, exchange: Exchange, headers: list[Header], body: bytes) -> list[Header]:
    if selected.constant_headers is not None and exchange.trace is None:
        return list(selected.constant_headers)
    reading = Reading(exchange, headers, body)
    mapped: list[Header] = []
    for entry in selected.headers:
        value = read_entry(entry, reading)
        if value is not None:
            treated = treat_mapped_header(entry.name.encode(), to_bytes(joined(value)))
            if treated is not None:
                mapped.append(treated)
    return _with_type(mapped)


def _with_type(headers: list[Header]) -> list[Header]:
    return headers if any(header[0] == b"content-type" for header in headers) else [*headers, _JSON]


def _override(overrides: Mapping[str, Any], status: int, headers: list[Header]) -> tuple[int, list[Header]]:
    """What templates have set goes before what is mapped (guide, "Use a mapping template to override ...")."""
    for name, texts in texts_of(overrides, "header").items():
        treated = treat_mapped_header(to_bytes(name), to_bytes(",".join(texts)))
        if treated is not None:
            headers = [header for header in headers if header[0] != treated[0]]
            headers.append(treated)
    return status_of(overrides) or status, headers


def _compile(
    document: Mapping[str, Any], code: int, declared: set[int], variables: Mapping[str, str]
) -> IntegrationResponse:
    pattern = document.get("selectionPattern") or ""
    parameters = document.get("responseParameters") or {}
    problems = find_response_mapping_problems(parameters)
    if problems:
        raise PlanError("; ".join(problems))
    entries = []
    for key, text in parameters.items():
        expression = parse_response_expression(text)
        name = parse_response_target(key).name
        entries.append(Entry(name, compile_header_expression(expression, variables), expression, text, key))
    return IntegrationResponse(
        code,
        pattern,
        _compile_selection_pattern(pattern) if pattern else None,
        tuple(entries),
        _constant_headers(entries, variables),
        ResponseTemplates(document.get("responseTemplates") or {}),
        document.get("contentHandling"),
        code in declared,
    )


def _compile_selection_pattern(pattern: str) -> Any:
    try:
        return compile_pattern(pattern)
    except Trouble as trouble:
        raise PlanError(f"selectionPattern: {trouble.reason}") from None


def _constant_headers(entries: list[Entry], variables: Mapping[str, str]) -> tuple[Header, ...] | None:
    headers: list[Header] = []
    for entry in entries:
        kind, name = entry.expression.kind, entry.expression.name
        if kind not in ("literal", "stageVariables"):
            return None
        value = name if kind == "literal" else variables.get(name)
        treated = treat_mapped_header(entry.name.encode(), to_bytes(value)) if value else None
        if treated is not None:
            headers.append(treated)
    return tuple(_with_type(headers))
