"""The members of a call without secrets and without bulk, by the shapes of the model and by their names."""

import re
from typing import Any

from limen.aws.call import Answered
from limen.aws.service_model import Shape

HIDDEN = "HIDDEN_DUE_TO_SECURITY_REASONS"
"""As CloudTrail writes it."""
MOST_TEXT = 1024
MOST_ITEMS = 50
MOST_DEPTH = 8

_SECRET = re.compile(
    r"password|secret|privatekey|(access|refresh|id|session|device|client)token|authparameters|challengeresponses"
    r"|clientmetadata|usercontextdata|confirmationcode|proposedpassword|^session$",
    re.IGNORECASE,
)
_OF_OPERATIONS = {
    ("apigateway", "CreateApiKey"): frozenset({"value"}),
    ("apigateway", "ImportApiKeys"): frozenset({"body"}),
    ("apigateway", "TestInvokeMethod"): frozenset({"body", "headers", "multiValueHeaders", "stageVariables"}),
    ("apigateway", "TestInvokeAuthorizer"): frozenset({"body", "headers", "multiValueHeaders", "stageVariables"}),
    ("lambda", "Invoke"): frozenset({"Payload", "ClientContext"}),
    ("lambda", "InvokeAsync"): frozenset({"InvokeArgs"}),
    ("lambda", "InvokeWithResponseStream"): frozenset({"Payload", "ClientContext"}),
}
"""Members that the model does not mark."""


def shown_members(answered: Answered) -> dict[str, Any] | None:
    """As they are recorded: names begin in lower case."""
    if answered.members is None:
        return None
    hidden = _OF_OPERATIONS.get((answered.service, answered.operation), frozenset())
    shapes = _shapes_of(answered.shape)
    return {
        _lower(name): HIDDEN if name in hidden else _shown(name, value, shapes.get(name), 0)
        for name, value in answered.members.items()
    }


def _shown(name: str, value: Any, shape: Shape | None, depth: int) -> Any:
    if value is None or isinstance(value, bool | int | float):
        return value
    if (shape is not None and shape.is_sensitive) or _SECRET.search(name):
        return HIDDEN
    if isinstance(value, bytes):
        return f"<{len(value)} bytes>"
    if depth >= MOST_DEPTH:
        return "..."
    if isinstance(value, dict):
        shapes = _shapes_of(shape)
        items = list(value.items())[:MOST_ITEMS]
        element = shape.element if shape is not None else None
        return {
            str(key)[:MOST_TEXT]: _shown(str(key), each, shapes.get(key, element), depth + 1) for key, each in items
        }
    if isinstance(value, list):
        element = shape.element if shape is not None else None
        return [_shown(name, each, element, depth + 1) for each in value[:MOST_ITEMS]]
    text = str(value)
    return text if len(text) <= MOST_TEXT else f"{text[:MOST_TEXT]}... ({len(text)} characters)"


def _shapes_of(shape: Shape | None) -> dict[str, Shape]:
    return {} if shape is None else {name: member.shape for name, member in shape.members.items()}


def _lower(name: str) -> str:
    return name[:1].lower() + name[1:]
