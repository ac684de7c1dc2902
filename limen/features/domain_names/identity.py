"""A certificate as API Gateway shows it: in `$context.identity.clientCert`, and in events of functions."""

from datetime import datetime

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from limen.gateway.client_certificate import ClientCertificate

_SHORT_NAMES = {
    NameOID.EMAIL_ADDRESS: "emailAddress",
    NameOID.SERIAL_NUMBER: "serialNumber",
    NameOID.SURNAME: "SN",
    NameOID.GIVEN_NAME: "GN",
    NameOID.TITLE: "title",
    NameOID.ORGANIZATION_IDENTIFIER: "organizationIdentifier",
}
"""Attributes that RFC 4514 has no name for, by those of OpenSSL; any other is shown by its number."""
_CONTROLS = {
    code: "".join(f"\\{byte:02X}" for byte in chr(code).encode()) for code in (*range(0x20), *range(0x7F, 0xA0))
}
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def read_identity(certificate: x509.Certificate) -> ClientCertificate:
    """Raises ValueError where a name in it cannot be read."""
    return ClientCertificate(
        pem=certificate.public_bytes(Encoding.PEM).decode(),
        subject_dn=show_name(certificate.subject),
        issuer_dn=show_name(certificate.issuer),
        serial_number=show_serial(certificate.serial_number),
        not_before=show_time(certificate.not_valid_before_utc),
        not_after=show_time(certificate.not_valid_after_utc),
    )


def show_name(name: x509.Name) -> str:
    """RFC 4514: `CN=client,O=Shop,C=SE`, on one line whatever is in it."""
    return name.rfc4514_string(_SHORT_NAMES).translate(_CONTROLS)


def show_serial(number: int) -> str:
    """Bytes as pairs: `a1:0c`."""
    digits = f"{abs(number):x}"
    digits = digits.zfill(len(digits) + len(digits) % 2)
    sign = "-" if number < 0 else ""
    return sign + ":".join(digits[at : at + 2] for at in range(0, len(digits), 2))


def show_time(at: datetime) -> str:
    """As OpenSSL does, in English whatever the locale: `May  8 12:30:02 2019 GMT`."""
    return f"{_MONTHS[at.month - 1]} {at.day:2} {at.hour:02}:{at.minute:02}:{at.second:02} {at.year} GMT"
