"""Trust stores of systems, by what lies in their file tree, and the commands that change them."""

from pathlib import Path

import pytest

from limen.cli.trust_stores import Certificate, Command, TrustError, find_trust_store
from limen.downstream.authority import ensure_authority


@pytest.fixture
def certificate(tmp_path: Path) -> Certificate:
    return Certificate.read(ensure_authority(tmp_path / "data").ca)


@pytest.mark.parametrize(
    ("directory", "ending", "update"),
    [
        ("usr/local/share/ca-certificates", "crt", "update-ca-certificates"),
        ("etc/pki/ca-trust/source/anchors", "pem", "update-ca-trust extract"),
        ("etc/ca-certificates/trust-source/anchors", "pem", "update-ca-trust"),
        ("etc/pki/trust/anchors", "pem", "update-ca-certificates"),
    ],
)
def test_linux(tmp_path: Path, certificate: Certificate, directory: str, ending: str, update: str) -> None:
    (tmp_path / directory).mkdir(parents=True)
    store = find_trust_store("linux", tmp_path)
    target = tmp_path / directory / f"{certificate.name}.{ending}"
    assert [str(command) for command in store.commands_to_install(certificate)] == [
        f"install -m 644 {certificate.path} {target}",
        update,
    ]
    store.commands_to_install(certificate)[0].run()
    assert target.read_bytes() == certificate.path.read_bytes()
    assert target.stat().st_mode & 0o777 == 0o644
    store.commands_to_remove(certificate)[0].run()
    assert not target.exists()
    assert str(store.commands_to_remove(certificate)[1]) == update


def test_macos(tmp_path: Path, certificate: Certificate) -> None:
    store = find_trust_store("darwin", tmp_path)
    keychain = "/Library/Keychains/System.keychain"
    assert [str(command) for command in store.commands_to_install(certificate)] == [
        f"security add-trusted-cert -d -r trustRoot -k {keychain} {certificate.path}"
    ]
    assert [str(command) for command in store.commands_to_remove(certificate)] == [
        f"security delete-certificate -Z {certificate.fingerprint} -t {keychain}"
    ]


def test_windows(tmp_path: Path, certificate: Certificate) -> None:
    store = find_trust_store("win32", tmp_path)
    assert [str(command) for command in store.commands_to_install(certificate)] == [
        f"certutil -addstore -f ROOT {certificate.path}"
    ]
    assert [str(command) for command in store.commands_to_remove(certificate)] == [
        f"certutil -delstore ROOT {certificate.fingerprint}"
    ]


def test_an_unknown_system_is_said(tmp_path: Path) -> None:
    with pytest.raises(TrustError, match="none of the directories"):
        find_trust_store("linux", tmp_path)


def test_a_file_that_is_no_certificate_is_refused(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("hello")
    with pytest.raises(TrustError, match="is not a certificate"):
        Certificate.read(tmp_path / "ca.pem")


def test_a_command_that_fails_says_what_it_was() -> None:
    with pytest.raises(TrustError, match=r"this failed: ls /nonexistent: .*No such file"):
        Command(("ls", "/nonexistent")).run()
    with pytest.raises(TrustError, match="no-such-program is not installed"):
        Command(("no-such-program", "x")).run()
