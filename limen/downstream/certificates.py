"""Makes and signs certificates (RFC 5280); imported by `authority` only when one must be made."""

import datetime
import ipaddress
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from msgspec import Struct

from limen.downstream.authority import DAY, RENEW_BEFORE
from limen.downstream.server_names import is_address, permitted_subtrees

_AUTHORITY_DAYS = 3_650
_SERVER_DAYS = 397
"""The longest that browsers accept."""
_CLOCK_SKEW = 3_600


class Made(Struct, frozen=True):
    """A certificate and its key as PEM, and when it should be replaced, in seconds since 1970."""

    certificate: bytes
    key: bytes
    renew_at: float


def can_sign(ca: Path, ca_key: Path, names: list[str], now: float) -> bool:
    """Whether there is an authority that may sign for all these names for as long as a server certificate lives."""
    try:
        certificate, key = _load(ca, ca_key)
        constraints = certificate.extensions.get_extension_for_class(x509.NameConstraints).value
    except (OSError, ValueError, TypeError, x509.ExtensionNotFound):
        return False
    permitted = {str(subtree.value) for subtree in constraints.permitted_subtrees or ()}
    wanted = {str(_subtree(name).value) for name in permitted_subtrees(names)}
    lives_on = certificate.not_valid_after_utc.timestamp() > now + _SERVER_DAYS * DAY
    return certificate.public_key() == key.public_key() and wanted <= permitted and lives_on


def make_authority(names: list[str], now: float) -> Made:
    """An authority that can sign for these names alone: whoever steals its key cannot speak for the rest of the web."""
    key = ec.generate_private_key(ec.SECP256R1())
    serial = x509.random_serial_number()
    name = x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Limen"),
            x509.NameAttribute(NameOID.COMMON_NAME, f"Limen local authority {serial % 0x1000000:06x}"),
        ]
    )
    permitted = [_subtree(subtree) for subtree in permitted_subtrees(names)]
    builder = (
        _builder(name, name, key.public_key(), serial, now, _AUTHORITY_DAYS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_key_usage(signs_certificates=True), critical=True)
        .add_extension(x509.NameConstraints(permitted, None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
    return _signed(builder, key, key, now + _AUTHORITY_DAYS * DAY)


def sign_server(ca: Path, ca_key: Path, names: list[str], now: float) -> Made:
    authority, authority_key = _load(ca, ca_key)
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Limen gateway")])
    alternative = [
        x509.IPAddress(ipaddress.ip_address(name)) if is_address(name) else x509.DNSName(name) for name in names
    ]
    serial = x509.random_serial_number()
    builder = (
        _builder(subject, authority.subject, key.public_key(), serial, now, _SERVER_DAYS)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_key_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectAlternativeName(alternative), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(authority_key.public_key()), critical=False)
    )
    return _signed(builder, key, authority_key, now + _SERVER_DAYS * DAY)


def _load(ca: Path, ca_key: Path) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
    key = load_pem_private_key(ca_key.read_bytes(), None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise ValueError(f"{ca_key}: not a key that this authority was made with")
    return x509.load_pem_x509_certificate(ca.read_bytes()), key


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, serial: int, now: float, days: int
) -> x509.CertificateBuilder:
    start = datetime.datetime.fromtimestamp(now - _CLOCK_SKEW, datetime.UTC)
    return x509.CertificateBuilder(
        issuer_name=issuer,
        subject_name=subject,
        public_key=key,
        serial_number=serial,
        not_valid_before=start,
        not_valid_after=start + datetime.timedelta(days=days),
    )


def _signed(
    builder: x509.CertificateBuilder,
    key: ec.EllipticCurvePrivateKey,
    signer: ec.EllipticCurvePrivateKey,
    not_after: float,
) -> Made:
    certificate = builder.sign(signer, hashes.SHA256()).public_bytes(Encoding.PEM)
    return Made(
        certificate,
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()),
        not_after - _CLOCK_SKEW - RENEW_BEFORE,
    )


def _subtree(name: str) -> x509.GeneralName:
    if is_address(name):
        return x509.IPAddress(ipaddress.ip_network(name))
    return x509.DNSName(name)


def _key_usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )
