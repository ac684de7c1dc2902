"""HTTPS backends: only those that a trusted authority vouches for, under the name that was asked for."""

import datetime
import ipaddress
import ssl
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from limen.upstream.origin import Origin
from limen.upstream.tls import client_context
from tests.upstream.backends import OK, Answer, answering, answering_once, ask, backend, run, upstream

NAME = "backend.internal"

_SIGNS_CERTIFICATES = x509.KeyUsage(
    digital_signature=False,
    content_commitment=False,
    key_encipherment=False,
    data_encipherment=False,
    key_agreement=False,
    key_cert_sign=True,
    crl_sign=True,
    encipher_only=False,
    decipher_only=False,
)


class Authority:
    """A certificate authority in a folder, and what it certifies."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.file = folder / "ca.pem"
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Test authority")])
        certificate = (
            self._builder(self._name, self._key)
            .add_extension(x509.BasicConstraints(True, None), True)
            .add_extension(_SIGNS_CERTIFICATES, True)
        )
        self.file.write_bytes(certificate.sign(self._key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))

    def server_context(self, *names: str, days: int = 1) -> ssl.SSLContext:
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0])])
        issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key())
        builder = (
            self._builder(subject, key, days)
            .add_extension(x509.SubjectAlternativeName([_name(name) for name in names]), False)
            .add_extension(issuer, False)  # Python 3.13 verifies strictly
        )
        file = self.folder / f"{names[0]}-{days}.pem"
        file.write_bytes(
            builder.sign(self._key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
            + key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(file)
        return context

    def _builder(self, subject: x509.Name, key: ec.EllipticCurvePrivateKey, days: int = 1) -> x509.CertificateBuilder:
        now = datetime.datetime.now(datetime.UTC)
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(days=10))
            .not_valid_after(now + datetime.timedelta(days=days))
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False)
        )


def _name(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("ca"))


def call(authority: Authority | None, server: ssl.SSLContext, server_name: str | None = None) -> Answer:
    async def main() -> Answer:
        context = client_context(str(authority.file) if authority else None)
        async with backend(answering(OK), server) as opened, upstream(context=context) as client:
            origin = Origin("https", "127.0.0.1", opened.origin.port, server_name)
            first = await ask(client, origin)
            second = await ask(client, origin)
            assert first.status == second.status
            assert opened.connections == (1 if first.status else 0)
            return second

    return run(main())


def test_a_trusted_backend_is_called_over_one_connection(authority: Authority) -> None:
    assert call(authority, authority.server_context("127.0.0.1")).body == b"ok"


def test_a_server_name_is_verified_in_place_of_the_address(authority: Authority) -> None:
    server = authority.server_context(NAME)

    assert call(authority, server, NAME).body == b"ok"
    assert call(authority, server).kind == "tls"
    assert "certificate not accepted" in str(call(authority, server, "other.internal").error)


def test_an_unknown_authority_is_not_trusted(authority: Authority) -> None:
    assert call(None, authority.server_context("127.0.0.1")).kind == "tls"


def test_an_expired_certificate_is_not_accepted(authority: Authority) -> None:
    assert call(authority, authority.server_context("127.0.0.1", days=-1)).kind == "tls"


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion.TLSv1_1")
def test_old_versions_of_tls_are_not_spoken(authority: Authority) -> None:
    server = authority.server_context("127.0.0.1")
    server.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    server.maximum_version = ssl.TLSVersion.TLSv1_1

    assert call(authority, server).kind == "tls"


def test_ssl_cert_file_names_the_authorities(authority: Authority, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))

    assert call(None, authority.server_context("127.0.0.1")).body == b"ok"


def test_a_plain_backend_is_no_tls_backend(authority: Authority) -> None:
    async def main() -> Answer:
        async with (
            backend(answering_once(b"HTTP/1.1 400 Bad Request\r\n\r\n")) as opened,
            upstream(context=client_context(str(authority.file))) as client,
        ):
            return await ask(client, Origin("https", "127.0.0.1", opened.origin.port), timeout=0.3)

    assert run(main()).kind in ("tls", "timeout")


def test_large_bodies_pass_both_ways(authority: Authority) -> None:
    body = b"x" * 2_000_000
    response = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body

    async def main() -> Answer:
        context = client_context(str(authority.file))
        server = authority.server_context("127.0.0.1")
        async with backend(answering(response), server) as opened, upstream(context=context) as client:
            return await ask(client, opened.origin, "POST", body)

    assert run(main()).body == body
