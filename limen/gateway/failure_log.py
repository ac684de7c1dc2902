"""Tells the operator why requests end in 5xx: a line for each route and kind of failure, and not for each request."""

import logging
from time import monotonic

from limen.gateway.errors import GatewayError
from limen.gateway.exchange import Exchange

log = logging.getLogger("limen.gateway")

LOG_INTERVAL = 10.0
"""Seconds between two log lines of one route and failure: a client cannot fill the log."""
MOST_KEPT = 4096

_logged_at: dict[tuple[str, str], float] = {}


def tell_failure(exchange: Exchange, error: GatewayError) -> None:
    """Nothing is said of what clients cause, or of what has no reason of its own."""
    failure = error.failure
    if failure.status < 500 or not error.reason:
        return
    now = monotonic()
    name = (exchange.plan.key, failure.name)
    if now - _logged_at.get(name, -LOG_INTERVAL) < LOG_INTERVAL:
        return
    if len(_logged_at) >= MOST_KEPT:
        _logged_at.clear()
    _logged_at[name] = now
    stage = getattr(exchange, "stage", None)
    where = f"API {stage.api_id}, stage {stage.name}, {exchange.plan.key}: " if stage is not None else ""
    log.error("request %s: %s%s: answered %s", exchange.request_id.decode(), where, error.reason, failure.status)


def forget() -> None:
    """Tells everything once more."""
    _logged_at.clear()
