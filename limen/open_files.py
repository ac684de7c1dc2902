"""How many files and sockets a process may have open: many systems allow 1,024 at first, enough for 500 clients."""

import contextlib
import resource

WANTED = 65_536
"""Sockets of 10,000 clients and their backends, several times over."""
_KEPT_FREE = 128
"""For the store, logs, libraries and sockets that listen."""


def allow_more_open_files() -> None:
    """Raises the soft limit as far as the hard one lets it; processes that are started inherit it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = WANTED if hard == resource.RLIM_INFINITY else min(WANTED, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        with contextlib.suppress(OSError, ValueError):  # macOS promises more than it gives
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def most_connections(wanted: int) -> int:
    """How many clients a process may take so that each can still have a connection to a backend."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY:
        return wanted
    return max(min(wanted, (soft - _KEPT_FREE) // 2), 1)
