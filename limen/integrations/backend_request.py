"""A request to a backend while it is being made, and what a service of AWS does to it before it is sent."""

from collections.abc import Awaitable, Sequence
from typing import Protocol

from limen.gateway.exchange import Exchange
from limen.wire import Header


class BackendRequest:
    """Filled by an integration, completed by its service, then rendered once; nothing is kept of it.

    `path` and `query` are as they stand in the request line, encoded, the query without its `?`; `headers` are without
    Host and Content-Length, which are made of `host` and `body` last of all.
    """

    __slots__ = ("body", "headers", "host", "method", "path", "query")

    def __init__(
        self, method: bytes, host: bytes, path: bytes, query: bytes, headers: list[Header], body: bytes
    ) -> None:
        self.method = method
        self.host = host
        self.path = path
        self.query = query
        self.headers = headers
        self.body = body


class Service(Protocol):
    """An AWS service that integrations call: everything about it that is not the caller's own mapping."""

    @property
    def url(self) -> str:
        """`https://host/path?query`, stage variables filled in, `http://` where the endpoint of a service is set so.

        `{name}` is filled from `integration.request.path.name`.
        """

    @property
    def headers(self) -> Sequence[Header]:
        """What the form of the URI adds; a mapped header of the same name goes before."""

    def finish(self, request: BackendRequest, exchange: Exchange) -> Awaitable[None] | None:
        """Changes and signs a request that is otherwise complete, in place; `exchange` is what it is made for.

        An awaitable where a call must be made first, to assume a role. Raises GatewayError, here or when awaited.
        """
