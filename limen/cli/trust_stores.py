"""Where systems keep the certificate authorities that they trust, and the commands that change that."""

import contextlib
import hashlib
import shlex
import shutil
import ssl
import subprocess
from pathlib import Path
from typing import Protocol

from msgspec import Struct

from limen.downstream.authority_files import split_certificates, write_whole

TIMEOUT = 120.0
AUTHORITIES = "authorities"
"""Beside `ca.pem`: each of its certificates in a file of its own."""


class TrustError(Exception):
    """The trust store cannot be changed; the message says what was tried and what to do."""


class Certificate(Struct, frozen=True):
    """A certificate authority of a data directory, named after its fingerprint: several may be trusted at once."""

    path: Path
    fingerprint: str  # SHA-1, by which macOS and Windows know it

    @staticmethod
    def read(path: Path) -> "Certificate":
        try:
            der = ssl.PEM_cert_to_DER_cert(path.read_text("ascii").strip())
        except OSError as error:
            raise TrustError(f"{path}: {error.strerror}") from error
        except ValueError as error:
            raise TrustError(f"{path} is not a certificate: {error}") from error
        return Certificate(path, _fingerprint(der))

    @staticmethod
    def read_all(path: Path) -> "list[Certificate]":
        """Those of a file; where it has several, each gets a file of its own beside it, which trust stores ask for."""
        try:
            parts = split_certificates(path.read_bytes())
        except OSError as error:
            raise TrustError(f"{path}: {error.strerror}") from error
        if len(parts) <= 1:
            return [Certificate.read(path)]
        return [_split_off(path, part) for part in parts]

    @property
    def name(self) -> str:
        return f"limen-{self.fingerprint[:12].lower()}"


def _split_off(path: Path, pem: bytes) -> Certificate:
    directory = path.parent / AUTHORITIES
    try:
        fingerprint = _fingerprint(ssl.PEM_cert_to_DER_cert(pem.decode("ascii")))
    except ValueError as error:
        raise TrustError(f"{path} holds what is not a certificate: {error}") from error
    certificate = Certificate(directory / f"{fingerprint[:12].lower()}.pem", fingerprint)
    with contextlib.suppress(OSError):
        if certificate.path.read_bytes() == pem:
            return certificate
    try:
        directory.mkdir(mode=0o755, exist_ok=True)
        write_whole(certificate.path, pem, 0o644)
    except OSError as error:
        raise TrustError(f"{certificate.path} cannot be written: {error.strerror}") from error
    return certificate


def _fingerprint(der: bytes) -> str:
    return hashlib.sha1(der, usedforsecurity=False).hexdigest().upper()


class Command(Struct, frozen=True):
    """One command, as it is shown and as it is run."""

    arguments: tuple[str, ...]

    def __str__(self) -> str:
        return shlex.join(self.arguments)

    def run(self) -> None:
        try:
            subprocess.run(self.arguments, check=True, capture_output=True, text=True, timeout=TIMEOUT)  # noqa: S603
        except FileNotFoundError:
            raise TrustError(f"{self.arguments[0]} is not installed; it is needed for: {self}") from None
        except subprocess.TimeoutExpired:
            raise TrustError(f"this did not end in {TIMEOUT:g} seconds: {self}") from None
        except (subprocess.CalledProcessError, OSError) as error:
            output = (getattr(error, "stderr", "") or str(error)).strip()
            hint = "" if shutil.which("sudo") is None else "; try it as administrator: sudo limen trust"
            raise TrustError(f"this failed: {self}: {output}{hint}") from None


class TrustStore(Protocol):
    """Its commands do no harm when run twice, save those that remove what `is_surely_absent`."""

    def is_surely_absent(self, certificate: Certificate) -> bool: ...
    def commands_to_install(self, certificate: Certificate) -> list[Command]: ...
    def commands_to_remove(self, certificate: Certificate) -> list[Command]: ...


class AnchorDirectory:
    """Linux: a directory of certificates and a command that gathers them."""

    def __init__(self, directory: Path, ending: str, update: tuple[str, ...]) -> None:
        self._directory = directory
        self._ending = ending
        self._update = Command(update)

    def is_surely_absent(self, certificate: Certificate) -> bool:
        return False  # the file may be gone while what was gathered from it is still trusted

    def commands_to_install(self, certificate: Certificate) -> list[Command]:
        copy = ("install", "-m", "644", str(certificate.path), str(self._file(certificate)))
        return [Command(copy), self._update]

    def commands_to_remove(self, certificate: Certificate) -> list[Command]:
        return [Command(("rm", "-f", str(self._file(certificate)))), self._update]

    def _file(self, certificate: Certificate) -> Path:
        return self._directory / f"{certificate.name}{self._ending}"


class Keychain:
    """macOS: the system keychain, by `security`."""

    path = "/Library/Keychains/System.keychain"

    def is_surely_absent(self, certificate: Certificate) -> bool:
        return certificate.fingerprint not in _output(("security", "find-certificate", "-a", "-Z", self.path))

    def commands_to_install(self, certificate: Certificate) -> list[Command]:
        add = ("security", "add-trusted-cert", "-d", "-r", "trustRoot", "-k", self.path, str(certificate.path))
        return [Command(add)]

    def commands_to_remove(self, certificate: Certificate) -> list[Command]:
        return [Command(("security", "delete-certificate", "-Z", certificate.fingerprint, "-t", self.path))]


class WindowsRoots:
    """Windows: the machine's root store, by `certutil`."""

    def is_surely_absent(self, certificate: Certificate) -> bool:
        return certificate.fingerprint not in _output(("certutil", "-store", "ROOT", certificate.fingerprint)).upper()

    def commands_to_install(self, certificate: Certificate) -> list[Command]:
        return [Command(("certutil", "-addstore", "-f", "ROOT", str(certificate.path)))]

    def commands_to_remove(self, certificate: Certificate) -> list[Command]:
        return [Command(("certutil", "-delstore", "ROOT", certificate.fingerprint))]


ANCHORS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("usr/local/share/ca-certificates", ".crt", ("update-ca-certificates",)),  # Debian, Ubuntu, Alpine
    ("etc/pki/ca-trust/source/anchors", ".pem", ("update-ca-trust", "extract")),  # Fedora, RHEL
    ("etc/ca-certificates/trust-source/anchors", ".pem", ("update-ca-trust",)),  # Arch
    ("etc/pki/trust/anchors", ".pem", ("update-ca-certificates",)),  # SUSE
)


def find_trust_store(platform: str, root: Path) -> TrustStore:
    """The one of this system; `root` is where its files begin."""
    if platform == "darwin":
        return Keychain()
    if platform in ("win32", "cygwin"):
        return WindowsRoots()
    for directory, ending, update in ANCHORS:
        if (root / directory).is_dir():
            return AnchorDirectory(root / directory, ending, update)
    known = ", ".join(f"/{directory}" for directory, _, _ in ANCHORS)
    raise TrustError(f"this system has none of the directories of certificates that limen knows: {known}")


def _output(arguments: tuple[str, ...]) -> str:
    try:
        return subprocess.run(arguments, capture_output=True, text=True, timeout=TIMEOUT, check=False).stdout  # noqa: S603
    except (OSError, subprocess.TimeoutExpired) as error:
        raise TrustError(f"{shlex.join(arguments)}: {error}") from None
