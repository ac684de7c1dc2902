"""Unix sockets that only their owner can connect to."""

import socket
import stat
from pathlib import Path

from limen.control.private_socket import listen_privately


def test_a_private_socket_replaces_what_was_left_there(tmp_path: Path) -> None:
    path = tmp_path / "pools.sock"
    path.write_text("left by an earlier process")
    with listen_privately(path, 8):
        assert stat.S_ISSOCK(path.stat().st_mode)
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_who_connects_before_somebody_accepts_waits(tmp_path: Path) -> None:
    with listen_privately(tmp_path / "pools.sock", 8) as listening, socket.socket(socket.AF_UNIX) as client:
        client.connect(str(tmp_path / "pools.sock"))
        client.sendall(b"first words")
        accepted, _ = listening.accept()
        assert accepted.recv(64) == b"first words"
        accepted.close()
