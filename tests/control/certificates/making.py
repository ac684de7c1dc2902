"""Certificates as others issue them: roots, intermediates and servers', with keys and times that a test asks for."""

from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

USES = (ExtendedKeyUsageOID.SERVER_AUTH,)


class Made:
    """A certificate and its key; `issuer` signed it, else it signed itself."""

    def __init__(
        self,
        *names: str,
        issuer: "Made | None" = None,
        key: Any = None,
        days: tuple[int, int] = (-1, 30),
        is_authority: bool = False,
        uses: tuple[x509.ObjectIdentifier, ...] = USES,
        common_name: str | None = None,
    ) -> None:
        self.key = key or ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name or (names or ("Somebody",))[0])])
        now = datetime.now(UTC)
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(issuer.certificate.subject if issuer else subject)
            .public_key(self.key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now + timedelta(days=days[0]))
            .not_valid_after(now + timedelta(days=days[1]))
            .add_extension(x509.BasicConstraints(is_authority, None), critical=True)
        )
        if names and not is_authority:
            builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(name) for name in names]), False)
            builder = builder.add_extension(x509.ExtendedKeyUsage(uses), critical=False)
        self.certificate = builder.sign(issuer.key if issuer else self.key, hashes.SHA256())

    @property
    def pem(self) -> bytes:
        return self.certificate.public_bytes(Encoding.PEM)

    @property
    def key_pem(self) -> bytes:
        return bytes(self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))

    def members(self, *chain: "Made", **more: Any) -> dict[str, Any]:
        """Of ImportCertificate."""
        given = {"CertificateChain": b"".join(each.pem for each in chain)} if chain else {}
        return {"Certificate": self.pem, "PrivateKey": self.key_pem, **given, **more}


def authority(name: str = "Root", issuer: Made | None = None) -> Made:
    return Made(common_name=name, issuer=issuer, is_authority=True)
