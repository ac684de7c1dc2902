"""One execution environment: a process that runs one version, one invocation at a time."""

from collections.abc import Callable
from typing import Any

from msgspec import Struct


class Invocation(Struct, frozen=True, kw_only=True):
    """One run of a function."""

    request_id: str
    invoked_arn: str
    """As the caller named it, qualifier included."""
    payload: bytes
    trace_id: str = ""
    client_context: str = ""
    """JSON, as its sender wrote it before base64."""
    on_piece: Callable[[bytes], Any] | None = None
    """Told each piece of a streamed response as it comes; without it a streamed response is collected.

    Returns None, or an awaitable that the next piece has to wait for: the receiver is slower than the function.
    """


class Outcome(Struct, frozen=True, kw_only=True):
    """What came of an invocation."""

    payload: bytes
    """The response, or the error object of AWS. Of a streamed response what was not told by `on_piece`: nothing."""
    error: str = ""
    """`Unhandled` (raised, crashed, timed out, out of memory) or nothing."""
    content_type: str = "application/json"
    log_tail: bytes = b""
    """The last 4 KB of what was logged."""
