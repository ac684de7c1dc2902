"""Keys go into contexts without lying about."""

import os
import ssl
import stat
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)

from limen.downstream import certificate_pairs
from limen.downstream.certificate_pairs import load_pair
from tests.downstream.named import server_name

PAIR = server_name("shop.test")


@pytest.fixture(params=["memory", "disk"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> str:
    monkeypatch.setattr(certificate_pairs, "_has_files_of_memory", lambda: request.param == "memory")
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    return str(request.param)


def test_nothing_is_left_of_the_key(way: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    seen: list[tuple[str, str, int]] = []
    load = ssl.SSLContext.load_cert_chain

    def note(context: ssl.SSLContext, path: str, password: str) -> None:
        seen.append((path, Path(path).read_text(), stat.S_IMODE(os.stat(path).st_mode)))
        load(context, path, password=password)

    monkeypatch.setattr(ssl.SSLContext, "load_cert_chain", note)
    descriptors = os.listdir("/proc/self/fd")

    load_pair(ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), PAIR.chain, PAIR.key)

    ((path, content, mode),) = seen
    assert PAIR.key in content
    if way == "memory":
        assert path.startswith("/proc/self/fd/")
    else:
        assert Path(path).parent == tmp_path
        assert mode == 0o600
    assert not Path(path).exists()
    assert os.listdir("/proc/self/fd") == descriptors


def test_nothing_is_left_of_a_key_that_is_refused(way: str, tmp_path: Path) -> None:
    descriptors = os.listdir("/proc/self/fd")

    with pytest.raises(ssl.SSLError):
        load_pair(ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), PAIR.chain, server_name("other.test").key)

    assert list(tmp_path.iterdir()) == []
    assert os.listdir("/proc/self/fd") == descriptors


def test_an_encrypted_key_is_refused_and_no_password_asked_for(way: str) -> None:
    key = load_pem_private_key(PAIR.key.encode(), None)
    encrypted = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"secret"))
    with pytest.raises(ssl.SSLError):
        load_pair(ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), PAIR.chain, encrypted.decode())


def test_what_stands_between_certificates_is_skipped(way: str) -> None:
    load_pair(ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), f"Für den Laden\n{PAIR.chain}", PAIR.key)


@pytest.mark.parametrize("text", ["", "é", "\x00"])
def test_what_is_no_pair_is_refused(way: str, text: str) -> None:
    with pytest.raises((ssl.SSLError, ValueError)):
        load_pair(ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), text, text)
