"""One run of a function: what an execution environment is given, and what comes of it."""

from collections.abc import Callable
from typing import Any, TypeAlias

from msgspec import Struct

from limen.functions.errors import InvokeError


class Invocation(Struct, frozen=True, kw_only=True):
    """One run of a function."""

    request_id: str
    invoked_arn: str
    """As the caller named it, qualifier included."""
    payload: bytes
    trace_id: str = ""
    client_context: str = ""
    """JSON, as its sender wrote it before base64."""
    cognito_identity: str = ""
    """JSON with cognitoIdentityId and cognitoIdentityPoolId, where the caller has one."""
    on_stream: Callable[[str], Any] | None = None
    """Told the content type of a streamed response before its first piece."""
    on_piece: Callable[[bytes], Any] | None = None
    """Told each piece of a streamed response as it comes, and asked for no more while an awaitable that it gave has
    not come true; without it a streamed response is collected."""


class Outcome(Struct, frozen=True, kw_only=True):
    """What came of an invocation."""

    payload: bytes
    """The response, or the error object of AWS. Of a streamed response what was not told by `on_piece`: nothing."""
    error: str = ""
    """`Unhandled` (raised, crashed, timed out, out of memory) or nothing."""
    content_type: str = "application/json"
    log_tail: bytes = b""
    """The last 4 KB of what was logged."""


Finish: TypeAlias = Callable[[Outcome | InvokeError], None]
"""Told what came of an invocation, or why it did not take place."""
