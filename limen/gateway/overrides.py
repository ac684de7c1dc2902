"""What mapping templates override of an exchange: `$context.requestOverride` and `$context.responseOverride`."""

from typing import Any

from limen.templates.values import OnceMap


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
        header = (self._earlier.get("header") or {}) | (self.response.get("header") or {})
        self.response = self._earlier | self.response | {"header": header}
