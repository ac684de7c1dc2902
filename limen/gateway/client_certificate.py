"""Who a client is by its certificate (mutual TLS of custom domain names)."""

from msgspec import Struct


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
