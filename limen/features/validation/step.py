"""The step that validates a request before its integration: parameters first, then the body."""

from collections.abc import Mapping
from typing import Any, NoReturn, TypeAlias

from limen.features.validation.models import Model, compile_model
from limen.features.validation.parameters import Find, compile_required
from limen.gateway.errors import GatewayError, PlanError
from limen.gateway.exchange import Exchange
from limen.gateway.request_view import view_of
from limen.gateway.rest_errors import BAD_REQUEST_BODY, BAD_REQUEST_PARAMETERS
from limen.gateway.route_plan import Step
from limen.templates.values import decode_json
from limen.wire import LONGEST_KEPT

Document: TypeAlias = dict[str, Any]

DEFAULT_CONTENT_TYPE = "application/json"
DEFAULT_MODEL = "$default"
UNREADABLE = "[Unknown error parsing request body]"
"""Said of bodies that are no JSON, and of empty ones that do not pass as `{}` (observed)."""

TOO_COSTLY = "[The request body is nested too deep for its model]"
"""Where judging it would take longer than anybody waits."""

_MAX_CONTENT_TYPES = 256
"""Spellings that are remembered; clients choose them."""


def compile_validator(
    method: Document, validators: Mapping[str, Document], models: Mapping[str, Document], api_id: str
) -> Step | None:
    """A step that passes a request or fails it; PlanError where the validator or a model of it cannot be built."""
    validator_id = method.get("requestValidatorId")
    if not validator_id:
        return None
    validator = validators.get(validator_id)
    if validator is None:
        raise PlanError(f"request validator {validator_id!r} does not exist")
    parameters = None
    if validator.get("validateRequestParameters"):
        parameters = _compile_parameters(compile_required(method.get("requestParameters") or {}))
    body = None
    if validator.get("validateRequestBody"):
        body = _compile_body(method.get("requestModels") or {}, models, api_id)
    if parameters is None or body is None:
        return parameters or body
    return _compile_both(parameters, body)


def _compile_both(parameters: Step, body: Step) -> Step:
    def validate(exchange: Exchange) -> None:
        parameters(exchange)
        body(exchange)

    return validate


def _compile_parameters(required: list[tuple[str, Find]]) -> Step | None:
    if not required:
        return None

    def validate_parameters(exchange: Exchange) -> None:
        view = view_of(exchange)
        missing = None
        for name, find in required:
            value = find(view)
            if not value or not value.strip():
                missing = [name] if missing is None else [*missing, name]
        if missing is not None:
            message = f"Missing required request parameters: [{', '.join(missing)}]"
            if exchange.trace is not None:
                exchange.trace.note("validated", what="parameters", outcome="failed", message=message)
            raise GatewayError(BAD_REQUEST_PARAMETERS, message, message=message)
        if exchange.trace is not None:
            exchange.trace.note("validated", what="parameters", outcome="passed")

    return validate_parameters


def _compile_body(names: Mapping[str, str], models: Mapping[str, Document], api_id: str) -> Step | None:
    if not names:
        return None
    compiled = {name: compile_model(name, models, api_id) for name in set(names.values())}
    by_type = {content_type.lower(): compiled[name] for content_type, name in names.items()}
    default = by_type.pop(DEFAULT_MODEL, None)
    chosen: dict[bytes, tuple[str, Model | None]] = {}

    def choose(sent: bytes) -> tuple[str, Model | None]:
        """The content type without its parameters, and its model."""
        content_type = sent.partition(b";")[0].strip().decode("latin-1") or DEFAULT_CONTENT_TYPE
        found = content_type, by_type.get(content_type.lower(), default)
        if len(chosen) < _MAX_CONTENT_TYPES and len(sent) <= LONGEST_KEPT:
            chosen[sent] = found
        return found

    def validate_body(exchange: Exchange) -> None:
        sent = exchange.find_header(b"content-type") or b""
        content_type, model = chosen.get(sent) or choose(sent)
        if model is None:
            if exchange.trace is not None:
                message = f"no model for content type {content_type}"
                exchange.trace.note("validated", what="body", outcome="skipped", message=message)
            return
        try:
            content = decode_json(exchange.body or b"{}")
        except ValueError:
            _refuse(exchange, content_type, model, UNREADABLE, "")
        if model.costs is not None and not model.costs.are_bearable(content):
            _refuse(exchange, content_type, model, TOO_COSTLY, "")
        if not model.is_valid(content):
            explanation = model.explain(content)
            detail = str(explanation) if exchange.body else UNREADABLE
            _refuse(exchange, content_type, model, detail, explanation.pointer)
        if exchange.trace is not None:
            exchange.trace.note("validated", what="body", outcome="passed", model=model.name, content_type=content_type)

    return validate_body


def _refuse(exchange: Exchange, content_type: str, model: Model, detail: str, pointer: str) -> NoReturn:
    message = f"Request body does not match model schema for content type {content_type}: {detail}"
    if exchange.trace is not None:
        exchange.trace.note(
            "validated", what="body", outcome="failed", model=model.name, message=message, pointer=pointer
        )
    raise GatewayError(BAD_REQUEST_BODY, message, detail=detail)
