"""Who a client is by its certificate (mutual TLS of custom domain names)."""

from collections.abc import Callable

from msgspec import Struct

from limen.gateway.exchange import Exchange


class ClientCertificate(Struct, frozen=True):
    """A certificate that a client showed and holds the key of, in the words of `$context.identity.clientCert`."""

    pem: str
    subject_dn: str
    issuer_dn: str
    serial_number: str
    not_before: str
    """As OpenSSL writes it: `May 28 12:30:02 2019 GMT`."""
    not_after: str

    def describe(self) -> dict[str, object]:
        """As events of functions show it."""
        return {
            "clientCertPem": self.pem,
            "subjectDN": self.subject_dn,
            "issuerDN": self.issuer_dn,
            "serialNumber": self.serial_number,
            "validity": {"notBefore": self.not_before, "notAfter": self.not_after},
        }


def certificate_of(exchange: Exchange) -> ClientCertificate | None:
    """Whose certificate the domain name of a request asked for; None where it has no mutual TLS."""
    domain = exchange.domain
    return None if domain is None else domain.certificate


def on_one_line(pem: str) -> str:
    """For a header, which has no other lines: spaces in their place, as backends behind Apache httpd know it."""
    return pem.strip().replace("\n", " ")


def _reader(read: Callable[[ClientCertificate], str]) -> Callable[[Exchange], str | None]:
    def read_certificate(exchange: Exchange) -> str | None:
        certificate = certificate_of(exchange)
        return None if certificate is None else read(certificate)

    return read_certificate


PEM = "identity.clientCert.clientCertPem"

CERTIFICATE_VARIABLES: dict[str, Callable[[Exchange], str | None]] = {
    "clientCertPem": _reader(lambda certificate: certificate.pem),
    "subjectDN": _reader(lambda certificate: certificate.subject_dn),
    "issuerDN": _reader(lambda certificate: certificate.issuer_dn),
    "serialNumber": _reader(lambda certificate: certificate.serial_number),
    "validity.notBefore": _reader(lambda certificate: certificate.not_before),
    "validity.notAfter": _reader(lambda certificate: certificate.not_after),
}
"""By their names below `$context.identity.clientCert`."""
