"""An editor as far as Node.js's inspector needs one: finds the process, sets a breakpoint, goes on.

https://nodejs.org/en/learn/getting-started/debugging, https://chromedevtools.github.io/devtools-protocol/v8/Debugger
"""

import base64
import json
import os
import socket
import urllib.request
from typing import Any
from urllib.parse import urlsplit

TIMEOUT = 20.0


class Inspector:
    """Attached to a process that waits at 127.0.0.1."""

    def __init__(self, port: int) -> None:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/json/list", timeout=TIMEOUT) as listed:
            (target,) = json.load(listed)
        url = urlsplit(target["webSocketDebuggerUrl"])
        self._connection = socket.create_connection(("127.0.0.1", port), timeout=TIMEOUT)
        self._stream = self._connection.makefile("rwb")
        self._number = 0
        self._upgrade(url.netloc, url.path)

    def stop_at(self, url: str, line: int) -> None:
        """`line` counts from one. The process goes on to it."""
        self._ask("Runtime.enable")
        self._ask("Debugger.enable")
        self._ask("Debugger.setBreakpointByUrl", url=url, lineNumber=line - 1)
        self._ask("Runtime.runIfWaitingForDebugger")

    def wait_for_stop(self) -> int:
        """The line it stopped at, of the breakpoint; goes on."""
        while True:
            message = self._read()
            if message.get("method") == "Debugger.paused":
                self._ask("Debugger.resume")
                if message["params"]["hitBreakpoints"]:
                    return int(message["params"]["callFrames"][0]["location"]["lineNumber"]) + 1

    def close(self) -> None:
        self._stream.close()
        self._connection.close()

    def _ask(self, method: str, **params: Any) -> None:
        self._number += 1
        self._write(json.dumps({"id": self._number, "method": method, "params": params}).encode())

    def _upgrade(self, host: str, path: str) -> None:
        key = base64.b64encode(os.urandom(16)).decode()
        self._stream.write(
            f"GET {path} HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
        )
        self._stream.flush()
        assert b" 101 " in self._stream.readline()
        while self._stream.readline().strip():
            pass

    def _write(self, text: bytes) -> None:
        """One masked frame of at most 65535 bytes (RFC 6455, 5.2); a mask of zeros leaves the text as it is."""
        self._stream.write(b"\x81\xfe" + len(text).to_bytes(2, "big") + bytes(4) + text)
        self._stream.flush()

    def _read(self) -> dict[str, Any]:
        length = self._stream.read(2)[1]
        if length > 125:
            length = int.from_bytes(self._stream.read(2 if length == 126 else 8), "big")
        message: dict[str, Any] = json.loads(self._stream.read(length))
        assert "error" not in message, message
        return message
