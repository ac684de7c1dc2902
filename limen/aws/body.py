"""The body of a request to an AWS API: read once, up to a limit, or thrown away."""

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, TypeAlias

from msgspec.structs import replace

from limen.aws.allowances import Allowance
from limen.aws.errors import request_timeout
from limen.aws.request import AwsRequest

Receive: TypeAlias = Callable[[], Awaitable[MutableMapping[str, Any]]]

DISCARD_TIMEOUT = 5.0
MOST_DISCARDED_BYTES = 64 << 20


class Body:
    """Of one ASGI request."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._has_more = True

    async def read_into(self, head: AwsRequest, allowance: Allowance) -> AwsRequest:
        """The request with its body."""
        chunks: list[bytes] = []
        size = 0
        try:
            async with asyncio.timeout(allowance.body_timeout):
                while self._has_more:
                    chunk = await self._next_chunk()
                    size += len(chunk)
                    if size > allowance.body:
                        raise allowance.refuse_body()
                    chunks.append(chunk)
        except TimeoutError:
            raise request_timeout(allowance.body_timeout) from None
        return replace(head, body=b"".join(chunks))

    async def discard_rest(self) -> None:
        """Lets a client that is still sending read its answer: a socket closed on it would hide the error."""
        left = MOST_DISCARDED_BYTES
        try:
            async with asyncio.timeout(DISCARD_TIMEOUT):
                while self._has_more and left > 0:
                    left -= len(await self._next_chunk())
        except TimeoutError:
            pass

    async def _next_chunk(self) -> bytes:
        message = await self._receive()
        self._has_more = message["type"] == "http.request" and bool(message.get("more_body", False))
        chunk: bytes = message.get("body", b"")
        return chunk
