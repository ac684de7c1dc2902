"""One request to the Invoke API, and the bytes of its answer.

https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
https://docs.aws.amazon.com/lambda/latest/api/API_InvokeWithResponseStream.html
"""

from base64 import b64encode
from collections.abc import Awaitable
from typing import Protocol

import msgspec

from limen.aws.eventstream import CONTENT_TYPE, event_encoder
from limen.functions.errors import InvokeError
from limen.functions.invocation import Outcome
from limen.wire import STATUS_LINES

JOINED = 65_536
"""Bytes of a payload up to which it is copied behind its head; above it the copy costs more than it saves."""
_LARGEST_CHUNK = 1 << 20
"""Bytes of one PayloadChunk."""

_encode = msgspec.json.Encoder().encode
_CHUNK = event_encoder("PayloadChunk", "application/octet-stream")
_COMPLETE = event_encoder("InvokeComplete", "application/json")
_OK = STATUS_LINES[200] + b"Content-Type: application/json\r\nX-Amzn-RequestId: "


class Answers(Protocol):
    """A connection, as its calls see it."""

    @property
    def is_last(self) -> bool:
        """Whether it closes behind the current answer."""

    def send(self, *parts: bytes) -> Awaitable[None] | None:
        """An awaitable where the peer is slower; it is done when there is room again."""

    def answered(self, call: "InvokeCall") -> None: ...


class InvokeCall:
    """What was asked for; exactly one of `succeed`, `accept` and `refuse` ends it."""

    # fmt: off
    __slots__ = (
        "_connection", "_has_begun", "client_context", "held", "length", "payload", "principal", "request_id", "role",
        "source_arn", "target", "trace_id", "type", "version", "wants_log",
    )
    # fmt: on

    def __init__(self, connection: Answers) -> None:
        self._connection = connection
        self._has_begun = False
        self.held = 0
        """Bytes that its payload has of the budget."""
        self.length = 0
        """Bytes that it says it has; of what is too large, as many as matter."""
        self.target = b""
        self.type = b"RequestResponse"
        self.wants_log = False
        self.client_context = b""
        """Base64."""
        self.trace_id = b""
        self.source_arn = b""
        """Of the API that calls by the service's own right; empty: the account itself, or `role`, calls."""
        self.role = b""
        """ARN of whoever calls where nothing is weighed: a role, or a caller whom its own policies let."""
        self.principal = b""
        """As principals.describe_principal says it, of a caller whom a policy of the function has to let."""
        self.payload = b""
        self.request_id = ""
        self.version = ""
        """That is executed; known when a version was picked."""

    # --- answers in one piece

    def succeed(self, outcome: Outcome) -> None:
        payload = outcome.payload
        head = [_OK, self.request_id.encode(), b"\r\nX-Amz-Executed-Version: ", self.version.encode()]
        if outcome.error:
            head += (b"\r\nX-Amz-Function-Error: ", outcome.error.encode())
        if self.wants_log:
            head += (b"\r\nX-Amz-Log-Result: ", b64encode(outcome.log_tail))
        if self.trace_id:
            head += (b"\r\nX-Amzn-Trace-Id: ", self.trace_id)
        head.append(self._last_line(len(payload)))
        if len(payload) <= JOINED:
            self._connection.send(b"".join(head) + payload)
        else:
            self._connection.send(b"".join(head), payload)
        self._connection.answered(self)

    def accept(self, status: int) -> None:
        """Of an asynchronous invocation (202), or a dry run (204)."""
        head = (
            STATUS_LINES[status],
            b"X-Amzn-RequestId: ",
            self.request_id.encode(),
            self._last_line(0) if status != 204 else self._last_line(None),
        )
        self._connection.send(b"".join(head))
        self._connection.answered(self)

    def refuse(self, error: InvokeError) -> None:
        if self._has_begun:
            self._end_stream({"ErrorCode": error.name, "ErrorDetails": error.message})
            return
        body = _encode(error.body)
        head = (
            STATUS_LINES[error.status],
            b"Content-Type: application/json\r\nX-Amzn-RequestId: ",
            self.request_id.encode(),
            b"\r\nx-amzn-ErrorType: ",
            error.name.encode(),
            self._last_line(len(body)),
        )
        self._connection.send(b"".join(head) + body)
        self._connection.answered(self)

    # --- streamed answers

    def tell_piece(self, piece: bytes) -> Awaitable[None] | None:
        """Sends what the function has written by now; an awaitable where the caller reads more slowly."""
        self.begin_stream()
        if not piece:
            return None
        room: Awaitable[None] | None = None
        for at in range(0, len(piece), _LARGEST_CHUNK):
            room = self._send_chunk(_CHUNK.render(piece[at : at + _LARGEST_CHUNK]))
        return room

    def end_stream(self, outcome: Outcome) -> None:
        """In place of `succeed`; the payload of a function that does not stream is one piece."""
        complete: dict[str, str] = {}
        if outcome.error:
            complete = {"ErrorCode": outcome.error, "ErrorDetails": outcome.payload.decode("utf-8", "replace")}
        else:
            self.tell_piece(outcome.payload)
        if self.wants_log:
            complete["LogResult"] = b64encode(outcome.log_tail).decode()
        self._end_stream(complete)

    def _end_stream(self, complete: dict[str, str]) -> None:
        self.begin_stream()
        self._send_chunk(_COMPLETE.render(_encode(complete)))
        self._connection.send(b"0\r\n\r\n")
        self._connection.answered(self)

    def begin_stream(self, content_type: str = "") -> None:
        """The answer is an event stream, whatever the type of what the function streams in it."""
        if self._has_begun:
            return
        self._has_begun = True
        head = (
            STATUS_LINES[200],
            b"Content-Type: ",
            CONTENT_TYPE.encode(),
            b"\r\nX-Amzn-RequestId: ",
            self.request_id.encode(),
            b"\r\nX-Amz-Executed-Version: ",
            self.version.encode(),
            b"\r\nTransfer-Encoding: chunked",
            self._last_line(None),
        )
        self._connection.send(b"".join(head))

    def _send_chunk(self, frame: bytes) -> Awaitable[None] | None:
        return self._connection.send(b"%x\r\n%b\r\n" % (len(frame), frame))

    def _last_line(self, length: int | None) -> bytes:
        closing = b"\r\nConnection: close" if self._connection.is_last else b""
        if length is None:
            return closing + b"\r\n\r\n"
        return b"%b\r\nContent-Length: %d\r\n\r\n" % (closing, length)
