"""A control process as a functions host sees it: tells functions over the socket that the host connects to."""

import socket
import threading
from pathlib import Path

from limen.functions.channel import PutFunctions, frame
from limen.functions.records import FunctionRecord


class FunctionsControl:
    """Listens from its making; each host that connects is told all functions, and later what changes."""

    def __init__(self, path: Path | str, *functions: FunctionRecord) -> None:
        self._functions = {function.arn: function for function in functions}
        self._revision = 1
        self._hosts: list[socket.socket] = []
        self._lock = threading.Lock()
        Path(path).unlink(missing_ok=True)
        self._listening = socket.socket(socket.AF_UNIX)
        self._listening.bind(str(path))
        self._listening.listen()
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    def _accept(self) -> None:
        while True:
            try:
                host, _ = self._listening.accept()
            except OSError:
                return
            with self._lock:
                host.settimeout(10)
                _read_frame(host)  # HostHello
                host.sendall(frame(PutFunctions(self._revision, True, list(self._functions.values()))))
                _read_frame(host)
                self._hosts.append(host)

    def put(self, *functions: FunctionRecord, gone: tuple[str, ...] = ()) -> None:
        """Returns when every host that is connected has applied it."""
        with self._lock:
            self._revision += 1
            self._functions.update({function.arn: function for function in functions})
            for arn in gone:
                self._functions.pop(arn, None)
            for host in list(self._hosts):
                try:
                    host.sendall(frame(PutFunctions(self._revision, False, list(functions), list(gone))))
                    _read_frame(host)
                except OSError:
                    self._hosts.remove(host)

    def close(self) -> None:
        self._listening.close()
        for host in self._hosts:
            host.close()


def _read_frame(host: socket.socket) -> bytes:
    size = int.from_bytes(_read(host, 4), "big")
    return _read(host, size)


def _read(host: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size:
        received = host.recv(size - len(data))
        if not received:
            raise ConnectionError("the host has gone")
        data += received
    return data
