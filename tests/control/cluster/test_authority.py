"""The authority of a cluster: one for all nodes, whose certificates are checked by the names of nodes."""

import socket
import ssl
import threading
from pathlib import Path

import pytest

from limen.control.cluster.authority import (
    NodeIdentity,
    context_for,
    make_authority,
    name_of,
    open_authority,
    sign_node,
)
from limen.store import Store

KEY = b"k" * 32


def test_all_nodes_open_the_same_authority(shared: Store) -> None:
    assert open_authority(shared, KEY) == open_authority(shared, KEY)
    with pytest.raises(ValueError, match="another key"):
        open_authority(shared, b"o" * 32)


def shake_hands(server: NodeIdentity, client: ssl.SSLContext, name: str) -> str | None:
    """The version of TLS that both ends agree on."""
    ours, theirs = socket.socketpair()

    def answer() -> None:
        try:
            with context_for(server, ssl.PROTOCOL_TLS_SERVER).wrap_socket(theirs, server_side=True) as connection:
                connection.sendall(b"hello")
        except (ssl.SSLError, OSError):
            theirs.close()

    serving = threading.Thread(target=answer)
    serving.start()
    try:
        with client.wrap_socket(ours, server_hostname=name) as connection:
            return connection.version() if connection.recv(5) == b"hello" else None
    finally:
        ours.close()
        serving.join(5)


def test_two_nodes_of_a_cluster_trust_each_other_by_name(tmp_path: Path) -> None:
    authority = make_authority()
    first, second = sign_node(authority, "node-1", tmp_path / "1"), sign_node(authority, "node-2", tmp_path / "2")
    client = context_for(second, ssl.PROTOCOL_TLS_CLIENT)

    assert shake_hands(first, client, name_of("node-1")) == "TLSv1.3"
    with pytest.raises(ssl.SSLCertVerificationError):
        shake_hands(first, client, name_of("node-3"))


def test_a_certificate_of_another_cluster_is_refused(tmp_path: Path) -> None:
    server = sign_node(make_authority(), "node-1", tmp_path / "1")
    stranger = context_for(sign_node(make_authority(), "node-2", tmp_path / "2"), ssl.PROTOCOL_TLS_CLIENT)
    stranger.load_verify_locations(server.authority)

    with pytest.raises((ssl.SSLError, ConnectionError)):
        assert shake_hands(server, stranger, name_of("node-1")) is not None


def test_keys_are_readable_by_their_owner_alone(tmp_path: Path) -> None:
    identity = sign_node(make_authority(), "node-1", tmp_path / "cluster")
    assert identity.certificate.stat().st_mode & 0o077 == 0
    assert identity.certificate.parent.stat().st_mode & 0o077 == 0
