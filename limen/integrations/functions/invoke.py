"""Sends an invocation: its head is made last, when all else is known, and may have to wait for a role."""

from collections.abc import Awaitable
from typing import TypeAlias

from limen.gateway.run import resume, waiting
from limen.integrations.functions.call import FunctionCall
from limen.integrations.functions.noting import note_invocation
from limen.integrations.functions.stream import FunctionStream
from limen.integrations.service_place import NoCredentialsError
from limen.upstream.client import Upstream
from limen.wire import Header

Invocation: TypeAlias = FunctionCall | FunctionStream


def invoke(upstream: Upstream, call: Invocation, headers: list[Header]) -> None:
    """`headers` go with the payload: the trace id, the type of the invocation. Raises GatewayError."""
    try:
        head = call.target.make_head(call.body, headers, call.exchange)
    except NoCredentialsError as error:
        raise call.misconfigured(str(error)) from None
    if isinstance(head, bytes):
        _send(upstream, call, head)
    else:
        waiting.start(_send_signed(upstream, call, head), "sign")


async def _send_signed(upstream: Upstream, call: Invocation, signing: Awaitable[bytes]) -> None:
    try:
        head = await signing
    except NoCredentialsError as error:
        resume(call.exchange, call.misconfigured(str(error)))
    except Exception as error:
        resume(call.exchange, error)
    else:
        _send(upstream, call, head)


def _send(upstream: Upstream, call: Invocation, head: bytes) -> None:
    call.head = head
    if call.exchange.trace is not None:
        note_invocation(call.exchange.trace, call.target, head, call.body)
    upstream.send(call)
