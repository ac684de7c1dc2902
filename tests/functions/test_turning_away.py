"""Callers of a host that cannot start: each is told so, whatever it had sent by then."""

import socket
import threading
from pathlib import Path

import pytest

from limen.functions.turning_away import turn_away
from tests.support.invoker import invoke


@pytest.fixture
def listening(tmp_path: Path) -> "socket.socket":
    made = socket.socket(socket.AF_UNIX)
    made.bind(str(tmp_path / "s"))
    made.listen(16)
    made.setblocking(False)
    return made


@pytest.mark.parametrize("payload", [b"{}", b"x" * 3_000_000], ids=["small", "large"])
def test_who_waits_is_told(listening: socket.socket, payload: bytes) -> None:
    stop = threading.Event()

    def serve() -> None:
        while not stop.wait(0.01):
            turn_away(listening)

    serving = threading.Thread(target=serve)
    serving.start()
    try:
        answer = invoke(listening.getsockname(), "hello", payload)
        assert (answer.status, answer.headers["x-amzn-errortype"]) == (500, "ServiceException")
        assert answer.json["message"] == "The functions host cannot start; the log of the server tells why."
    finally:
        stop.set()
        serving.join()
        listening.close()


def test_who_says_nothing_keeps_nobody(listening: socket.socket) -> None:
    silent = socket.socket(socket.AF_UNIX)
    silent.connect(listening.getsockname())
    gone = socket.socket(socket.AF_UNIX)
    gone.connect(listening.getsockname())
    gone.close()
    turn_away(listening)
    assert silent.recv(9) == b"HTTP/1.1 "
    silent.close()
    listening.close()
