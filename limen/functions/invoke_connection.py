"""A connection to the socket on which functions are invoked: HTTP/1.1 in, calls out, one answer after the other.

Its peers are Limen's own processes, so llhttp's strictness is enough; sizes, times and memory are bounded all the
same. What is pipelined waits, parsed, and the connection is not read meanwhile.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Any, cast

import httptools

from limen.budget import Budget
from limen.clock import Clock
from limen.functions.errors import LARGEST_REQUEST, InvokeError, request_too_large, service_failure
from limen.functions.invoke_call import InvokeCall

IDLE_TIMEOUT = 900.0
"""Seconds; the callers close their idle connections long before."""
MESSAGE_TIMEOUT = 10.0
"""Seconds in which something of a request that has begun must come."""
WRITE_TIMEOUT = 60.0
"""Seconds that a peer may take no byte of an answer."""
ROOM_TIMEOUT = 10.0
"""Seconds that a payload may wait for room in the budget."""
DRAIN_GRACE = 1.0
"""While draining, a connection that was in use this recently may send one more request: it may be on its way."""
_HEAD_SIZE = 65_536
_SWALLOWED = 64 << 20
"""Bytes of a payload that is too large which are read all the same, so that its sender reads the answer."""


class Shared:
    """What the connections of a host share."""

    def __init__(self, invoke: Callable[[InvokeCall], None], clock: Clock, budget: Budget) -> None:
        self.invoke = invoke
        """Never raises; answers the call, now or later."""
        self.clock = clock
        self.budget = budget
        self.open: set[InvokeConnection] = set()
        self.on_closed: Callable[[], None] = lambda: None
        self.is_draining = False


class InvokeConnection(asyncio.Protocol):
    """The protocol of a transport, and where its calls send their answers."""

    # fmt: off
    __slots__ = (
        "_arriving", "_chunks", "_current", "_deadline_is_near", "_head_size", "_idle_since", "_is_closed",
        "_is_reading_paused", "_keeps_alive", "_parser", "_progress", "_received", "_room", "_shared", "_size", "_slot",
        "_transport", "_waiting", "_wanted",
    )
    # fmt: on

    def __init__(self, shared: Shared) -> None:
        self._shared = shared
        self._parser: Any = httptools.HttpRequestParser(self)
        self._current: InvokeCall | None = None
        self._arriving: InvokeCall | None = None
        self._waiting: deque[InvokeCall] = deque()
        self._chunks: list[bytes] = []
        self._size = 0
        self._head_size = 0
        self._received = 0
        """Bytes in all; what the deadline compares with `_progress`."""
        self._progress = 0
        self._wanted = 0
        """Bytes of the budget that a payload waits for."""
        self._room: asyncio.Future[None] | None = None
        """What a streamed answer waits for while the peer is slow."""
        self._keeps_alive = True
        self._is_closed = False
        self._is_reading_paused = False
        self._deadline_is_near = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._transport.set_write_buffer_limits(high=262_144)
        self._idle_since = self._shared.clock.now()
        self._slot = self._shared.clock.expire_in(IDLE_TIMEOUT, self)
        self._shared.open.add(self)

    def data_received(self, data: bytes) -> None:
        if self._is_closed:
            return
        self._received += len(data)
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            self._break_off(InvokeError("UnsupportedUpgrade", 400, "no other protocol is spoken here"))
        except httptools.HttpParserError as error:
            self._break_off(InvokeError("MalformedRequestException", 400, str(error)))
        if self._arriving is not None and not self._deadline_is_near:
            self._progress = self._received
            self._deadline_is_near = True
            self._expire_in(MESSAGE_TIMEOUT)

    # --- what the parser calls

    def on_message_begin(self) -> None:
        self._arriving = InvokeCall(self)
        self._chunks = []
        self._size = self._head_size = 0

    def on_url(self, url: bytes) -> None:
        if self._arriving is not None and self._head_size < _HEAD_SIZE:
            self._arriving.target += url
            self._head_size += len(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        self._head_size += len(name) + len(value)
        take = _TAKEN.get(name) or _TAKEN.get(name.lower())
        if take is not None and self._arriving is not None and self._head_size < _HEAD_SIZE:
            take(self._arriving, value.strip())

    def on_headers_complete(self) -> None:
        call = self._arriving
        if call is None:
            return
        if self._head_size >= _HEAD_SIZE:
            self._break_off(InvokeError("RequestHeaderFieldsTooLarge", 431, "The head of the request is too large."))
        elif self._shared.budget.take(call.length):
            call.held = call.length
        else:
            self._wanted = call.length
            self._pause_reading()
            self._shared.budget.wait_room(self._room_came)
            self._expire_in(ROOM_TIMEOUT)

    def on_body(self, body: bytes) -> None:
        self._size += len(body)
        if self._size <= LARGEST_REQUEST:
            self._chunks.append(body)
        elif self._size > _SWALLOWED:
            self._break_off(request_too_large())
        else:
            self._chunks.clear()

    def on_message_complete(self) -> None:
        call, self._arriving = self._arriving, None
        if call is None:
            return
        chunks = self._chunks
        call.payload = chunks[0] if len(chunks) == 1 else b"".join(chunks)
        self._chunks = []
        if self._size > call.held:  # in chunks, or it came before there was room
            self._shared.budget.taken += self._size - call.held
            call.held = self._size
        self._keeps_alive = self._parser.should_keep_alive()
        if self._current is None:
            self._start(call)
        else:
            self._waiting.append(call)
            self._pause_reading()

    def _start(self, call: InvokeCall) -> None:
        self._current = call
        if call.held > LARGEST_REQUEST:
            call.refuse(request_too_large())
        elif self._parser.get_method() != b"POST":
            call.refuse(InvokeError("MethodNotAllowedException", 405, "Functions are invoked by POST."))
        else:
            self._shared.invoke(call)

    # --- what its calls ask

    @property
    def is_last(self) -> bool:
        return (not self._keeps_alive or self._shared.is_draining) and not self._waiting

    def send(self, *parts: bytes) -> asyncio.Future[None] | None:
        if self._is_closed:
            return None
        if len(parts) == 1:
            self._transport.write(parts[0])
        else:
            self._transport.writelines(parts)
        return self._room

    def answered(self, call: InvokeCall) -> None:
        if call.held:
            self._shared.budget.give(call.held)
            call.held = 0
        if call is not self._current:
            return
        self._current = None
        if self._is_closed:
            return
        if self.is_last:
            self.close()
            return
        self._idle_since = self._shared.clock.now()
        if self._waiting:
            self._start(self._waiting.popleft())
        elif self._is_reading_paused and not self._wanted:
            self._is_reading_paused = False
            self._transport.resume_reading()

    # --- bounds

    def _room_came(self) -> None:
        call = self._arriving
        if call is None or not self._wanted:
            return
        if not self._shared.budget.take(self._wanted):
            self._shared.budget.wait_room(self._room_came)
            return
        call.held, self._wanted = self._wanted, 0
        if not self._waiting:
            self._is_reading_paused = False
            self._transport.resume_reading()

    def _pause_reading(self) -> None:
        if not self._is_reading_paused:
            self._is_reading_paused = True
            self._transport.pause_reading()

    def pause_writing(self) -> None:
        self._room = asyncio.get_running_loop().create_future()
        self._progress = self._transport.get_write_buffer_size()
        self._expire_in(WRITE_TIMEOUT)

    def resume_writing(self) -> None:
        room, self._room = self._room, None
        if room is not None and not room.done():
            room.set_result(None)

    def _expire_in(self, seconds: float) -> None:
        self._shared.clock.keep(self._slot, self)
        self._slot = self._shared.clock.expire_in(seconds, self)

    def deadline_passed(self) -> None:
        self._deadline_is_near = False
        if self._room is not None:
            unsent = self._transport.get_write_buffer_size()
            if unsent >= self._progress:
                self._transport.abort()
                return
            self._progress = unsent
            self._expire_in(WRITE_TIMEOUT)
        elif self._wanted:
            self._break_off(service_failure("The payloads of other invocations fill the memory of the host."))
        elif self._arriving is not None and self._current is None:
            if self._received == self._progress:
                self._break_off(InvokeError("RequestTimeoutException", 408, "The request did not come to its end."))
                return
            self._progress = self._received
            self._deadline_is_near = True
            self._expire_in(MESSAGE_TIMEOUT)
        elif self._current is not None or self._is_closed:
            self._expire_in(IDLE_TIMEOUT)
        else:
            self._look_idle()

    def _look_idle(self) -> None:
        patience = DRAIN_GRACE if self._shared.is_draining else IDLE_TIMEOUT
        remaining = self._idle_since + patience - self._shared.clock.now()
        if remaining > 0:
            self._expire_in(remaining)
        else:
            self.close()

    # --- ends

    @property
    def is_idle(self) -> bool:
        return self._current is None and self._arriving is None

    def drain(self) -> None:
        if self.is_idle and self._room is None:
            self.deadline_passed()

    def _break_off(self, error: InvokeError) -> None:
        """Answers what is no request, or too much of one, and closes: where the next would begin is not known."""
        call, self._arriving = self._arriving or InvokeCall(self), None
        self._keeps_alive = False
        if self._current is None:
            self._current = call
            call.refuse(error)
        else:
            self._shared.budget.give(call.held)
            self._pause_reading()  # it is closed behind the answers that it still waits for

    def close(self) -> None:
        """What is written is sent first."""
        self._is_closed = True
        self._transport.close()

    def abort(self) -> None:
        self._is_closed = True
        self._transport.abort()

    def connection_lost(self, error: Exception | None) -> None:
        self._is_closed = True
        self._shared.clock.keep(self._slot, self)
        self._shared.budget.stop_waiting(self._room_came)
        for call in (self._arriving, *self._waiting):
            if call is not None and call.held:
                self._shared.budget.give(call.held)
        self._arriving, self._wanted = None, 0
        self._waiting.clear()
        self._parser = None  # it and the connection hold each other
        self.resume_writing()
        self._shared.open.discard(self)
        self._shared.on_closed()


def _take_length(call: InvokeCall, value: bytes) -> None:
    call.length = min(int(value), LARGEST_REQUEST) if value.isdigit() and len(value) < 16 else 0


def _take_log_type(call: InvokeCall, value: bytes) -> None:
    call.wants_log = value == b"Tail"


def _setter(name: str) -> Callable[[InvokeCall, bytes], None]:
    def take(call: InvokeCall, value: bytes) -> None:
        setattr(call, name, value)

    return take


_TAKEN: dict[bytes, Callable[[InvokeCall, bytes], None]] = {
    b"content-length": _take_length,
    b"x-amz-log-type": _take_log_type,
    b"x-amz-invocation-type": _setter("type"),
    b"x-amz-client-context": _setter("client_context"),
    b"x-amzn-trace-id": _setter("trace_id"),
    b"x-limen-source-arn": _setter("source_arn"),
    b"x-limen-role": _setter("role"),
    b"x-limen-principal": _setter("principal"),
}
