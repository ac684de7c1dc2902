"""One connection to a backend: writes a request, reads its response, keeps to RFC 9112 where the backend does not.

llhttp parses, and refuses what is ambiguous: both framings, repeated lengths, bare CR or LF, folded headers. What it
lets pass, and what depends on the request, is refused here. A connection serves one call at a time, never pipelines,
and is closed after any response whose end is in doubt.
"""

import asyncio
import logging
from typing import TYPE_CHECKING, Any

import httptools

from limen.upstream.call import Call
from limen.upstream.errors import Kind
from limen.upstream.streamed_call import StreamedCall
from limen.wire import Header, find_headers

if TYPE_CHECKING:
    from limen.upstream.pool import OriginPool

log = logging.getLogger("limen.upstream")

JOINED = 65_536
"""Bytes of a body up to which head and body are copied into one write; above it the copy costs more than it saves."""

_READ = bytearray(262_144)
_READ_VIEW = memoryview(_READ)
"""What all connections of the process read into: parsed before anything else is read. Measured: 23 us for a call
where aiofastnet hands over bytes, each a fresh block of 256 KB from the system; 5 us where it reads into this."""

STREAMED_FRAMING = 16
"""Bytes of framing for each byte of a streamed body: a chunk for every letter is within its rights there."""

INTERIM_RESPONSES = 16
"""1xx responses before the final one."""

_NO_BODY = frozenset({204, 304})


class Connection(asyncio.BufferedProtocol):
    """Owned by the pool of its origin; `call` is None while it is idle."""

    __slots__ = (
        "_broken",
        "_chunks",
        "_complete",
        "_framing_known",
        "_head_complete",
        "_headers",
        "_interim",
        "_is_used",
        "_parser",
        "_pool",
        "_received",
        "_reserved",
        "_reusable",
        "_size",
        "_status",
        "_transport",
        "_until_close",
        "_wanted",
        "call",
        "idle_ticks",
        "idle_until",
        "is_open",
        "reuse_until",
    )

    def __init__(self, pool: "OriginPool") -> None:
        self._pool = pool
        self.call: Call | None = None
        self.is_open = False
        self.idle_ticks = 0
        self.idle_until = 0
        """The tick of the pool from which it has been idle for too long."""
        self.reuse_until = 0
        """The tick of the pool from which it takes no new call."""
        self._is_used = False
        self._transport: asyncio.Transport
        self._parser: Any = httptools.HttpResponseParser(self)
        self._broken: tuple[Kind, str] | None = None
        self._wanted = 0
        self._reserved = 0
        self._status = 0
        self._reusable = False
        self._until_close = False
        self._reset()

    def _reset(self) -> None:
        self._headers: list[Header] = []
        self._chunks: list[bytes] = []
        self._size = 0
        self._interim = 0
        self._head_complete = False
        self._complete = False
        self._framing_known = False
        self._received = 0
        """Bytes of a response that is not complete; 0 where the first read is all of it."""

    # What the pool asks of it

    def send(self, call: Call) -> None:
        self.call = call
        call.connection = self
        body = call.body
        if not body:
            self._transport.write(call.head)
        elif len(body) <= JOINED:
            self._transport.write(call.head + body)
        else:
            self._transport.writelines((call.head, body))
            if not call.is_idempotent:
                call.let_go_of_body()

    def can_send(self) -> bool:
        return self.is_open and not self._transport.is_closing()

    def close(self) -> None:
        """Ends a connection without a call in an orderly way."""
        self.is_open = False
        self._transport.close()

    def abandon(self) -> None:
        """Breaks the connection off; its call is told by whoever abandons it."""
        self.is_open = False
        self.call = None
        self._give_back()
        self._transport.abort()

    def pause(self) -> None:
        """TCP makes the backend wait; what was read is passed on still."""
        self._transport.pause_reading()

    def resume(self) -> None:
        self._transport.resume_reading()

    @property
    def waits_for_room(self) -> bool:
        return self._wanted > 0

    # What the transport calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport  # type: ignore[assignment]
        self.is_open = True

    def get_buffer(self, sizehint: int) -> bytearray:
        return _READ

    def buffer_updated(self, size: int) -> None:
        if self.call is None:
            # Nobody asked: where the last response ended is in doubt, and with it every later one.
            if self.is_open:
                self.abandon()
            return
        try:
            self._parser.feed_data(_READ_VIEW[:size])
        except httptools.HttpParserUpgrade:
            self._broken = ("protocol", "it switched protocols unasked")
        except httptools.HttpParserError as error:
            if self._complete:
                self._reusable = False
            elif self._broken is None:
                self._broken = ("protocol", str(error))
        if self._broken is not None:
            self._fail(*self._broken)
        elif self._complete:
            self._finish()
        else:
            self._wait_more(size)

    def eof_received(self) -> None:
        if self.call is not None and self._until_close:
            self._reusable = False
            self._finish()

    def connection_lost(self, error: Exception | None) -> None:
        self.is_open = False
        call, self.call = self.call, None
        is_untouched = not self._received
        self._give_back()
        # Parser and connection hold each other: a cycle that would wait for a collection that comes late or never.
        self._parser = None
        self._pool.lost(self)
        if call is None:
            return
        if self._is_used and is_untouched and call.is_idempotent and not call.is_retried:
            self._pool.retry(call)
        else:
            reason = (isinstance(error, OSError) and error.strerror) or "closed by the backend"
            self._pool.fail(call, "reset", f"connection lost before the response was complete: {reason}")

    # What the parser calls

    def on_message_begin(self) -> None:
        if self._complete:
            self._reusable = False

    def on_header(self, name: bytes, value: bytes) -> None:
        if not self._head_complete:
            self._headers.append((name.lower(), name, value))

    def on_headers_complete(self) -> None:
        if self._complete:
            return
        status = self._parser.get_status_code()
        if status < 200:
            self._pass_interim(status)
            return
        self._status = status
        self._head_complete = True
        if len(self._headers) > self._pool.limits.response_headers:
            self._broken = ("protocol", f"{len(self._headers)} headers in a response")
        elif self.call is not None and self.call.method == b"HEAD":
            # llhttp cannot be told and waits for a body: the response is complete here, its parser is done with.
            self._complete = True
            self._reusable = not any(b"close" in value.lower() for value in find_headers(self._headers, b"connection"))

    def on_chunk_header(self) -> None:
        if not self._framing_known:
            self._framing_known = True
            self._check_encoding()

    def on_body(self, body: bytes) -> None:
        if self._complete:
            self._reusable = False
            return
        self._chunks.append(body)
        self._size += len(body)

    def on_message_complete(self) -> None:
        if self._head_complete and not self._complete:
            self._complete = True
            self._reusable = self._parser.should_keep_alive()

    # How a response ends

    def _finish(self) -> None:
        call = self.call
        assert call is not None
        status, headers, chunks = self._status, self._headers, self._chunks
        reserved, self._reserved = self._reserved, 0
        reusable = self._reusable
        if call.method == b"HEAD":
            self._parser = httptools.HttpResponseParser(self)
        elif call.has_body and self._transport.get_write_buffer_size():
            reusable = False  # answered before it was asked: what is left of the request is still to be written
        self._reset()
        self.call = None
        if not self._is_used:
            self._is_used = True
            self.idle_ticks = self._pool.idle_ticks(_read_keep_alive(headers))
        self._pool.finish(self, call, reusable)
        try:
            call.responded(status, headers, chunks[0] if len(chunks) == 1 else b"".join(chunks))
        except Exception:
            log.exception("%s: what waited for a response failed on it", call.origin)
        if reserved:
            self._pool.budget.give(reserved)

    def _fail(self, kind: Kind, reason: str) -> None:
        call = self.call
        assert call is not None
        self.abandon()
        self._pool.fail(call, kind, reason)

    def _pass_interim(self, status: int) -> None:
        self._headers.clear()
        self._interim += 1
        if status < 100 or self._interim > INTERIM_RESPONSES:
            self._broken = ("protocol", f"a response of status {status}, the {self._interim}th before the final one")

    # The slow way: a response that comes in more than one read

    def _wait_more(self, received: int) -> None:
        self._received += received
        limits = self._pool.limits
        if not self._head_complete:
            if self._received > limits.response_head:
                self._fail("protocol", f"a response head over {limits.response_head} bytes")
            return
        if not self._framing_known:
            self._framing_known = True
            self._check_encoding()
            if self._broken is not None:
                self._fail(*self._broken)
                return
        call = self.call
        if isinstance(call, StreamedCall):
            self._pass_on(call)
            return
        length = self._length()
        if max(self._size, length or 0) > limits.response_body:
            self._fail("too_large", f"a response body over {limits.response_body} bytes")
        elif self._received > limits.response_head + 3 * self._size:
            self._fail("protocol", "more framing than body")
        elif not self._wanted:
            self._reserve((self._size if length is None else length) - self._reserved)

    def _pass_on(self, call: StreamedCall) -> None:
        """Hands over what has come of a streamed response; nothing of it is kept."""
        chunks, self._chunks = self._chunks, []
        if self._received > self._pool.limits.response_head + STREAMED_FRAMING * self._size:
            self._fail("protocol", "more framing than body")
            return
        try:
            if not call.has_started:
                call.begin(self._status, self._headers)
            if chunks:
                call.pass_on(chunks[0] if len(chunks) == 1 else b"".join(chunks))
        except Exception:
            log.exception("%s: what waited for a response failed on it", call.origin)
            if self.call is call:
                self._fail("reset", "nobody takes the response any more")

    def _length(self) -> int | None:
        values = find_headers(self._headers, b"content-length")
        return int(values[0]) if values else None

    def _check_encoding(self) -> None:
        """Only `chunked` is passed on: another coding would have to be undone, and ambiguous ones are smuggled."""
        encodings = find_headers(self._headers, b"transfer-encoding")
        if encodings and [encoding.strip().lower() for encoding in encodings] != [b"chunked"]:
            self._broken = ("protocol", "a transfer coding other than chunked")
        elif not encodings and self._status not in _NO_BODY and self._length() is None:
            self._until_close = True

    def _reserve(self, size: int) -> None:
        """Counts the body against the budget; where there is no room, TCP makes the backend wait."""
        if size <= 0:
            return
        if self._pool.budget.take(size):
            self._reserved += size
        else:
            self._wanted = size
            self._transport.pause_reading()
            self._pool.budget.wait_room(self._take_room)

    def _take_room(self) -> None:
        if not self._pool.budget.take(self._wanted):
            self._pool.budget.wait_room(self._take_room)
            return
        self._reserved += self._wanted
        self._wanted = 0
        self._transport.resume_reading()

    def _give_back(self) -> None:
        if self._wanted:
            self._wanted = 0
            self._pool.budget.stop_waiting(self._take_room)
        if self._reserved:
            reserved, self._reserved = self._reserved, 0
            self._pool.budget.give(reserved)


def _read_keep_alive(headers: list[Header]) -> float | None:
    """For how many seconds the backend keeps an idle connection, where it says `Keep-Alive: timeout=5`."""
    for value in find_headers(headers, b"keep-alive"):
        for item in value.split(b","):
            name, _, seconds = item.strip().partition(b"=")
            if name.lower() == b"timeout" and seconds.isdigit() and len(seconds) < 6:
                return float(seconds)
    return None
