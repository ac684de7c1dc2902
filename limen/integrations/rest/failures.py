"""What an error of the backend's side becomes for a client of a REST API."""

import logging

from limen.gateway.errors import Failure, GatewayError
from limen.gateway.exchange import Exchange
from limen.gateway.rest_errors import API_CONFIGURATION_ERROR, INTEGRATION_FAILURE, INTEGRATION_TIMEOUT
from limen.upstream.errors import Kind, UpstreamError

log = logging.getLogger("limen.integrations")

INVALID_ADDRESS = "Invalid endpoint address"

_FAILURES: dict[Kind, Failure] = {
    "resolve": API_CONFIGURATION_ERROR,
    "forbidden": API_CONFIGURATION_ERROR,
    "too_large": API_CONFIGURATION_ERROR,
    "timeout": INTEGRATION_TIMEOUT,
}
"""Of the others: INTEGRATION_FAILURE."""
_INVALID = frozenset({"resolve", "forbidden"})


def rest_failure(exchange: Exchange, error: UpstreamError) -> GatewayError:
    log.info("request %s: %s: %s", exchange.request_id.decode(), error.kind, error.message)
    reason = INVALID_ADDRESS if error.kind in _INVALID else error.message
    return GatewayError(_FAILURES.get(error.kind, INTEGRATION_FAILURE), reason)
