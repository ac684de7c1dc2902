"""Reads what somebody brings: a certificate, its private key and its chain, all PEM, checked as ACM says it does.

https://docs.aws.amazon.com/acm/latest/userguide/import-certificate-prerequisites.html
"""

from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key
from msgspec import Struct

from limen.control.certificates.errors import invalid
from limen.control.certificates.facts import key_algorithm, names_of
from limen.downstream.authority_files import split_certificates

LARGEST_KEY = 5_120
"""Bytes of a private key's PEM."""
LONGEST_CHAIN = 20
"""Certificates; each costs a signature to check."""
KEY_ALGORITHMS = ("RSA_1024", "RSA_2048", "RSA_3072", "RSA_4096", "EC_prime256v1", "EC_secp384r1", "EC_secp521r1")


class Brought(Struct, frozen=True):
    certificate: x509.Certificate
    certificate_pem: str
    chain_pem: str
    key_pem: bytes
    """PKCS #8, unencrypted."""

    def __repr__(self) -> str:
        return "Brought(...)"


def read_brought(members: dict[str, Any], now: float) -> Brought:
    """Raises ValidationException. `now`: seconds since 1970."""
    certificate = _read_certificate(members["Certificate"])
    key = _read_key(members["PrivateKey"])
    _check_certificate(certificate, now)
    if certificate.public_key() != key.public_key():
        raise invalid("The private key does not match the certificate: it belongs to another public key.")
    chain = _read_chain(members.get("CertificateChain") or b"")
    _check_chain(certificate, chain)
    return Brought(
        certificate,
        _pem(certificate),
        "".join(_pem(each) for each in chain),
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()),
    )


def _read_certificate(pem: bytes) -> x509.Certificate:
    parts = split_certificates(pem)
    if len(parts) > 1:
        raise invalid(
            "The certificate field contains more than one certificate. You can specify only one certificate in this "
            "field."
        )
    if not parts:
        raise invalid("The certificate is not valid: it must be one certificate, PEM-encoded.")
    return _load(parts[0], "certificate")


def _read_chain(pem: bytes) -> list[x509.Certificate]:
    parts = split_certificates(pem)
    if pem.strip() and not parts:
        raise invalid("The certificate chain is not valid: it must be certificates, PEM-encoded.")
    if len(parts) > LONGEST_CHAIN:
        raise invalid(f"The certificate chain has {len(parts)} certificates; it may have {LONGEST_CHAIN}.")
    return [_load(part, "certificate chain") for part in parts]


def _load(pem: bytes, what: str) -> x509.Certificate:
    try:
        certificate = x509.load_pem_x509_certificate(pem)
        certificate.extensions  # noqa: B018 - parsed when it is asked for
        certificate.public_key()
        certificate.subject, certificate.issuer  # noqa: B018
        certificate.signature_hash_algorithm  # noqa: B018
    except Exception as error:  # cryptography raises much more than ValueError, each for some malformed part
        raise invalid(f"The {what} is not valid: {error}") from None
    return certificate


def _read_key(pem: bytes) -> ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey:
    if len(pem) > LARGEST_KEY:
        raise invalid(f"The private key must be no larger than {LARGEST_KEY} bytes.")
    try:
        key = load_pem_private_key(pem, None)
    except TypeError:
        raise invalid("The private key must be unencrypted: it is protected by a passphrase.") from None
    except (ValueError, UnsupportedAlgorithm):  # whose message could tell of the key
        raise invalid("The private key is not valid: it must be one private key, PEM-encoded.") from None
    if not isinstance(key, ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey):
        raise invalid("The private key is not supported.")
    return key


def _check_certificate(certificate: x509.Certificate, now: float) -> None:
    algorithm = key_algorithm(certificate.public_key())
    if algorithm not in KEY_ALGORITHMS:
        shown = algorithm or type(certificate.public_key()).__name__.removeprefix("_").removesuffix("PublicKey")
        raise invalid(f"The key algorithm {shown} is not supported; it must be one of {', '.join(KEY_ALGORITHMS)}.")
    moment = datetime.fromtimestamp(now, UTC)
    if certificate.not_valid_after_utc <= moment:
        raise invalid(f"The certificate has expired: it was valid until {certificate.not_valid_after_utc:%Y-%m-%d}.")
    if certificate.not_valid_before_utc > moment:
        raise invalid(f"The certificate is not valid yet: it begins on {certificate.not_valid_before_utc:%Y-%m-%d}.")
    if certificate.version is not x509.Version.v3:
        raise invalid("The certificate must be an X.509 certificate of version 3.")
    if not list(certificate.issuer):
        raise invalid("The certificate must name its issuer.")
    if not names_of(certificate):
        raise invalid("The certificate must be for at least one domain name.")
    if certificate.serial_number <= 0:
        raise invalid("The certificate must have a serial number above zero.")


def _check_chain(certificate: x509.Certificate, chain: list[x509.Certificate]) -> None:
    if not chain:
        if not _is_issued_by(certificate, certificate):
            raise invalid(
                "Provided certificate is not a valid self signed. Please provide either a valid self-signed "
                "certificate or certificate chain."
            )
        return
    if not _is_issued_by(certificate, chain[0]):
        raise invalid("Could not validate the certificate with the certificate chain.")
    for index, (each, issuer) in enumerate(pairwise(chain), 1):
        if not _is_issued_by(each, issuer):
            raise invalid(
                "Unable to validate certificate chain. The certificate chain must start with the immediate signing "
                "certificate, followed by any intermediaries in order. The index within the chain of the invalid "
                f"certificate is: {index}"
            )


def _is_issued_by(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(issuer)
    except Exception:  # InvalidSignature, and others for keys and algorithms that do not fit together
        return False
    return True


def _pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(Encoding.PEM).decode("ascii")
