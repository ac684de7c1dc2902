"""Answers the callers of a functions host that cannot start, so that none waits for what does not come."""

import contextlib
import json
import re
import socket

from limen.functions.errors import LARGEST_REQUEST, service_failure
from limen.wire import STATUS_LINES

_MOST_AT_ONCE = 256
"""Then whoever calls has other things to do."""
_SILENCE = 0.02
"""Seconds in which something of a request must come: workers connect when they have it."""
_READ = 1 << 20
_LENGTH = re.compile(rb"\r\nContent-Length: *([0-9]{1,12})", re.IGNORECASE)


def turn_away(listening: socket.socket) -> None:
    """All connections that wait to be accepted on a socket that does not block."""
    error = service_failure("The functions host cannot start; the log of the server tells why.")
    body = json.dumps(error.body).encode()
    answer = (
        b"%bContent-Type: application/json\r\nx-amzn-ErrorType: %b\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%b"
        % (
            STATUS_LINES[error.status],
            error.name.encode(),
            len(body),
            body,
        )
    )
    for _ in range(_MOST_AT_ONCE):
        try:
            connection, _ = listening.accept()
        except OSError:
            return
        with connection, contextlib.suppress(OSError):
            _answer(connection, answer)


def _answer(connection: socket.socket, answer: bytes) -> None:
    """What is sent is read before: a peer that is cut off while it writes does not see what it is told."""
    connection.settimeout(_SILENCE)
    with contextlib.suppress(TimeoutError):
        _read_request(connection)
    connection.sendall(answer)
    connection.shutdown(socket.SHUT_WR)


def _read_request(connection: socket.socket) -> None:
    head = b""
    while b"\r\n\r\n" not in head and len(head) < _READ:
        piece = connection.recv(_READ)
        if not piece:
            return
        head += piece
    head, _, body = head.partition(b"\r\n\r\n")
    length = _LENGTH.search(head)
    awaited = min(int(length[1]), LARGEST_REQUEST) - len(body) if length else 0
    while awaited > 0 and (piece := connection.recv(_READ)):
        awaited -= len(piece)
