"""What a client may send and how long it may take: every bound of the client's side in one table."""

from msgspec import Struct


class Limits(Struct, frozen=True, kw_only=True):
    """Sizes in bytes, times in seconds. Defaults are API Gateway's where it publishes one.

    Limits that differ by API type are the largest of them here; routing enforces the API's own.
    """

    connections: int = 10_000
    head_size: int = 20_480
    target_size: int = 10_240
    header_count: int = 100
    body_size: int = 10_485_760

    chunk_line_size: int = 256
    """A chunk's size with its extensions."""
    trailer_size: int = 8_192
    pipelined_size: int = 65_536
    """What is kept of requests sent before the current one is answered; past it the connection is not read."""

    handshake_timeout: float = 10.0
    head_timeout: float = 10.0
    body_timeout: float = 10.0
    """How often the progress of a body is looked at."""
    body_rate: int = 256
    """Bytes per second that a client must send of a body, over `body_timeout`."""
    scarce_body_rate: int = 32_768
    """The same while the worker has hardly any room: bodies that were announced and trickle in would keep it all."""
    room_timeout: float = 10.0
    """How long a body may wait for room in the worker's budget before its request is answered with 503."""
    idle_timeout: float = 310.0
    write_timeout: float = 60.0
    """How long a client may take no byte of a response."""
    closing_timeout: float = 5.0
    """How long a closed connection is kept for the client to read the last response and to say goodbye."""
    drain_grace: float = 1.0
    """While draining, a connection that was in use this recently may send one more request: it may be on its way."""

    streams: int = 100
    """HTTP/2: concurrent streams of a connection, and exchanges that it may keep busy."""
    resets_per_second: int = 100
    control_frames_per_second: int = 200
    """HTTP/2: pings, settings, priorities and window updates beyond those that data sent explains."""
    empty_frames_per_second: int = 100
    unwanted_size: int = 20_971_520
    """HTTP/2: what a client may still send of a body after its request was refused, before its stream is reset."""
    window_size: int = 1_048_576
    """HTTP/2: what a client may send on one stream before we have taken it."""
