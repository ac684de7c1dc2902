"""One request to a backend, and what calls it back."""

from typing import TYPE_CHECKING

from mypy_extensions import mypyc_attr

from limen.upstream.errors import UpstreamError
from limen.upstream.origin import Origin
from limen.wire import Header

if TYPE_CHECKING:
    from limen.upstream.http1 import Connection
    from limen.upstream.pool import OriginPool


@mypyc_attr(allow_interpreted_subclasses=True)
class Call:
    """Subclassed by integrations; exactly one of `responded` and `failed` is called, once, in the loop.

    `head` is the request line and headers with the final blank line; `timeout` counts seconds from `Upstream.send`
    to the last byte of the response; `is_idempotent` allows a second try where a stale connection lost the first.
    """

    __slots__ = (
        "body",
        "connection",
        "deadline",
        "has_body",
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
        self.has_body = bool(body)
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

    def let_go_of_body(self) -> None:
        """A large body that is written and not to be sent again need not be held until the response comes."""
        self.body = b""

    def deadline_passed(self) -> None:
        if self.pool is not None:
            self.pool.expire(self)
