"""Certificates of clients and of those who issue them, as mutual TLS meets them: right ones and wrong ones.

root = make_root()
issuer = make_authority(root, "Issuing")
ana = make_client(issuer, "ana")
truststore = bundle(issuer, root)
ssl_context.load_cert_chain(*ana.write(directory))
"""

import subprocess
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import TypeAlias

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from msgspec import Struct

Key: TypeAlias = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey
Use: TypeAlias = x509.ObjectIdentifier

CLIENT, SERVER = ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.SERVER_AUTH
NOW = datetime.now(UTC).replace(microsecond=0)


class Party(Struct, frozen=True):
    """Somebody with a certificate and its key."""

    certificate: x509.Certificate
    key: Key

    @property
    def der(self) -> bytes:
        """What a client shows in a handshake."""
        return self.certificate.public_bytes(Encoding.DER)

    @property
    def pem(self) -> str:
        return self.certificate.public_bytes(Encoding.PEM).decode()

    @property
    def key_pem(self) -> str:
        return self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()

    @property
    def name(self) -> x509.Name:
        return self.certificate.subject

    def write(self, directory: Path, name: str = "client") -> tuple[str, str]:
        """The paths of certificate and key."""
        paths = directory / f"{name}.pem", directory / f"{name}-key.pem"
        for path, text in zip(paths, (self.pem, self.key_pem), strict=True):
            path.write_text(text)
        return str(paths[0]), str(paths[1])


class Wish(Struct, frozen=True, kw_only=True):
    """How a certificate is to differ from one that is right; None leaves an extension out."""

    key: Key | None = None
    """None: a new one on P-256."""
    days: tuple[float, float] = (-1, 365)
    """From when until when it holds, from now on."""
    hash: hashes.HashAlgorithm | None = hashes.SHA256()
    """None where the signing key is of Ed25519."""
    is_authority: bool | None = None
    """None: without basicConstraints."""
    path_length: int | None = None
    signs: bool | None = None
    """keyUsage: True keyCertSign, False digitalSignature."""
    uses: Sequence[Use] | None = None
    extensions: Sequence[tuple[x509.ExtensionType, bool]] = ()
    """Each with whether it is critical."""
    serial: int | None = None
    has_key_identifiers: bool = True


ROOT = Wish(is_authority=True, signs=True)
LEAF = Wish(is_authority=False, signs=False, uses=(CLIENT,))


def make_root(name: str | x509.Name = "Root", wish: Wish = ROOT) -> Party:
    """Signed by itself."""
    return make(name, None, wish)


def make_authority(issuer: Party, name: str | x509.Name = "Issuing", wish: Wish = ROOT) -> Party:
    return make(name, issuer, wish)


def make_client(issuer: Party, name: str | x509.Name = "ana", wish: Wish = LEAF) -> Party:
    return make(name, issuer, wish)


def make_self_signed_client(name: str | x509.Name = "ana", wish: Wish = LEAF) -> Party:
    return make(name, None, wish)


def make_chain(length: int) -> list[Party]:
    """A client, those between it and its root, and the root: `length` certificates in all."""
    chain = [make_root()]
    for number in range(length - 2):
        chain.insert(0, make_authority(chain[0], f"Issuing {number}"))
    return [make_client(chain[0]), *chain]


def make(name: str | x509.Name, issuer: Party | None, wish: Wish) -> Party:
    key = wish.key or make_key()
    subject = name_of(name)
    signer = key if issuer is None else issuer.key
    builder = x509.CertificateBuilder(
        issuer_name=subject if issuer is None else issuer.certificate.subject,
        subject_name=subject,
        public_key=key.public_key(),
        serial_number=wish.serial or x509.random_serial_number(),
        not_valid_before=NOW + timedelta(days=wish.days[0]),
        not_valid_after=NOW + timedelta(days=wish.days[1]),
    )
    for extension, is_critical in [*_extensions(key, signer, wish), *((each, flag) for each, flag in wish.extensions)]:
        builder = builder.add_extension(extension, is_critical)
    algorithm = None if isinstance(signer, ed25519.Ed25519PrivateKey) else wish.hash
    return Party(builder.sign(signer, algorithm), key)  # type: ignore[arg-type]


def _extensions(key: Key, signer: Key, wish: Wish) -> list[tuple[x509.ExtensionType, bool]]:
    found: list[tuple[x509.ExtensionType, bool]] = []
    if wish.is_authority is not None:
        found.append((x509.BasicConstraints(wish.is_authority, wish.path_length), True))
    if wish.signs is not None:
        found.append((key_usage(signs=wish.signs), True))
    if wish.uses is not None:
        found.append((x509.ExtendedKeyUsage(list(wish.uses)), False))
    if wish.has_key_identifiers:
        found.append((x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False))
        found.append((x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), False))
    return found


def key_usage(*, signs: bool) -> x509.KeyUsage:
    others = ("content_commitment", "key_encipherment", "data_encipherment", "key_agreement", "encipher_only")
    return x509.KeyUsage(
        digital_signature=not signs,
        key_cert_sign=signs,
        crl_sign=signs,
        decipher_only=False,
        **dict.fromkeys(others, False),
    )


def name_of(name: str | x509.Name) -> x509.Name:
    """A plain text is a common name."""
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]) if isinstance(name, str) else name


def make_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


@cache
def rsa_key(bits: int, number: int = 0) -> rsa.RSAPrivateKey:
    """Made once in a run: the large ones take long. `number` tells several apart."""
    return rsa.generate_private_key(65537, bits)


def bundle(*parties: Party) -> str:
    """A truststore."""
    return "".join(party.pem for party in parties)


def make_with_openssl(issuer: Party, digest: str, directory: Path) -> Party:
    """Signed with SHA-1 or MD5, which `cryptography` no longer does."""
    key = make_key()
    client = Party(issuer.certificate, key)
    _, client_key = client.write(directory, "signed")
    issuer_certificate, issuer_key = issuer.write(directory, "issuer")
    request = ["openssl", "req", "-new", "-key", client_key, "-subj", "/CN=ana"]
    sign = [
        "openssl",
        "x509",
        "-req",
        f"-{digest}",
        "-CA",
        issuer_certificate,
        "-CAkey",
        issuer_key,
        "-set_serial",
        "7",
    ]
    requested = subprocess.run(request, capture_output=True, check=True)
    signed = subprocess.run(sign, input=requested.stdout, capture_output=True, check=True)
    return Party(x509.load_pem_x509_certificate(signed.stdout), key)


def altered(party: Party) -> bytes:
    """Its certificate with another name in it, under the same signature."""
    der = bytearray(party.der)
    common_name = party.certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value
    text = common_name if isinstance(common_name, bytes) else common_name.encode()
    at = der.rindex(text, 0, der.rindex(party.certificate.signature))
    der[at] ^= 1
    return bytes(der)
