"""Which processes belong to an environment, and the memory they use, as /proc tells (proc(5)).

Elsewhere than on Linux nothing is known: memory is not watched, and whoever knows the address of a Runtime API is let
in.
"""

import contextlib
import os
import resource
import socket
import struct
import sys
from collections.abc import Iterator

IS_KNOWN = sys.platform == "linux"
_PAGE = resource.getpagesize()
_PEER = struct.Struct("3i")
_MOST_GENERATIONS = 64


def resident(init: int, has_namespace: bool) -> int:
    """Bytes in memory of all that the init of an environment has started, the same page of two processes twice."""
    total = 0
    for place in _places(init, has_namespace):
        with contextlib.suppress(OSError, IndexError, ValueError), open(f"{place}/statm", "rb", 0) as file:
            total += int(file.read(200).split()[1]) * _PAGE
    return total


def proportional(init: int, has_namespace: bool) -> int:
    """The same with shared pages shared out, which costs a hundred times as much to know."""
    total = 0
    for place in _places(init, has_namespace):
        with contextlib.suppress(OSError, IndexError, ValueError), open(f"{place}/smaps_rollup", "rb") as file:
            for line in file:
                if line.startswith(b"Pss:"):
                    total += int(line.split()[1]) * 1024
                    break
    return total


def count(init: int, has_namespace: bool) -> int:
    """Processes that the init of an environment has started, and theirs."""
    return sum(1 for _ in _places(init, has_namespace))


def is_kin(peer: socket.socket, init: int, has_namespace: bool) -> bool:
    """Whether the other end of a local connection is held by a process of this environment."""
    if not IS_KNOWN:
        return True
    if peer.family == socket.AF_UNIX:
        pid, _, _ = _PEER.unpack(peer.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _PEER.size))
        return _descends(pid, init)
    link = f"socket:[{_inode_of(peer.getpeername()[1], peer.getsockname()[1])}]"
    return any(link in _descriptors(place) for place in _places(init, has_namespace))


def _places(init: int, has_namespace: bool) -> Iterator[str]:
    """The directories in /proc of all but the init itself."""
    if has_namespace:
        inside = f"/proc/{init}/root/proc"  # its own: few entries, however many processes there are outside
        with contextlib.suppress(OSError):
            yield from (f"{inside}/{name}" for name in os.listdir(inside) if name.isdigit() and name != "1")
        return
    yield from _places_below(str(init))


def _places_below(pid: str) -> Iterator[str]:
    with contextlib.suppress(OSError):
        for thread in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{thread}/children") as file:
                children = file.read().split()
            for child in children:
                yield f"/proc/{child}"
                yield from _places_below(child)


def _descends(pid: int, init: int) -> bool:
    for _ in range(_MOST_GENERATIONS):
        if pid == init:
            return True
        try:
            with open(f"/proc/{pid}/stat", "rb", 0) as file:
                pid = int(file.read(4096).rpartition(b")")[2].split()[1])
        except (OSError, IndexError, ValueError):
            return False
    return False


def _inode_of(local_port: int, remote_port: int) -> str:
    """Of the socket on this machine that has these ports, nothing where there is none."""
    ends = (f"0100007F:{local_port:04X}", f"0100007F:{remote_port:04X}")
    with contextlib.suppress(OSError), open("/proc/net/tcp") as file:
        for line in file:
            fields = line.split()
            if (fields[1], fields[2]) == ends:
                return fields[9]
    return ""


def _descriptors(place: str) -> Iterator[str]:
    with contextlib.suppress(OSError):
        for name in os.listdir(f"{place}/fd"):
            with contextlib.suppress(OSError):
                yield os.readlink(f"{place}/fd/{name}")
