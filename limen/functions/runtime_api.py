"""The Lambda Runtime API 2018-06-01 of one environment: what its runtime may ask for, and when.

https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html. The states and their names are those that runtimes
meet in error messages of AWS.
"""

import asyncio
import base64
import binascii
import inspect
import re
from collections.abc import Awaitable, Callable
from typing import Any, Protocol

import orjson

from limen.functions.invocation import Invocation
from limen.functions.runtime_connection import RuntimeConnection

MOST_PAYLOAD = 6 * 1024 * 1024 + 100
"""Bytes of a response that is not streamed."""
MOST_STREAMED = 200 * 1024 * 1024
MOST_CONNECTIONS = 64
"""Open at once; a runtime needs one, one that runs handlers in threads a few."""

STARTED = "Started"
INIT_ERROR = "InitError"
READY = "Ready"
RUNNING = "Running"
RESPONDING = "InvocationResponse"
FAILING = "InvocationErrorResponse"
RESPONDED = "RuntimeResponseSentState"

TRANSITIONS = frozenset(
    {
        (STARTED, READY),
        (STARTED, INIT_ERROR),
        (READY, READY),
        (RUNNING, READY),  # asks again without an answer: is given the same invocation again
        (RESPONDED, READY),
        (RUNNING, RESPONDING),
        (RUNNING, FAILING),
    }
)
"""From and to; every other one is refused."""

TOO_LARGE = "Function.ResponseSizeTooLarge"
TRUNCATED = "Runtime.TruncatedResponse"
BAD_MODE = "Runtime.InvalidResponseModeHeader"

_NEXT = b"/2018-06-01/runtime/invocation/next"
_INIT_ERROR = b"/2018-06-01/runtime/init/error"
_ANSWER = re.compile(rb"/2018-06-01/runtime/invocation/([^/?]+)/(response|error)\Z")
_OTHERS: dict[bytes, tuple[int, str, str]] = {
    b"/2020-08-15/logs": (202, "Logs.NotSupported", "Logs API is not supported"),
    b"/2022-07-01/telemetry": (202, "Telemetry.NotSupported", "Telemetry API is not supported"),
    b"/2020-01-01/extension/register": (404, "Extension.NotSupported", "Extensions API is not supported"),
}
_WITH_CAUSE = b"application/vnd.aws.lambda.error.cause+json"
_ERROR_TYPE = re.compile(r"(Runtime|Function)\.[A-Z][a-zA-Z]+")


class Answer:
    """What a runtime answered to an invocation."""

    __slots__ = ("content_type", "error_type", "payload")

    def __init__(self, payload: bytes, error_type: str = "", content_type: str = "application/json") -> None:
        self.payload = payload
        self.error_type = error_type
        """Nothing where the invocation went well."""
        self.content_type = content_type

    @staticmethod
    def error(error_type: str, message: str) -> "Answer":
        return Answer(orjson.dumps({"errorType": error_type, "errorMessage": message}), error_type)


class RuntimeEvents(Protocol):
    """Who is told what the runtime of an environment does."""

    def is_ours(self, connection: RuntimeConnection) -> bool:
        """Whether the peer is a process of this environment."""

    def became_ready(self) -> None: ...

    def failed_to_start(self, answer: Answer) -> None: ...

    def answered(self, answer: Answer) -> None: ...


class _Upload:
    """The response or error that a connection is sending."""

    __slots__ = ("is_streamed", "kind", "pieces", "refusal", "size")

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.pieces: list[bytes] = []
        self.size = 0
        self.is_streamed = False
        self.refusal: tuple[int, str, str] | None = None


class RuntimeApi:
    """One environment's; `deliver` gives its runtime the next invocation."""

    def __init__(self, events: RuntimeEvents) -> None:
        self._events = events
        self._connections: set[RuntimeConnection] = set()
        self._uploads: dict[RuntimeConnection, _Upload] = {}
        self._waiting: RuntimeConnection | None = None
        self._invocation: Invocation | None = None
        self._request_id = b""
        self._rendered = (b"", b"")
        self._is_pending = False
        self.state = STARTED

    @property
    def is_pending(self) -> bool:
        """Whether an invocation has been delivered that the runtime has not seen yet."""
        return self._is_pending

    @property
    def is_waiting(self) -> bool:
        """Whether the runtime waits for an invocation."""
        return self._waiting is not None

    def protocol(self) -> RuntimeConnection:
        return RuntimeConnection(self)

    def deliver(self, invocation: Invocation, deadline_ms: int) -> None:
        """At once if the runtime waits for it, else when it asks; the answer is told to `RuntimeEvents`."""
        self._invocation = invocation
        self._request_id = invocation.request_id.encode()
        self._rendered = (_render_head(invocation, deadline_ms), invocation.payload)
        self._is_pending = True
        if self._waiting is not None:
            self._hand_over(self._waiting)

    def close(self) -> None:
        for connection in list(self._connections):
            connection.close()

    # Of connections.

    def connected(self, connection: RuntimeConnection) -> None:
        if len(self._connections) >= MOST_CONNECTIONS or not self._events.is_ours(connection):
            connection.close()
            return
        self._connections.add(connection)

    def request_began(self, connection: RuntimeConnection) -> None:
        path = connection.path.partition(b"?")[0]
        if path == _NEXT and connection.method == b"GET":
            return
        upload = self._uploads[connection] = _Upload("")
        match = _ANSWER.match(path)
        if match is not None and connection.method == b"POST":
            upload.kind = RESPONDING if match[2] == b"response" else FAILING
            upload.refusal = self._refusal_of(upload, match[1], connection)
        elif path == _INIT_ERROR and connection.method == b"POST":
            upload.kind = INIT_ERROR
            upload.refusal = self._transition(INIT_ERROR)
        else:
            upload.refusal = _OTHERS.get(path, (404, "NotFound", f"There is no {path.decode('latin-1')!r} here"))

    def body_came(self, connection: RuntimeConnection, piece: bytes) -> None:
        upload = self._uploads.get(connection)
        if upload is None or upload.refusal is not None:
            return
        upload.size += len(piece)
        tell = self._invocation.on_piece if upload.is_streamed and self._invocation is not None else None
        if upload.size > (MOST_STREAMED if tell is not None else MOST_PAYLOAD):
            upload.pieces.clear()  # the rest is only counted
        elif tell is not None:
            _pause_while(tell(piece), connection)
        else:
            upload.pieces.append(piece)

    def request_ended(self, connection: RuntimeConnection) -> None:
        upload = self._uploads.pop(connection, None)
        if upload is None:
            self._next(connection)
        elif upload.refusal is not None:
            connection.answer_error(*upload.refusal)
        elif upload.kind == INIT_ERROR:
            connection.accept()
            self._events.failed_to_start(_error_answer(connection, b"".join(upload.pieces)))
        else:
            self._finish(connection, upload)

    def disconnected(self, connection: RuntimeConnection) -> None:
        self._connections.discard(connection)
        if self._waiting is connection:
            self._waiting = None
        upload = self._uploads.pop(connection, None)
        if upload is not None and upload.refusal is None and self.state == upload.kind:
            if upload.is_streamed and upload.size:
                self.state = RESPONDED
                self._events.answered(Answer.error(TRUNCATED, "HTTP request detected as truncated"))
            else:  # nobody has heard of it: the runtime may try again until its time is up
                self.state = RUNNING

    # Of the runtime.

    def _next(self, connection: RuntimeConnection) -> None:
        was_running = self.state == RUNNING
        refusal = self._transition(READY)
        if refusal is not None:
            connection.answer_error(*refusal)
            return
        if was_running:
            self._hand_over(connection)
            return
        if self._waiting is not None and self._waiting is not connection:
            self._waiting.refuse(403, "InvalidStateTransition", "Another connection asked for the next invocation")
        self._waiting = connection
        connection.park()
        if self._is_pending:
            self._hand_over(connection)
        self._events.became_ready()

    def _hand_over(self, connection: RuntimeConnection) -> None:
        self.state = RUNNING
        self._is_pending = False
        self._waiting = None
        connection.write(*self._rendered)

    def _refusal_of(
        self, upload: _Upload, request_id: bytes, connection: RuntimeConnection
    ) -> tuple[int, str, str] | None:
        if request_id != self._request_id or self._is_pending:
            return 400, "InvalidRequestID", "Invalid request ID"
        refusal = self._transition(upload.kind)
        if refusal is None and upload.kind == RESPONDING:
            mode = connection.headers.get(b"lambda-runtime-function-response-mode")
            upload.is_streamed = mode == b"streaming"
            if mode and not upload.is_streamed:
                self.state = RESPONDED
                self._events.answered(Answer.error(BAD_MODE, "Invalid function response mode"))
                return 400, "InvalidFunctionResponseMode", "Invalid function response mode"
            if upload.is_streamed and self._invocation is not None and self._invocation.on_stream is not None:
                self._invocation.on_stream(_content_type(connection))
        return refusal

    def _transition(self, to: str) -> tuple[int, str, str] | None:
        if (self.state, to) in TRANSITIONS:
            self.state = to
            return None
        message = f"State transition from {self.state} to {to} failed for runtime."
        return 403, "InvalidStateTransition", f"{message} Error: State transition is not allowed"

    def _finish(self, connection: RuntimeConnection, upload: _Upload) -> None:
        self.state = RESPONDED
        most = MOST_STREAMED if upload.is_streamed and self._tells_pieces else MOST_PAYLOAD
        if upload.size > most:
            connection.answer_error(
                413, "RequestEntityTooLarge", f"Exceeded maximum allowed payload size ({most} bytes)."
            )
            message = (
                f"Response payload size ({upload.size} bytes) exceeded maximum allowed payload size ({most} bytes)."
            )
            self._events.answered(Answer.error(TOO_LARGE, message))
            return
        connection.accept()
        payload = upload.pieces[0] if len(upload.pieces) == 1 else b"".join(upload.pieces)
        if upload.kind == FAILING:
            self._events.answered(_error_answer(connection, payload))
        elif connection.trailers and b"lambda-runtime-function-error-type" in connection.trailers:
            self._events.answered(_trailing_error(connection.trailers))
        else:
            self._events.answered(Answer(payload, content_type=_content_type(connection)))

    @property
    def _tells_pieces(self) -> bool:
        return self._invocation is not None and self._invocation.on_piece is not None


def _render_head(invocation: Invocation, deadline_ms: int) -> bytes:
    fields = [
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nLambda-Runtime-Aws-Request-Id: ",
        invocation.request_id,
        "\r\nLambda-Runtime-Deadline-Ms: ",
        str(deadline_ms),
        "\r\nLambda-Runtime-Invoked-Function-Arn: ",
        _line(invocation.invoked_arn),
    ]
    if invocation.trace_id:
        fields += "\r\nLambda-Runtime-Trace-Id: ", _line(invocation.trace_id)
    if invocation.client_context:
        fields += "\r\nLambda-Runtime-Client-Context: ", _line(invocation.client_context)
    if invocation.cognito_identity:
        fields += "\r\nLambda-Runtime-Cognito-Identity: ", _line(invocation.cognito_identity)
    fields += "\r\nContent-Length: ", str(len(invocation.payload)), "\r\n\r\n"
    return "".join(fields).encode()


def _line(value: str) -> str:
    """A value that stays within its header: JSON may come with line breaks, an attack as well."""
    return value if value.isprintable() else re.sub(r"[\x00-\x1f\x7f]", " ", value)


def _pause_while(waiting: Any, connection: RuntimeConnection) -> None:
    """Reads no more of a response whose receiver is slow."""
    if waiting is None or not inspect.isawaitable(waiting):
        return
    connection.transport.pause_reading()
    asyncio.ensure_future(_as_coroutine(waiting)).add_done_callback(_resume(connection))


async def _as_coroutine(waiting: Awaitable[Any]) -> None:
    await waiting


def _resume(connection: RuntimeConnection) -> Callable[[asyncio.Future[None]], None]:
    def resume(done: asyncio.Future[None]) -> None:
        if not done.cancelled():
            done.exception()  # a receiver that has gone needs no more of it, the runtime goes on
        if not connection.transport.is_closing():
            connection.transport.resume_reading()

    return resume


def _content_type(connection: RuntimeConnection) -> str:
    return connection.headers.get(b"content-type", b"application/json").decode("latin-1")


def _error_answer(connection: RuntimeConnection, payload: bytes) -> Answer:
    error_type = connection.headers.get(b"lambda-runtime-function-error-type", b"").decode("latin-1")
    content_type = connection.headers.get(b"content-type", b"")
    if content_type == _WITH_CAUSE:
        payload = _without_cause(payload)
    if not _ERROR_TYPE.search(error_type):
        error_type = "Function.Unknown" if error_type.startswith("Function.") else "Runtime.Unknown"
    return Answer(payload, error_type)


def _without_cause(payload: bytes) -> bytes:
    """The part of an error with its cause for X-Ray that its caller is told."""
    try:
        found = orjson.loads(payload)
        error = {"errorMessage": str(found.get("errorMessage", "")), "errorType": str(found.get("errorType", ""))}
    except (ValueError, AttributeError):
        return b'"Invalid error body"'
    if isinstance(found.get("stackTrace"), list) and found["stackTrace"]:
        error["stackTrace"] = found["stackTrace"]
    return orjson.dumps(error)


def _trailing_error(trailers: dict[bytes, bytes]) -> Answer:
    """An error after the first byte of a streamed response: its body is JSON in base64."""
    error_type = trailers[b"lambda-runtime-function-error-type"].decode("latin-1")
    body = trailers.get(b"lambda-runtime-function-error-body", b"")
    try:
        return Answer(base64.b64decode(body, validate=True), error_type)
    except (binascii.Error, ValueError):
        return Answer(body, error_type)
