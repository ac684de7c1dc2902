"""Unix sockets that only their owner can connect to."""

import os
import socket
from pathlib import Path


def listen_privately(path: Path, backlog: int) -> socket.socket:
    """What an earlier process left there is replaced. Who connects waits until somebody accepts."""
    path.unlink(missing_ok=True)
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    old_mask = os.umask(0o177)
    try:
        listening.bind(str(path))
    finally:
        os.umask(old_mask)
    listening.listen(backlog)
    listening.setblocking(False)
    return listening
