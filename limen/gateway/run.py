"""Walks the steps of a plan. What does not wait needs no task; what waits goes on from where it stood."""

import logging
from collections.abc import Coroutine
from typing import Any

from limen.gateway.errors import GatewayError
from limen.gateway.exchange import Exchange, Response
from limen.gateway.failure_log import tell_failure
from limen.gateway.route_plan import RoutePlan
from limen.tasks import Tasks
from limen.wire import header

log = logging.getLogger("limen.gateway")

waiting = Tasks()
"""Tasks of the steps that are coroutines; one set per process."""


def run(exchange: Exchange, plan: RoutePlan) -> None:
    """Runs a plan from its first step to its records; returns when the exchange has ended or waits."""
    exchange.plan = plan
    exchange.steps = iter(plan.inbound)
    resume(exchange)


def resume(exchange: Exchange, error: BaseException | None = None) -> None:
    """Goes on behind the step that answered WAITS: once for each such step, by whoever it waited for."""
    try:
        if error is not None:
            raise error
        is_answered = exchange.response is not None
        if not is_answered:
            for step in exchange.steps:
                waits = step(exchange)
                if waits is not None:
                    if waits is not True:
                        waiting.start(_await(exchange, waits), "step")
                    return
                if exchange.response is not None:
                    break
        for step in exchange.plan.outbound:
            step(exchange)
    except Exception as failed:
        _fail(exchange, failed)
    _end(exchange)


def _fail(exchange: Exchange, error: Exception) -> None:
    if not isinstance(error, GatewayError):
        log.error("request %s: a step failed", exchange.request_id.decode(), exc_info=error)
        error = GatewayError(exchange.plan.bug)
    exchange.failure = error
    tell_failure(exchange, error)
    try:
        exchange.response = exchange.plan.failure_response(exchange, error)
    except Exception:
        log.exception("request %s: the failure response failed", exchange.request_id.decode())
        exchange.response = Response(500, [header(b"content-type", b"application/json")], b'{"message":null}')


def _end(exchange: Exchange) -> None:
    exchange.reply.send(exchange)
    stream = exchange.response.stream if exchange.response is not None else None
    if stream is None:
        _record(exchange)
    else:
        stream.close_unless_attached()  # the client may have gone
        stream.when_closed(lambda: _record(exchange))


def _record(exchange: Exchange) -> None:
    for record in exchange.plan.records:
        try:
            record(exchange)
        except Exception:
            log.exception("request %s: a record failed", exchange.request_id.decode())


async def _await(exchange: Exchange, step: Coroutine[Any, Any, None]) -> None:
    try:
        await step
    except Exception as error:
        resume(exchange, error)
    else:
        resume(exchange)
