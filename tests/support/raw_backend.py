"""A backend that answers each request with the bytes that it was told to, and hangs up."""

import socket
import threading
from contextlib import suppress


class RawBackend:
    def __init__(self) -> None:
        self.answer = b""
        self.requests: list[bytes] = []
        self._listening = socket.create_server(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._listening.getsockname()[1]}"

    def close(self) -> None:
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        self._thread.join(timeout=5)

    def _serve(self) -> None:
        while True:
            try:
                client, _ = self._listening.accept()
            except OSError:
                return
            with client, suppress(OSError):
                client.settimeout(5)
                self.requests.append(self._read(client))
                client.sendall(self.answer)
                client.shutdown(socket.SHUT_WR)
                while client.recv(65_536):
                    pass

    def _read(self, client: socket.socket) -> bytes:
        received = b""
        while b"\r\n\r\n" not in received:
            data = client.recv(65_536)
            if not data:
                raise OSError("no whole request")
            received += data
        return received
