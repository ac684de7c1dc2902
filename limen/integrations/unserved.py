"""Integrations that are stored but not served: each request is answered 500, and the log says what is missing."""

from limen.gateway.errors import INTERNAL
from limen.gateway.failures import compile_refusal
from limen.gateway.route_plan import Step


def compile_unserved(kind: str, route_key: str, api_id: str) -> Step:
    """`kind` in words, for whoever reads the log: `a Lambda function`."""
    return compile_refusal(INTERNAL, f"API {api_id}, route {route_key!r}: {kind} as an integration is not served")
