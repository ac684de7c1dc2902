"""One request to a backend, and what calls it back."""

from typing import TYPE_CHECKING

from msgspec import Struct

from limen.upstream.errors import UpstreamError
from limen.wire import Header

if TYPE_CHECKING:
    from limen.upstream.http1 import Connection
    from limen.upstream.pool import OriginPool


class Origin(Struct, frozen=True, cache_hash=True):
    """Calls with equal origins share connections."""

    scheme: str
    """`http` or `https`."""
    host: str
    """A name or an address; IPv6 without brackets."""
    port: int
    server_name: str | None = None
    """The name that the certificate must carry, and that the handshake asks for, instead of `host`."""

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}"


class Limits(Struct, frozen=True):
    """Bounds of one worker's upstream side; times in seconds, sizes in bytes."""

    connections_per_origin: int = 1024
    waiting_calls_per_origin: int = 1024
    connect_timeout: float = 5.0
    idle_timeout: float = 3.5
    """Under the 5 s after which Node.js and uvicorn close an idle connection; a `Keep-Alive: timeout` goes before."""
    longest_idle_timeout: float = 55.0
    connection_age: float = 300.0
    """After this a connection takes no new call, so that a name that moves is followed."""
    response_head: int = 65_536
    response_headers: int = 200
    response_body: int = 10 * 1024 * 1024


class Call:
    """Subclassed by integrations; exactly one of `responded` and `failed` is called, once, in the loop.

    `head` is the request line and headers with the final blank line; `timeout` counts seconds from `Upstream.send`
    to the last byte of the response; `is_idempotent` allows a second try where a stale connection lost the first.
    """

    __slots__ = (
        "body",
        "connection",
        "deadline",
        "head",
        "is_idempotent",
        "is_retried",
        "method",
        "origin",
        "pool",
        "timeout",
    )

    def __init__(
        self, origin: Origin, method: bytes, head: bytes, body: bytes, timeout: float, is_idempotent: bool
    ) -> None:
        self.origin = origin
        self.method = method
        self.head = head
        self.body = body
        self.timeout = timeout
        self.is_idempotent = is_idempotent
        self.is_retried = False
        self.deadline = 0
        self.connection: Connection | None = None
        self.pool: OriginPool | None = None

    def responded(self, status: int, headers: list[Header], body: bytes) -> None:
        """The whole response has arrived; hop-by-hop headers are still among `headers`."""
        raise NotImplementedError

    def failed(self, error: UpstreamError) -> None:
        raise NotImplementedError

    def deadline_passed(self) -> None:
        if self.pool is not None:
            self.pool.expire(self)
