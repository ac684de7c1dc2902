"""An editor as far as the Debug Adapter Protocol needs one: attaches, sets a breakpoint, goes on.

https://microsoft.github.io/debug-adapter-protocol/specification
"""

import json
import socket
from pathlib import Path
from typing import Any


class Editor:
    """Attached to a debugger that listens on 127.0.0.1."""

    def __init__(self, port: int, roots: dict[str, str] | None = None) -> None:
        """`roots`: folders, and by what names the debugged process knows them."""
        self._connection = socket.create_connection(("127.0.0.1", port), timeout=30)
        self._stream = self._connection.makefile("rwb")
        self._sequence = 0
        self._ask("initialize", adapterID="debugpy", clientID="tests")
        self._wait("response", "initialize")
        mappings = [{"localRoot": here, "remoteRoot": there} for here, there in (roots or {}).items()]
        self._ask("attach", justMyCode=False, pathMappings=mappings)
        self._wait("event", "initialized")

    def stop_at(self, file: Path, line: int) -> None:
        self._ask("setBreakpoints", source={"path": str(file)}, breakpoints=[{"line": line}])
        self._wait("response", "setBreakpoints")
        self._ask("configurationDone")
        self._wait("response", "configurationDone")

    def wait_for_stop(self) -> int:
        """The line it stopped at."""
        thread = self._wait("event", "stopped")["body"]["threadId"]
        self._ask("stackTrace", threadId=thread)
        line: int = self._wait("response", "stackTrace")["body"]["stackFrames"][0]["line"]
        self._ask("continue", threadId=thread)
        return line

    def close(self) -> None:
        self._stream.close()
        self._connection.close()

    def _ask(self, command: str, **arguments: Any) -> None:
        self._sequence += 1
        message = {"seq": self._sequence, "type": "request", "command": command, "arguments": arguments}
        body = json.dumps(message).encode()
        self._stream.write(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))
        self._stream.flush()

    def _wait(self, kind: str, name: str) -> dict[str, Any]:
        while True:
            length = 0
            while line := self._stream.readline().strip():
                if line.lower().startswith(b"content-length:"):
                    length = int(line[15:])
            message: dict[str, Any] = json.loads(self._stream.read(length))
            if message["type"] == kind and message.get("event" if kind == "event" else "command") == name:
                return message
