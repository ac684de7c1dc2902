"""A client connection that speaks HTTP/2 (RFC 9113): framing by `h2`, the same exchanges as HTTP/1.1.

Each stream is the reply of its exchange. Bytes of bodies wait in the client, by flow control, while the worker has no
room for them; bytes of responses wait here, counted in the budget, while the client opens no window.
"""

import asyncio
import logging
from typing import cast

from h2.errors import ErrorCodes
from h2.events import ConnectionTerminated, DataReceived, Event, RequestReceived, StreamEnded, StreamReset
from h2.exceptions import H2Error
from hyperframe.frame import GoAwayFrame

from limen.downstream.connections import Connections
from limen.downstream.flood import FloodMeter
from limen.downstream.http2_body import Http2Body
from limen.downstream.http2_framing import open_framing, open_window, reset, send_fields
from limen.downstream.http2_request import read_request
from limen.downstream.http2_stream import Stream, Unwanted
from limen.downstream.reply import refusal, render_answer_fields, render_fields
from limen.gateway.exchange import Client, Exchange
from limen.wire import ProtocolError

log = logging.getLogger("limen.downstream")

_WRITE_SIZE = 65_536
"""Responses are framed in pieces of this size, and no further while the transport is full."""
_CONTINUE = [(b":status", b"100")]


class Http2Connection(asyncio.Protocol):
    """The protocol of a transport; its streams are replies."""

    def __init__(self, connections: Connections, client: Client) -> None:
        self.client = client
        self.connections = connections
        self._clock = connections.clock
        self._streams: dict[int, Stream] = {}
        self._meter = FloodMeter(connections.limits, self._streams)
        self._busy = 0
        """Exchanges with the gateway, also those whose stream the client has reset meanwhile."""
        self._blocked: dict[int, Stream] = {}
        """Streams with a response that is not sent to its end, in the order of their turns."""
        self._unwanted = Unwanted()
        self._unsent = self._sent = self._progress = 0
        self._is_receiving = False
        self._is_writing_paused = False
        self._is_closed = False
        self._has_said_goodbye = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._transport.set_write_buffer_limits(high=_WRITE_SIZE, low=0)
        limits = self.connections.limits
        self._h2 = open_framing(limits.streams, limits.window_size, 2 * limits.head_size)
        self._flush()
        self._idle_since = self._clock.now()
        self._slot = self._clock.expire_in(limits.idle_timeout, self)
        self.connections.opened(self)

    def data_received(self, data: bytes) -> None:
        if self._is_closed:
            return
        head_since = self._meter.head_since
        flood = self._meter.feed(data, self._clock.now())
        if flood is not None:
            self._calm(flood)
            return
        if self._meter.head_since not in (None, head_since):
            self._expire_in(self.connections.limits.head_timeout)
        self._is_receiving = True
        try:
            events = self._h2.receive_data(data)
            already_reset = {event.stream_id for event in events if isinstance(event, StreamReset)}
            for event in events:
                if self._is_closed:
                    break
                if not (isinstance(event, RequestReceived) and event.stream_id in already_reset):
                    self._handle(event)
        except Exception as error:
            level = logging.DEBUG if isinstance(error, H2Error) else logging.ERROR
            log.log(level, "client %s: HTTP/2 connection closed: %r", self.client.source_ip, error)
            self._flush()
            self.close()
        finally:
            self._is_receiving = False
        self._send_blocked()
        self._finish_if_drained()

    def _handle(self, event: Event) -> None:
        if isinstance(event, RequestReceived):
            self._start_request(event.stream_id, event.headers)
        elif isinstance(event, DataReceived):
            self._receive_body(event)
        elif isinstance(event, StreamEnded):
            self._unwanted.forget(event.stream_id)
            stream = self._streams.get(event.stream_id)
            if stream is not None:
                stream.ended()
        elif isinstance(event, StreamReset):
            self._unwanted.forget(event.stream_id)
            stream = self._streams.get(event.stream_id)
            if stream is not None:
                self._forget(stream)
        elif isinstance(event, ConnectionTerminated):
            self.close()
        # windows and settings: what is blocked is tried again behind the last event

    def _start_request(self, stream_id: int, fields: list[tuple[bytes, bytes]]) -> None:
        limits = self.connections.limits
        if self._busy >= limits.streams or self._has_said_goodbye:
            self._refuse_stream(stream_id)
            return
        stream = self._streams[stream_id] = Stream(self, stream_id)
        try:
            request = read_request(fields, limits)
        except ProtocolError as error:
            self.refuse(stream, error.status)
            return
        stream.exchange = request.start(self.client, stream, self._clock.now(), self.connections.proxies)
        if len(self._streams) == 1:
            self._expire_in(limits.body_timeout)
        stream.start(request.size)
        if request.awaits_continue and stream.is_receiving and stream.exchange is not None:
            self._h2.send_headers(stream_id, _CONTINUE)

    def _refuse_stream(self, stream_id: int) -> None:
        """Safe to send again elsewhere: nothing was done (RFC 9113, section 8.7)."""
        if self._meter.count_reset():
            self._calm("refused streams")
            return
        reset(self._h2, stream_id, ErrorCodes.REFUSED_STREAM)

    def _receive_body(self, event: DataReceived) -> None:
        size = event.flow_controlled_length or 0
        stream = self._streams.get(event.stream_id)
        if stream is None:
            if self._unwanted.is_too_much(event.stream_id, size):
                reset(self._h2, event.stream_id, ErrorCodes.NO_ERROR)
            self.acknowledge(event.stream_id, size)
            return
        stream.receive(event.data or b"", size)

    # --- what streams ask for

    def dispatch(self, exchange: Exchange) -> None:
        self._busy += 1
        self.connections.dispatch(exchange)

    def acknowledge(self, stream_id: int, size: int) -> None:
        """Lets the client send as much again."""
        if size and not self._is_closed:
            open_window(self._h2, stream_id, size)
            self._flush_unless_receiving()

    def answered(self, stream: Stream, exchange: Exchange) -> None:
        """Sends the response of an exchange, or forgets it where the client has."""
        self._busy -= 1
        if self._is_closed or self._streams.get(stream.id) is not stream:
            exchange.response_length = 0
            return
        fields, body, source = render_answer_fields(exchange, self._clock.date)
        exchange.response_length = len(body)
        if source is None:
            self._send(stream, fields, body)
        elif self._send_fields(stream, fields, is_last=False):
            stream.body = Http2Body(self, stream, exchange, source)
            self._flush_unless_receiving()
            source.attach(stream.body)

    def send_unsent(self, stream: Stream) -> bool:
        """Sends what there is of a streamed response; False: the client is to take it before there is any more."""
        self._blocked[stream.id] = stream
        if not self._is_receiving:
            self._send_blocked()
        if not stream.unsent and not self._is_writing_paused:
            return True
        if stream.body is not None:
            self._blocked[stream.id] = stream  # has its turn, if only to hear that there is room
        return False

    def break_off(self, stream: Stream) -> None:
        reset(self._h2, stream.id, ErrorCodes.INTERNAL_ERROR)
        self._forget(stream)
        self._flush_unless_receiving()
        self._finish_if_drained()

    def refuse(self, stream: Stream, status: int) -> None:
        """Answers what is no request, or too much of one; its stream ends, the connection goes on."""
        stream.abandon()
        self.connections.refused[status] += 1
        fields, body = render_fields(refusal(status), b"", self._clock.date)
        self._send(stream, fields, body)

    # --- frames out

    def _send(self, stream: Stream, fields: list[tuple[bytes, bytes]], body: bytes) -> None:
        if not self._send_fields(stream, fields, is_last=not body):
            return
        if body:
            stream.unsent = memoryview(body)
            self._blocked[stream.id] = stream
            if not self._is_receiving:
                self._send_blocked()
        else:
            self._stream_answered(stream)
            self._flush_unless_receiving()

    def _send_fields(self, stream: Stream, fields: list[tuple[bytes, bytes]], is_last: bool) -> bool:
        if send_fields(self._h2, stream.id, fields, is_last):
            return True
        self._forget(stream)
        return False

    def _send_blocked(self) -> None:
        """Gives each response its turn, one frame at a time, as far as windows and transport let it."""
        if self._is_closed:
            return
        self._flush()
        while self._blocked and not self._is_writing_paused and not self._is_closed:
            sent = 0
            for stream in list(self._blocked.values()):
                sent += self._send_frame(stream)
            self._flush()
            if not sent:
                break
        self._account_unsent()

    def _send_frame(self, stream: Stream) -> int:
        try:
            size = min(self._h2.local_flow_control_window(stream.id), self._h2.max_outbound_frame_size, _WRITE_SIZE)
            size = max(min(size, len(stream.unsent)), 0)
            is_last = size == len(stream.unsent) and stream.is_whole
            if size or is_last:
                piece, stream.unsent = bytes(stream.unsent[:size]), stream.unsent[size:]
                self._h2.send_data(stream.id, piece, end_stream=is_last)
        except H2Error as error:
            log.debug("stream %d not answered to its end: %s", stream.id, error)
            self._forget(stream)
            return 0
        self._sent += size
        self._meter.explain_updates(2 if size else 0)
        if stream.body is not None:
            stream.body.sent(size)
        if is_last:
            self._stream_answered(stream)
        elif stream.body is not None and not stream.unsent and not self._is_writing_paused:
            del self._blocked[stream.id]
            stream.body.drained()
        return size

    def _stream_answered(self, stream: Stream) -> None:
        if stream.is_receiving and not self._is_closed:
            self._unwanted.allow(stream.id, self.connections.limits.unwanted_size)
        self._forget(stream)
        self._finish_if_drained()

    def _forget(self, stream: Stream) -> None:
        self._streams.pop(stream.id, None)
        if self._blocked.pop(stream.id, None) is not None:
            stream.unsent = memoryview(b"")
        stream.abandon()
        self._idle_since = self._clock.now()

    def _account_unsent(self) -> None:
        """What clients do not take counts in the budget: it is in memory, so it is counted, not asked for."""
        unsent = sum(len(stream.unsent) for stream in self._blocked.values())
        if self._is_writing_paused:
            unsent += self._transport.get_write_buffer_size()
        before, self._unsent = self._unsent, unsent
        if unsent > before:
            self.connections.budget.taken += unsent - before
            if not before:
                self._progress = self._delivered()
                self._expire_in(self.connections.limits.write_timeout)
        elif unsent < before:
            self.connections.budget.give(before - unsent)

    def _flush_unless_receiving(self) -> None:
        if not self._is_receiving:
            self._flush()

    def _flush(self) -> None:
        data = self._h2.data_to_send()
        if data and not self._transport.is_closing():
            self._transport.write(data)

    def pause_writing(self) -> None:
        self._is_writing_paused = True
        self._transport.pause_reading()  # else pings would be answered into a buffer that nobody empties
        self._account_unsent()

    def resume_writing(self) -> None:
        self._is_writing_paused = False
        if self._is_closed:
            self._account_unsent()
            self._transport.close()
            return
        self._transport.resume_reading()
        self._send_blocked()

    # --- time

    def _expire_in(self, seconds: float) -> None:
        self._clock.keep(self._slot, self)
        self._slot = self._clock.expire_in(seconds, self)

    def deadline_passed(self) -> None:
        limits = self.connections.limits
        if self._is_closed or (self._unsent and not self._took_some()):
            self.abort()
        elif self._meter.head_since is not None and self._clock.now() - self._meter.head_since >= limits.head_timeout:
            self.close()
        elif self._unsent:
            self._expire_in(limits.write_timeout)
        elif self.connections.is_draining and not self._has_said_goodbye:
            self._say_goodbye()
            self._expire_in(limits.body_timeout)
        elif self._streams:
            for stream in list(self._streams.values()):
                status = stream.find_timeout()
                if status is not None:
                    self.refuse(stream, status)
            self._send_blocked()
            if not self._is_closed:
                self._expire_in(limits.body_timeout)
        else:
            remaining = self._idle_since + limits.idle_timeout - self._clock.now()
            if remaining > 0:
                self._expire_in(remaining)
            else:
                self._say_goodbye()
                self.close()

    def _took_some(self) -> bool:
        before, self._progress = self._progress, self._delivered()
        return self._progress > before

    def _delivered(self) -> int:
        """Bytes of bodies that left this process: grows whenever the client takes any, whatever is added meanwhile."""
        return self._sent - self._transport.get_write_buffer_size()

    # --- ends

    def idle_since(self) -> float | None:
        return None if self._streams or self._busy or self._unsent else self._idle_since

    def drain(self) -> None:
        """GOAWAY waits for the streams that there are, within the grace: some clients give them up when they see it."""
        self._finish_if_drained()
        if not self._is_closed:
            self._expire_in(self.connections.limits.drain_grace)

    def _finish_if_drained(self) -> None:
        if self.connections.is_draining and not self._streams and not self._is_closed and not self._is_receiving:
            self._say_goodbye()
            self.close()

    def _say_goodbye(self, error: ErrorCodes = ErrorCodes.NO_ERROR) -> None:
        """Written past `h2`, which would send nothing more on any stream behind a GOAWAY."""
        if not self._has_said_goodbye and not self._is_closed:
            self._has_said_goodbye = True
            self._flush()
            frame = GoAwayFrame(0, last_stream_id=self._h2.highest_inbound_stream_id, error_code=error)
            self._transport.write(frame.serialize())

    def _calm(self, flood: str) -> None:
        log.warning("client %s floods its connection with %s: closed", self.client.source_ip, flood)
        self._has_said_goodbye = False
        self._say_goodbye(ErrorCodes.ENHANCE_YOUR_CALM)
        self.close()

    def close(self) -> None:
        self._end()
        if not self._is_writing_paused:
            self._clock.keep(self._slot, self)
            if self.connections.is_draining:
                self._slot = self._clock.expire_in(self.connections.limits.drain_grace, self)
            self._transport.close()

    def abort(self) -> None:
        self._end()
        self._clock.keep(self._slot, self)
        self._transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        self._end()
        self._is_writing_paused = False
        self._account_unsent()
        self._clock.keep(self._slot, self)
        self.connections.closed(self)

    def _end(self) -> None:
        """Gives back what is held, save the bodies of exchanges that are with the gateway: `answered` gives those."""
        self._is_closed = True
        for stream in list(self._streams.values()):
            self._forget(stream)
        self._account_unsent()
