"""What goes wrong with functions behind HTTP APIs: what the client reads, and `$context.integrationErrorMessage`.

Developer guide, "Troubleshooting issues with HTTP API Lambda integrations"; texts and statuses as observed.
"""

import logging

import orjson

from limen.gateway.errors import INTERNAL, REQUEST_TOO_LARGE, Failure, GatewayError
from limen.gateway.exchange import Exchange
from limen.integrations.functions.refusal import Refusal

log = logging.getLogger("limen.integrations")

FAILED = "The Lambda function returned the following error: {}. Check your Lambda function code and try again."
MALFORMED = "The response from the Lambda function doesn't match the format that API Gateway expects."
NO_PERMISSION = (
    "The IAM role configured on the integration or API Gateway doesn't have permissions to call the integration. "
    "Check the permissions and try again."
)
TIMED_OUT = Failure("INTEGRATION_TIMEOUT", 503, "Service Unavailable")
"""Not 504, as HTTP backends have it."""
UNAVAILABLE = Failure("INTEGRATION_FAILURE", 503, "Service Unavailable")
_LONGEST = 1000
_UNREACHABLE = frozenset({403, 404})
"""To API Gateway a function that is not there is one that it may not call."""


def function_refused(refusal: Refusal) -> GatewayError:
    """The function was not run."""
    reason = refusal.message or refusal.kind or f"Lambda answered {refusal.status}"
    if refusal.status in _UNREACHABLE:
        log.info("a function was not called: %s", reason)
        return GatewayError(INTERNAL, NO_PERMISSION)
    if refusal.status == 413:
        return GatewayError(REQUEST_TOO_LARGE, reason)
    return GatewayError(UNAVAILABLE if refusal.status in (429, 503) else INTERNAL, reason)


def function_failed(payload: bytes) -> GatewayError:
    """The function was run, and raised, or ended otherwise than by returning."""
    return GatewayError(INTERNAL, FAILED.format(_error_message(payload)))


def malformed(exchange: Exchange, detail: str) -> GatewayError:
    """What the function returned is no response; `detail` says why."""
    log.info("request %s: %s %s", exchange.request_id.decode(), MALFORMED, detail)
    if exchange.trace is not None:
        exchange.trace.note("malformed", detail=detail)
    return GatewayError(INTERNAL, MALFORMED)


def _error_message(payload: bytes) -> str:
    try:
        document = orjson.loads(payload)
    except orjson.JSONDecodeError:
        document = None
    message = document.get("errorMessage") if isinstance(document, dict) else None
    text = payload.decode("utf-8", "replace") if message is None else str(message)
    return text[:_LONGEST]
