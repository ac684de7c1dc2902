"""A blocking HTTP/2 client on `h2`, for tests that need to break its rules."""

import json
import ssl
from dataclasses import dataclass, field
from typing import Any, Protocol

from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.events import (
    ConnectionTerminated,
    DataReceived,
    InformationalResponseReceived,
    ResponseReceived,
    StreamEnded,
    StreamReset,
)

REQUEST = [(":method", "GET"), (":scheme", "https"), (":authority", "localhost"), (":path", "/a")]


class Door(Protocol):
    """A server that can be connected to."""

    def connect(self, *alpn: str, receive_buffer: int | None = None) -> ssl.SSLSocket: ...


@dataclass
class StreamSeen:
    headers: dict[str, str] = field(default_factory=dict)
    informational: list[str] = field(default_factory=list)
    body: bytes = b""
    is_ended: bool = False
    reset: int | None = None

    @property
    def status(self) -> int:
        return int(self.headers[":status"])

    def json(self) -> Any:
        return json.loads(self.body)


class Http2Client:
    def __init__(self, served: Door, reads: bool = True, receive_buffer: int | None = None) -> None:
        self.sock: ssl.SSLSocket = served.connect("h2", receive_buffer=receive_buffer)
        assert self.sock.selected_alpn_protocol() == "h2"
        self.h2 = H2Connection(
            H2Configuration(
                client_side=True,
                header_encoding="utf-8",
                validate_outbound_headers=False,
                normalize_outbound_headers=False,
            )
        )
        self.streams: dict[int, StreamSeen] = {}
        self.goodbye: int | None = None
        self.is_closed = False
        self.reads = reads
        """Whether windows are opened for what was received."""
        self.h2.initiate_connection()
        self.flush()

    def __enter__(self) -> "Http2Client":
        return self

    def __exit__(self, *_: object) -> None:
        self.sock.close()

    def flush(self) -> None:
        self.sock.sendall(self.h2.data_to_send())

    def request(self, fields: list[tuple[str, str]] | None = None, body: bytes | None = None, ends: bool = True) -> int:
        stream_id = self.h2.get_next_available_stream_id()
        self.streams[stream_id] = StreamSeen()
        self.h2.send_headers(stream_id, fields or REQUEST, end_stream=ends and body is None)
        self.flush()
        if body is not None:
            self.send(stream_id, body, ends)
        return stream_id

    def send(self, stream_id: int, body: bytes, ends: bool = True) -> None:
        position = 0
        while position < len(body) or (ends and not body):
            size = min(self.h2.local_flow_control_window(stream_id), 16_384, len(body) - position)
            if size == 0 and body:
                self.receive()
                continue
            piece = body[position : position + size]
            position += size
            self.h2.send_data(stream_id, piece, end_stream=ends and position == len(body))
            self.flush()
            if not body:
                return

    def receive(self) -> None:
        data = self.sock.recv(65_536)
        if not data:
            self.is_closed = True
            return
        for event in self.h2.receive_data(data):
            seen = self.streams.get(getattr(event, "stream_id", None) or 0, StreamSeen())
            if isinstance(event, ResponseReceived):
                seen.headers = dict(event.headers)
            elif isinstance(event, InformationalResponseReceived):
                seen.informational.append(dict(event.headers)[":status"])
            elif isinstance(event, DataReceived):
                seen.body += event.data
                if self.reads and event.flow_controlled_length:
                    self.h2.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
            elif isinstance(event, StreamEnded):
                seen.is_ended = True
            elif isinstance(event, StreamReset):
                seen.reset = int(event.error_code)
            elif isinstance(event, ConnectionTerminated):
                self.goodbye = int(event.error_code)
        pending = self.h2.data_to_send()
        if pending:
            self.sock.sendall(pending)

    def answer(self, stream_id: int) -> StreamSeen:
        seen = self.streams[stream_id]
        while not seen.is_ended and seen.reset is None and not self.is_closed:
            self.receive()
        return seen

    def wait_for_goodbye(self) -> int | None:
        while not self.is_closed:
            try:
                self.receive()
            except (ConnectionResetError, BrokenPipeError, ssl.SSLEOFError):
                break
        return self.goodbye
