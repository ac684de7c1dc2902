"""What goes wrong with functions behind REST APIs: failures, and the lines that API Gateway logs for each.

Lines are as observed; AWS's knowledge center, "How do I troubleshoot 5xx errors of API Gateway".
"""

import logging
from typing import Any

import orjson

from limen.gateway.errors import GatewayError
from limen.gateway.exchange import Exchange
from limen.gateway.rest_errors import (
    API_CONFIGURATION_ERROR,
    FUNCTION_FAILED,
    FUNCTION_PAYLOAD_TOO_LARGE,
    FUNCTION_THROTTLED,
)
from limen.integrations.functions.refusal import NO_PERMISSION, Refusal

log = logging.getLogger("limen.integrations")

MALFORMED = "Malformed Lambda proxy response"
_LONGEST = 1000


def function_refused(exchange: Exchange, refusal: Refusal) -> GatewayError:
    """The function was not run."""
    if refusal.status == 403:
        return GatewayError(API_CONFIGURATION_ERROR, NO_PERMISSION)
    if exchange.trace is not None:
        text = f"Lambda invocation failed with status: {refusal.status}. Lambda request id: {refusal.request_id}"
        exchange.trace.note("function_refused", text=text)
    reason = refusal.message or refusal.kind or f"Lambda answered {refusal.status}"
    if refusal.status == 429:
        return GatewayError(FUNCTION_THROTTLED, reason)
    return GatewayError(FUNCTION_PAYLOAD_TOO_LARGE if refusal.status == 413 else API_CONFIGURATION_ERROR, reason)


def function_failed(exchange: Exchange, message: str) -> GatewayError:
    """The function was run, and raised, or ended otherwise than by returning."""
    request_id = exchange.endpoint_request_id.decode("utf-8", "replace")
    text = (
        f"Lambda execution failed with status {exchange.integration_status} due to customer function error: "
        f"{message[:_LONGEST]}. Lambda request id: {request_id}"
    )
    if exchange.trace is not None:
        exchange.trace.note("function_failed", text=text)
    return GatewayError(FUNCTION_FAILED, text)


def malformed(exchange: Exchange, detail: str) -> GatewayError:
    """What the function returned is no response; `detail` says why."""
    log.info("request %s: %s: %s", exchange.request_id.decode(), MALFORMED, detail)
    if exchange.trace is not None:
        exchange.trace.note("malformed", detail=detail)
    return GatewayError(FUNCTION_FAILED, MALFORMED)


def error_message_of(payload: bytes) -> str | None:
    """Of the error object of a function that failed; None where it has none."""
    try:
        document: Any = orjson.loads(payload)
    except orjson.JSONDecodeError:
        return None
    message = document.get("errorMessage") if isinstance(document, dict) else None
    return None if message is None else str(message)
