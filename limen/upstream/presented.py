"""What is checked of a backend's certificate where an integration sets `insecureSkipVerification` (API reference,
TlsConfig): that it is valid today and that it carries the host's name. Who issued it is not: a self-signed one passes,
and one of a private authority, whether or not the backend sends the authority's own certificate along.
"""

import ipaddress
from collections.abc import Iterator
from datetime import UTC, datetime

from cryptography import x509
from cryptography.x509.oid import NameOID


def find_flaw(encoded: bytes | None, name: str, now: datetime | None = None) -> str | None:
    """Why a certificate (DER) is not accepted from a backend that is called `name`; None where it is."""
    if not encoded:
        return "the backend presented none"
    now = now or datetime.now(UTC)
    try:
        certificate = x509.load_der_x509_certificate(encoded)
        if now < certificate.not_valid_before_utc:
            return "certificate is not yet valid"
        if now > certificate.not_valid_after_utc:
            return "certificate has expired"
        if not _carries(certificate, name):
            return f"certificate is not valid for {name!r}"
    except ValueError as error:
        return f"certificate cannot be read: {error}"
    return None


def _carries(certificate: x509.Certificate, name: str) -> bool:
    try:
        alternatives = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        alternatives = None
    address = _address(name)
    if address is not None:
        return alternatives is not None and address in alternatives.get_values_for_type(x509.IPAddress)
    names = list(alternatives.get_values_for_type(x509.DNSName)) if alternatives is not None else []
    return any(_matches(pattern, name) for pattern in names or _common_names(certificate))


def _common_names(certificate: x509.Certificate) -> Iterator[str]:
    """Where no alternative name is a host's, as OpenSSL does: certificates of old backends have nothing else."""
    for attribute in certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME):
        if isinstance(attribute.value, str):
            yield attribute.value


def _matches(pattern: str, name: str) -> bool:
    """A `*` stands for one whole label, the first (RFC 6125, section 6.4.3)."""
    pattern, name = pattern.lower().rstrip("."), name.lower().rstrip(".")
    if pattern == name:
        return True
    first, _, rest = name.partition(".")
    return bool(first) and "." in rest and pattern == f"*.{rest}"


def _address(name: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(name)
    except ValueError:
        return None
