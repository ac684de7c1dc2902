"""The request of an action in the protocol of its service: JSON 1.x, a form of the query protocol, or REST."""

import re
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias
from urllib.parse import quote, urlencode

import orjson

from limen.gateway.errors import BAD_REQUEST, GatewayError
from limen.integrations.service_names import find_service
from limen.integrations.subtypes.actions import Action, Protocol
from limen.wire import Header, header

Values: TypeAlias = Mapping[str, Any]
"""By the member of the service's request; without what is missing."""
Rendered: TypeAlias = tuple[str, str, bytes]
"""Path, query string and body."""

_FORM = header(b"Content-Type", b"application/x-www-form-urlencoded; charset=utf-8")
_IN_PATH = re.compile(r"\{(\w+)\}")


def method_of(action: Action) -> bytes:
    return b"GET" if action.protocol == "rest" else b"POST"


def headers_of(action: Action) -> tuple[Header, ...]:
    """What the protocol asks for, whatever the values."""
    if action.protocol == "query":
        return (_FORM,)
    if action.protocol == "rest":
        return ()
    known = find_service(action.service)[1]
    return (
        header(b"X-Amz-Target", f"{known.target}.{action.operation}".encode()),
        header(b"Content-Type", f"application/x-amz-json-{known.json}".encode()),
    )


def render_request(action: Action, values: Values) -> Rendered:
    """Raises GatewayError for values that no request can carry."""
    return _RENDERERS[action.protocol](action, values)


def _render_json(action: Action, values: Values) -> Rendered:
    content = {action.entries: [values]} if action.entries else values
    try:
        return "/", "", orjson.dumps(content)
    except TypeError:
        # Bytes of a client that are no UTF-8: JSON has no way to say them.
        raise GatewayError(BAD_REQUEST, f"a value for {action.operation} is not UTF-8") from None


def _render_form(action: Action, values: Values) -> Rendered:
    """https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-making-api-requests-xml.html"""
    fields = [("Action", action.operation), ("Version", action.version)]
    for member, value in values.items():
        if isinstance(value, str):
            fields.append((member, value))
            continue
        for number, item in enumerate(value, 1):
            place = f"{member}.{number}"
            if isinstance(value, list):
                fields.append((place, item))
            else:
                fields.append((f"{place}.Name", item))
                fields += [(f"{place}.Value.{name}", _text(text)) for name, text in value[item].items()]
    return "/", "", urlencode(fields, errors="surrogateescape").encode("ascii")


def _text(value: Any) -> str:
    return value if isinstance(value, str) else orjson.dumps(value).decode()


def _render_rest(action: Action, values: Values) -> Rendered:
    in_path = set(_IN_PATH.findall(action.path))
    path = _IN_PATH.sub(lambda match: _segment(match[1], values[match[1]]), action.path)
    asked = {member: value for member, value in values.items() if member not in in_path}
    return path, urlencode(asked, quote_via=quote, safe="-._~", errors="surrogateescape"), b""


def _segment(member: str, value: str) -> str:
    if value in (".", ".."):
        raise GatewayError(BAD_REQUEST, f"{member} is {value!r}, which would lead to another path")
    return quote(value, safe="-._~", errors="surrogateescape")


_RENDERERS: dict[Protocol, Callable[[Action, Values], Rendered]] = {
    "json": _render_json,
    "query": _render_form,
    "rest": _render_rest,
}
