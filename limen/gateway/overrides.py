"""What mapping templates override of an exchange: `$context.requestOverride` and `$context.responseOverride`."""

from collections.abc import Mapping
from typing import Any

from limen.gateway.errors import GatewayError
from limen.gateway.rest_errors import API_CONFIGURATION_ERROR
from limen.templates.errors import Trouble
from limen.templates.values import OnceMap, text_of


class Overrides:
    """Written by templates, read by the integration when its template has ended (guide, "Use a mapping template to
    override an API's request and response parameters and status codes"). One template may set each name once.
    """

    __slots__ = ("_earlier", "request", "response")

    def __init__(self) -> None:
        self.request: dict[str, Any] = {"header": OnceMap(), "path": OnceMap(), "querystring": OnceMap()}
        self.response: dict[str, Any] = OnceMap(header=OnceMap())
        """`status` may stand beside `header`."""
        self._earlier: dict[str, Any] = {}

    def begin_response_template(self) -> None:
        """What the request template has set of the response, this one may set again."""
        self._earlier = self.response
        self.response = OnceMap(header=OnceMap())

    def end_response_template(self) -> None:
        header = _group(self._earlier, "header") | _group(self.response, "header")
        self.response = self._earlier | self.response | {"header": header}


def texts_of(overrides: Mapping[str, Any], place: str) -> dict[str, list[str]]:
    """What is set in `header`, `path` or `querystring`, by name. Raises GatewayError for what has no text."""
    try:
        return {
            text_of(name) or "": [text_of(one) or "" for one in (value if isinstance(value, list) else [value])]
            for name, value in _group(overrides, place).items()
            if value is not None
        }
    except Trouble as trouble:
        raise GatewayError(API_CONFIGURATION_ERROR, f"the override of a {place}: {trouble.reason}") from None


def status_of(overrides: Mapping[str, Any]) -> int | None:
    """None where no status is set that a response can have."""
    status = overrides.get("status")
    text = str(status) if type(status) is int or type(status) is str else ""
    return int(text) if len(text) == 3 and text.isascii() and text.isdigit() and 100 <= int(text) <= 599 else None


def _group(overrides: Mapping[str, Any], place: str) -> dict[Any, Any]:
    """A template may put something else in the place of the map: that overrides nothing."""
    found = overrides.get(place)
    return found if isinstance(found, dict) else {}
