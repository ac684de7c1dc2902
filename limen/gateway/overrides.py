"""What mapping templates override of an exchange: `$context.requestOverride` and `$context.responseOverride`."""

from typing import Any


class Overrides:
    """Written by templates, read by the integration when its template has ended (guide, "Use a mapping template to
    override an API's request and response parameters and status codes")."""

    __slots__ = ("request", "response")

    def __init__(self) -> None:
        self.request: dict[str, Any] = {"header": {}, "path": {}, "querystring": {}}
        self.response: dict[str, Any] = {"header": {}}
        """`status` may stand beside `header`."""
