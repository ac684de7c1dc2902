"""A client connection that speaks HTTP/1.1 (RFC 9112): bytes in, exchanges out, one write per response.

One exchange at a time; what is pipelined behind it waits as bytes. No task and no timer belongs to a request: one
deadline per connection is looked at when it passes, and put off if the connection has moved on since.
"""

import asyncio
from typing import cast

from limen.downstream.body import ChunkedBody, SizedBody
from limen.downstream.connections import Connections
from limen.downstream.head import CHUNKED, check_begun
from limen.downstream.http1_body import Http1Body, open_body
from limen.downstream.http1_states import BODY, BUSY, CLOSED, HEAD, IDLE, WAITING_ROOM
from limen.downstream.reply import CONTINUE, refusal, render, render_answer
from limen.gateway.exchange import Client, Exchange
from limen.wire import ProtocolError

_ONE_WRITE = 65_536
"""Up to this size a body is joined to its head; past it the copy costs more than a second TLS record."""


class Http1Connection(asyncio.Protocol):
    """The protocol of a transport, and the reply of each exchange that came over it."""

    # fmt: off
    __slots__ = (
        "_awaits_continue", "_body", "_clock", "_connections", "_exchange", "_held", "_idle_since", "_input",
        "_is_advancing", "_is_reading_paused", "_is_writing_paused", "_keeps_alive", "_progress", "_slot", "_state",
        "_streamed", "_transport", "_unsent", "client",
    )
    # fmt: on

    def __init__(self, connections: Connections, client: Client) -> None:
        self.client = client
        self._connections = connections
        self._clock = connections.clock
        self._state = IDLE
        self._exchange: Exchange | None = None
        self._body: SizedBody | ChunkedBody | None = None
        self._input = b""
        """Bytes that came and were not yet parsed: part of a head, or what was sent ahead of an answer."""
        self._streamed: Http1Body | None = None
        self._held = 0
        """Bytes of body taken from the budget."""
        self._unsent = 0
        """Bytes of responses counted in the budget because the client does not take them."""
        self._progress = 0
        """What had been received, or was unsent, when the deadline was last looked at."""
        self._keeps_alive = True
        self._awaits_continue = False
        self._is_advancing = self._is_reading_paused = self._is_writing_paused = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._transport.set_write_buffer_limits(high=_ONE_WRITE, low=0)
        self._idle_since = self._clock.now()
        self._slot = self._clock.expire_in(self._connections.limits.idle_timeout, self)
        self._connections.opened(self)

    def data_received(self, data: bytes) -> None:
        state = self._state
        if state == IDLE:
            self._advance(data)
        elif state == HEAD:
            self._advance(self._input + data)
        elif state == BODY:
            self._receive_body(data)
        elif state != CLOSED:
            self._input += data
            if len(self._input) > self._connections.limits.pipelined_size:
                self._pause_reading()

    def _advance(self, data: bytes) -> None:
        """Starts one request after the other for as long as each is answered at once; a loop, as clients pipeline."""
        self._is_advancing = True
        try:
            while data and not self._is_writing_paused:
                data = self._start_request(data)
            if data:
                self._input += data
                if len(self._input) > self._connections.limits.pipelined_size:
                    self._pause_reading()
        except ProtocolError as error:
            self._refuse(error.status)
        finally:
            self._is_advancing = False

    def _start_request(self, data: bytes) -> bytes:
        """Takes one request off `data`; what is left of it to parse now, or nothing where there is a wait."""
        started = self._clock.now()
        while data.startswith(b"\r\n"):
            data = data[2:]  # some clients end a body with an empty line too many (RFC 9112, section 2.2)
        end = data.find(b"\r\n\r\n") + 4
        if end == 3:
            self._await_head(data)
            return b""
        connections = self._connections
        if end > connections.limits.head_size:
            raise ProtocolError(431, "head too large")
        head = connections.parser
        head.parse(data[:end])
        self._keeps_alive = head.keeps_alive
        self._exchange = exchange = Exchange(
            head.method, head.target, head.headers, b"", head.host, head.protocol, self.client, self, started, end
        )
        if self.client.is_proxy or head.headers.says_forwarded:
            connections.proxies.see_through(exchange)
        data = data[end:]
        if head.body_size:
            self._awaits_continue = head.awaits_continue
            return self._start_body(head.body_size, data)
        self._input = b""
        self._state = BUSY
        connections.dispatch(exchange)
        return self._next_input(data)

    def _next_input(self, data: bytes) -> bytes:
        if self._state == IDLE:
            return data
        if data and self._state == BUSY:
            self._input = data
        return b""

    def _await_head(self, data: bytes) -> None:
        """Refuses what can never become a head, so that it need not wait for its deadline."""
        limits = self._connections.limits
        check_begun(data, limits)
        self._input = data
        if not data:
            self._state = IDLE
        elif self._state != HEAD:
            self._state = HEAD
            self._expire_in(limits.head_timeout)

    # --- bodies

    def _start_body(self, size: int, data: bytes) -> bytes:
        """Reserves room for the whole body at its start: bodies that were let in half would wait for each other."""
        connections = self._connections
        self._input = data
        self._state = WAITING_ROOM
        if size == CHUNKED:
            self._body = ChunkedBody(connections.limits)
        else:
            self._body = SizedBody(size, connections.limits)
            if not connections.budget.take(size):
                self._await_room()
                return b""
            self._held = size
        self._input = b""
        self._state = BODY
        if self._awaits_continue and not data:
            self._transport.write(CONTINUE)
        rest = self._feed_body(data)
        if self._state == BODY:
            self._progress = self._body.received
            self._expire_in(connections.limits.body_timeout)
        return rest or b""

    def _receive_body(self, data: bytes) -> None:
        try:
            rest = self._feed_body(data)
        except ProtocolError as error:
            self._refuse(error.status)
            return
        if rest:
            self._advance(rest)

    def _feed_body(self, data: bytes) -> bytes | None:
        """Dispatches the exchange when its body is whole; then what follows it to parse now, else None."""
        body, exchange = self._body, self._exchange
        if body is None or exchange is None:
            return None
        rest = body.feed(data)
        missing_room = body.size - self._held
        if rest is None:
            if missing_room > 0 and not self._take(missing_room):
                self._state = WAITING_ROOM
                self._await_room()
            return None
        if missing_room > 0:
            self._connections.budget.taken += missing_room  # it is here already, and goes soonest by being served
            self._held += missing_room
        self._body = None
        exchange.body = body.content()
        self._state = BUSY
        self._connections.dispatch(exchange)
        return self._next_input(rest)

    def _take(self, size: int) -> bool:
        if not self._connections.budget.take(size):
            return False
        self._held += size
        return True

    def _await_room(self) -> None:
        self._pause_reading()
        self._connections.budget.wait_room(self._room_came)
        self._expire_in(self._connections.limits.room_timeout)

    def _room_came(self) -> None:
        body = self._body
        if body is None or self._state != WAITING_ROOM:
            return
        if not self._take(body.size - self._held):
            self._connections.budget.wait_room(self._room_came)
            return
        self._state = BODY
        self._progress = body.received
        self._expire_in(self._connections.limits.body_timeout)
        data, self._input = self._input, b""
        if data:
            self._receive_body(data)
        elif body.received == 0 and self._awaits_continue:
            self._transport.write(CONTINUE)
        self._resume_reading()

    # --- responses

    def send(self, exchange: Exchange) -> None:
        if self._held:
            self._connections.budget.give(self._held)
            self._held = 0
        if exchange is not self._exchange or self._state != BUSY:
            self._exchange = None
            exchange.response_length = 0
            return
        self._exchange = None
        keeps_alive = self._keeps_alive and not self._connections.is_draining
        if exchange.response is not None and exchange.response.stream is not None:
            self._streamed = open_body(self, exchange, self._clock.date, keeps_alive)
            if self._streamed is not None:
                self._streamed.start()
                return
        head, body, keeps_alive = render_answer(exchange, self._clock.date, keeps_alive)
        exchange.response_length = len(body)
        if len(body) < _ONE_WRITE:
            self._transport.write(head + body)
        else:
            self._transport.writelines((head, body))
        self.answered(keeps_alive)

    def write(self, data: bytes) -> bool:
        """Sends some of a streamed response; False: the client is to take what there is before any more."""
        if self._is_writing_paused:
            self._unsent += len(data)
            self._progress += len(data)
            self._connections.budget.taken += len(data)
        self._transport.write(data)
        return not self._is_writing_paused

    def answered(self, keeps_alive: bool) -> None:
        self._streamed = None
        if not keeps_alive or self._connections.is_draining:
            self.close()
            return
        self._state = IDLE
        self._idle_since = self._clock.now()
        if not self._is_advancing and (self._input or self._is_reading_paused):
            self._go_on()

    def _go_on(self) -> None:
        """Takes up what was sent ahead of the last response."""
        if self._state == IDLE and not self._is_writing_paused:
            data, self._input = self._input, b""
            self._advance(data)
            if len(self._input) <= self._connections.limits.pipelined_size:
                self._resume_reading()

    def _refuse(self, status: int) -> None:
        """Answers what is no request, or too much of one, and closes: where the next would begin is not known."""
        if status == 413 and self._exchange is not None:
            self._exchange.is_too_large = True  # and the API that it was for answers
            self._body, self._state, self._keeps_alive = None, BUSY, False
            self._connections.dispatch(self._exchange)
            return
        self._exchange = None
        self._connections.refused[status] += 1
        head, body = render(refusal(status), b"", self._clock.date, False)
        self._transport.write(head + body)
        self.close()

    # --- back-pressure

    def _pause_reading(self) -> None:
        if not self._is_reading_paused:
            self._is_reading_paused = True
            self._transport.pause_reading()

    def _resume_reading(self) -> None:
        if self._is_reading_paused and self._state not in (WAITING_ROOM, CLOSED):
            self._is_reading_paused = False
            self._transport.resume_reading()

    def pause_writing(self) -> None:
        """The client is slower than its responses: they count in the budget, and no other request is started."""
        self._is_writing_paused = True
        self._unsent = self._progress = self._transport.get_write_buffer_size()
        self._connections.budget.taken += self._unsent
        self._expire_in(self._connections.limits.write_timeout)

    def resume_writing(self) -> None:
        self._is_writing_paused = False
        self._release_unsent()
        if self._state == CLOSED:
            self._transport.close()
        elif self._streamed is not None:
            self._streamed.stream.resume()
        else:
            self._idle_since = self._clock.now()
            self._go_on()

    def _release_unsent(self) -> None:
        unsent, self._unsent = self._unsent, 0
        if unsent:
            self._connections.budget.give(unsent)

    # --- time

    def _expire_in(self, seconds: float) -> None:
        self._clock.keep(self._slot, self)
        self._slot = self._clock.expire_in(seconds, self)

    def deadline_passed(self) -> None:
        limits = self._connections.limits
        if self._is_writing_paused:
            unsent = self._transport.get_write_buffer_size()
            if unsent >= self._progress:
                self.abort()
            else:
                self._progress = unsent
                self._expire_in(limits.write_timeout)
        elif self._state == IDLE:
            patience = limits.drain_grace if self._connections.is_draining else limits.idle_timeout
            remaining = self._idle_since + patience - self._clock.now()
            if remaining > 0:
                self._expire_in(remaining)
            else:
                self.close()
        elif self._state == HEAD:
            self._refuse(408)
        elif self._state == WAITING_ROOM:
            self._refuse(503)
        elif self._state == BODY and self._body is not None:
            received = self._body.received
            if received - self._progress < self._connections.required_progress():
                self._refuse(408)
            else:
                self._progress = received
                self._expire_in(limits.body_timeout)
        elif self._state == CLOSED:
            self.abort()
        else:
            self._expire_in(limits.idle_timeout)

    # --- ends

    def idle_since(self) -> float | None:
        return self._idle_since if self._state == IDLE and not self._is_writing_paused else None

    def drain(self) -> None:
        """An idle connection is given the grace: the client may have sent a request that is still on its way."""
        if self._state == IDLE and not self._is_writing_paused:
            self.deadline_passed()

    def close(self) -> None:
        """What is written is sent first; for that the deadline of a paused writer stays."""
        self._end()
        if not self._is_writing_paused:
            limits = self._connections.limits
            self._expire_in(limits.drain_grace if self._connections.is_draining else limits.closing_timeout)
            self._transport.close()

    def abort(self) -> None:
        self._end()
        self._clock.keep(self._slot, self)
        self._transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        self._end()
        self._is_writing_paused = False
        self._release_unsent()
        self._clock.keep(self._slot, self)
        self._connections.closed(self)

    def _end(self) -> None:
        """Gives back what is held, save the body of an exchange that is with the gateway: `send` gives that."""
        if self._state == WAITING_ROOM:
            self._connections.budget.stop_waiting(self._room_came)
        is_with_gateway = self._state == BUSY and self._exchange is not None
        self._state = CLOSED
        self._input = b""
        self._body = None
        streamed, self._streamed = self._streamed, None
        if streamed is not None:
            streamed.stream.close()
        if not is_with_gateway and self._held:
            held, self._held = self._held, 0
            self._connections.budget.give(held)
