"""MOCK integrations: the gateway answers by itself, as its request template says. Nothing waits, nothing is sent.

Developer guide, "Set up mock integrations in API Gateway".
"""

import re

import orjson

from limen.gateway.errors import GatewayError
from limen.gateway.exchange import Exchange
from limen.gateway.rest_errors import API_CONFIGURATION_ERROR
from limen.gateway.route_plan import Step
from limen.integrations.rest.content import convert_request
from limen.integrations.rest.custom_settings import MockSettings
from limen.integrations.rest.responses import make_response
from limen.wire import find_header

_LENIENT = re.compile(r"""(?:^|[{,\s])["']?statusCode["']?\s*:\s*(-?\d+)\s*(?=[,}\s]|$)""")
"""Keys without quotes and with single ones are understood (observed)."""


def compile_mock(settings: MockSettings) -> Step:
    """A step that answers."""
    templates, selection, binary_types = settings.templates, settings.selection, settings.binary_types
    statuses: dict[bytes, str] = {}
    """Of templates that make the same of every message."""

    def mock(exchange: Exchange) -> None:
        content_type = find_header(exchange.headers, b"content-type")
        template = templates.choose(content_type)
        is_binary = binary_types.has(content_type)
        body = exchange.body
        if body or is_binary:
            body, is_binary = convert_request(body, is_binary, settings.content_handling)
        if template is None:
            status = parse_status(body) if body else ""
        else:
            if is_binary:
                raise GatewayError(API_CONFIGURATION_ERROR, "Unable to transform request: the body is binary")
            output = template.render(exchange, body, "request", settings.variables)
            status = statuses.get(output) or parse_status(output)
            if template.constant is not None:
                statuses[output] = status
        selected = selection.select(exchange, status)
        exchange.response = make_response(selected, exchange, [], b"", binary_types, settings.variables)

    return mock


def parse_status(output: bytes) -> str:
    """Of what a request template made. Raises GatewayError."""
    try:
        document = orjson.loads(output)
    except orjson.JSONDecodeError:
        found = _LENIENT.search(output.decode("utf-8", "replace"))
        if found is not None:
            return found[1]
    else:
        status = document.get("statusCode") if isinstance(document, dict) else None
        if isinstance(status, int) and not isinstance(status, bool):
            return str(status)
    raise GatewayError(
        API_CONFIGURATION_ERROR,
        "Unable to parse statusCode. It should be an integer that is defined in the request template.",
    )
