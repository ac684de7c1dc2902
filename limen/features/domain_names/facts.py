"""What a verification asks of a certificate (RFC 5280), read once.

Slow to import, as `cryptography` is: for where a domain name has mutual TLS.
"""

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, ExtensionOID, SignatureAlgorithmOID
from msgspec import Struct

LARGEST = 16 * 1024
"""Bytes of a certificate; those of clients have one or two thousand."""

_STRONG_HASHES = frozenset({"sha256", "sha384", "sha512", "sha3-256", "sha3-384", "sha3-512"})
_WITHOUT_HASH = frozenset({SignatureAlgorithmOID.ED25519, SignatureAlgorithmOID.ED448})
_LEAST_RSA, _LEAST_CURVE = 2048, 256
_FOR_CLIENTS = frozenset({ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE})
_UNDERSTOOD = frozenset(
    {
        ExtensionOID.AUTHORITY_INFORMATION_ACCESS,
        ExtensionOID.AUTHORITY_KEY_IDENTIFIER,
        ExtensionOID.BASIC_CONSTRAINTS,
        ExtensionOID.CERTIFICATE_POLICIES,
        ExtensionOID.CRL_DISTRIBUTION_POINTS,
        ExtensionOID.EXTENDED_KEY_USAGE,
        ExtensionOID.FRESHEST_CRL,
        ExtensionOID.ISSUER_ALTERNATIVE_NAME,
        ExtensionOID.KEY_USAGE,
        ExtensionOID.NAME_CONSTRAINTS,
        ExtensionOID.SUBJECT_ALTERNATIVE_NAME,
        ExtensionOID.SUBJECT_KEY_IDENTIFIER,
    }
)
"""What may be critical: it is looked at, or says nothing on trust. Any policy is taken; revocation is not asked."""


class Facts(Struct, frozen=True, eq=False):
    """One certificate; two are the same only as objects."""

    certificate: x509.Certificate
    der: bytes
    subject: bytes
    """A name as it is encoded: names chain byte by byte, as issuers copy them."""
    issuer: bytes
    serial: int
    key_id: bytes | None
    issuer_key_id: bytes | None
    issuer_serial: int | None
    start: float
    """Seconds since 1970, as below."""
    end: float
    weakness: str
    """Why it is not believed whatever it says: `signature` or `key`; empty where both are strong."""
    is_authority: bool
    most_below: int | None
    """Authorities that may stand between it and a client; None: any number."""
    may_sign_certificates: bool
    may_sign_handshakes: bool
    is_for_clients: bool
    has_unknown: bool
    """An extension that is critical and not understood."""
    constraints: x509.NameConstraints | None
    names: tuple[x509.GeneralName, ...]

    @property
    def is_self_issued(self) -> bool:
        return self.subject == self.issuer

    def holds_at(self, now: float) -> bool:
        return self.start <= now <= self.end


def read_facts(der: bytes) -> Facts:
    """Raises ValueError for what is no certificate as RFC 5280 has it."""
    if len(der) > LARGEST:
        raise ValueError(f"larger than {LARGEST} bytes")
    try:
        return _read(x509.load_der_x509_certificate(der), der)
    except Exception as error:  # cryptography raises much more than ValueError, each for some malformed part
        raise ValueError(str(error) or type(error).__name__) from None


def _read(certificate: x509.Certificate, der: bytes) -> Facts:
    found = {extension.oid: extension for extension in certificate.extensions}
    values = {oid: extension.value for oid, extension in found.items()}
    basic, usage = values.get(ExtensionOID.BASIC_CONSTRAINTS), values.get(ExtensionOID.KEY_USAGE)
    uses = values.get(ExtensionOID.EXTENDED_KEY_USAGE)
    own_id = values.get(ExtensionOID.SUBJECT_KEY_IDENTIFIER)
    issuer_id = values.get(ExtensionOID.AUTHORITY_KEY_IDENTIFIER)
    names = values.get(ExtensionOID.SUBJECT_ALTERNATIVE_NAME)
    return Facts(
        certificate=certificate,
        der=der,
        subject=certificate.subject.public_bytes(),
        issuer=certificate.issuer.public_bytes(),
        serial=certificate.serial_number,
        key_id=own_id.digest if isinstance(own_id, x509.SubjectKeyIdentifier) else None,
        issuer_key_id=issuer_id.key_identifier if isinstance(issuer_id, x509.AuthorityKeyIdentifier) else None,
        issuer_serial=issuer_id.authority_cert_serial_number
        if isinstance(issuer_id, x509.AuthorityKeyIdentifier)
        else None,
        start=certificate.not_valid_before_utc.timestamp(),
        end=certificate.not_valid_after_utc.timestamp(),
        weakness=_find_weakness(certificate),
        is_authority=isinstance(basic, x509.BasicConstraints) and basic.ca,
        most_below=basic.path_length if isinstance(basic, x509.BasicConstraints) else None,
        may_sign_certificates=not isinstance(usage, x509.KeyUsage) or usage.key_cert_sign,
        may_sign_handshakes=not isinstance(usage, x509.KeyUsage) or usage.digital_signature or usage.key_agreement,
        is_for_clients=not isinstance(uses, x509.ExtendedKeyUsage) or not _FOR_CLIENTS.isdisjoint(uses),
        has_unknown=any(extension.critical and oid not in _UNDERSTOOD for oid, extension in found.items()),
        constraints=_constraints_of(values.get(ExtensionOID.NAME_CONSTRAINTS)),
        names=tuple(names) if isinstance(names, x509.SubjectAlternativeName) else (),
    )


def _constraints_of(value: x509.ExtensionType | None) -> x509.NameConstraints | None:
    return value if isinstance(value, x509.NameConstraints) else None


def _find_weakness(certificate: x509.Certificate) -> str:
    """Developer guide: SHA-256 or stronger, RSA-2048 or stronger, ECDSA-256 or stronger."""
    algorithm: hashes.HashAlgorithm | None = None
    if certificate.signature_algorithm_oid not in _WITHOUT_HASH:
        try:
            algorithm = certificate.signature_hash_algorithm
        except Exception:  # one that has no name here
            return "signature"
        if algorithm is None or algorithm.name not in _STRONG_HASHES:
            return "signature"
    try:
        key = certificate.public_key()
    except Exception:  # as above
        return "key"
    return "" if _is_strong(key) else "key"


def _is_strong(key: object) -> bool:
    if isinstance(key, rsa.RSAPublicKey):
        return key.key_size >= _LEAST_RSA
    if isinstance(key, ec.EllipticCurvePublicKey):
        return key.curve.key_size >= _LEAST_CURVE
    return isinstance(key, ed25519.Ed25519PublicKey | ed448.Ed448PublicKey)
