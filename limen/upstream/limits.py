"""Bounds of one worker's upstream side."""

from msgspec import Struct


class Limits(Struct, frozen=True):
    """Bounds of one worker's upstream side; times in seconds, sizes in bytes."""

    connections_per_origin: int = 1024
    waiting_calls_per_origin: int = 1024
    connect_timeout: float = 5.0
    idle_timeout: float = 3.5
    """Under the 5 s after which Node.js and uvicorn close an idle connection; a `Keep-Alive: timeout` goes before."""
    longest_idle_timeout: float = 55.0
    connection_age: float = 300.0
    """After this a connection takes no new call, so that a name that moves is followed."""
    response_head: int = 65_536
    response_headers: int = 200
    response_body: int = 10 * 1024 * 1024
