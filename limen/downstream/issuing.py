"""Issues certificates of authorities of our own (RFC 5280): P-256 keys where nobody asks for others, and no more rights
than each needs.

Slow to import, as `cryptography` is: for when one must be made.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import TypeAlias

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key
from msgspec import Struct

PrivateKey: TypeAlias = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey

_CLOCK_SKEW = timedelta(hours=1)
"""How far the clocks of those who verify may be behind."""


class Validity(Struct, frozen=True):
    """From when until when a certificate holds."""

    start: datetime
    end: datetime

    @staticmethod
    def of_days(days: int, now: float) -> "Validity":
        """`now`: in seconds since 1970."""
        start = datetime.fromtimestamp(now, UTC) - _CLOCK_SKEW
        return Validity(start, start + timedelta(days=days))


class Issued(Struct, frozen=True):
    """A certificate and its key as PEM, and when it ends, in seconds since 1970."""

    certificate: bytes
    key: bytes
    end: float


class Signer(Struct, frozen=True):
    """An authority that may sign."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    @staticmethod
    def load(certificate: bytes, key: bytes) -> "Signer":
        """Both as PEM. Raises ValueError, or TypeError for a key with a password."""
        loaded = load_pem_private_key(key, None)
        if not isinstance(loaded, ec.EllipticCurvePrivateKey):
            raise ValueError("not a key that an authority was made with here")
        return Signer(x509.load_pem_x509_certificate(certificate), loaded)


def issue_authority(
    name: x509.Name, permitted: Sequence[x509.GeneralName], validity: Validity, serial: int | None = None
) -> Issued:
    """One that can sign for `permitted` alone, and can make no other authority."""
    key = ec.generate_private_key(ec.SECP256R1())
    builder = (
        _builder(name, name, key.public_key(), validity, serial)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_key_usage(signs_certificates=True), critical=True)
        .add_extension(x509.NameConstraints(permitted, None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
    return _signed(builder, key, key, validity)


def issue_certificate(
    signer: Signer,
    subject: x509.Name,
    names: Sequence[x509.GeneralName],
    uses: Sequence[x509.ObjectIdentifier],
    validity: Validity,
    key: PrivateKey | None = None,
) -> Issued:
    """One for who answers by `names`, with a new key or this; `uses` are extended key usages."""
    key = key or ec.generate_private_key(ec.SECP256R1())
    issuer_key = signer.key.public_key()
    builder = (
        _builder(subject, signer.certificate.subject, key.public_key(), validity)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_key_usage(is_rsa=isinstance(key, rsa.RSAPrivateKey)), critical=True)
        .add_extension(x509.ExtendedKeyUsage(uses), critical=False)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key), critical=False)
    )
    return _signed(builder, key, signer.key, validity)


def _builder(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePublicKey | rsa.RSAPublicKey,
    validity: Validity,
    serial: int | None = None,
) -> x509.CertificateBuilder:
    return x509.CertificateBuilder(
        issuer_name=issuer,
        subject_name=subject,
        public_key=key,
        serial_number=x509.random_serial_number() if serial is None else serial,
        not_valid_before=validity.start,
        not_valid_after=validity.end,
    )


def _key_usage(*, signs_certificates: bool = False, is_rsa: bool = False) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        content_commitment=False,
        key_encipherment=is_rsa,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _signed(
    builder: x509.CertificateBuilder,
    key: PrivateKey,
    signer: ec.EllipticCurvePrivateKey,
    validity: Validity,
) -> Issued:
    return Issued(
        builder.sign(signer, hashes.SHA256()).public_bytes(Encoding.PEM),
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()),
        validity.end.timestamp(),
    )
