"""The certificate authority of a cluster: made once, kept sealed in the store, opened by every node with the key.

Whoever has the key can sign; so no node needs to be let in by another. A node signs a certificate for itself at each
start of its process, which other nodes check by its id.
"""

import datetime
import os
import ssl
from pathlib import Path

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from msgspec import Struct

from limen.aws.sealing import Seal
from limen.control.cluster.joining import CLUSTER
from limen.store.secrets import add_secret, get_secret
from limen.store.store import Store

AUTHORITY = "authority"
DOMAIN = "limen.cluster"
"""What the names of nodes end with in their certificates: the authority can sign for nothing else."""
_AUTHORITY_DAYS = 3_650
_NODE_DAYS = 397
_CLOCK_SKEW = datetime.timedelta(hours=1)


class ClusterAuthority(Struct, frozen=True):
    """Both as PEM."""

    certificate: str
    key: str

    def __repr__(self) -> str:
        return "ClusterAuthority(...)"


class NodeIdentity(Struct, frozen=True):
    """Paths of what this node shows, and of whom it trusts."""

    certificate: Path
    """With its key."""
    authority: Path


def name_of(node_id: str) -> str:
    return f"{node_id}.{DOMAIN}"


def open_authority(store: Store, key: bytes) -> ClusterAuthority:
    """That of the cluster, made by the node that asks first."""
    seal = Seal(key, CLUSTER)
    sealed = get_secret(store, AUTHORITY)
    if sealed is None:
        sealed = add_secret(store, AUTHORITY, seal.close(msgspec.json.encode(make_authority()), AUTHORITY))
    opened = seal.open(sealed, AUTHORITY)
    if opened is None:
        raise ValueError("the authority of the cluster was sealed with another key")
    return msgspec.json.decode(opened, type=ClusterAuthority)


def make_authority() -> ClusterAuthority:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Limen cluster authority")])
    builder = (
        _builder(name, name, key.public_key(), _AUTHORITY_DAYS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_key_usage(signs=True), critical=True)
        .add_extension(x509.NameConstraints([x509.DNSName(DOMAIN)], None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
    return ClusterAuthority(_pem(builder.sign(key, hashes.SHA256())), _key_pem(key))


def sign_node(authority: ClusterAuthority, node_id: str, directory: Path) -> NodeIdentity:
    """Writes what the node shows to others into `directory`, in place of what was there."""
    issuer = x509.load_pem_x509_certificate(authority.certificate.encode())
    issuer_key = load_pem_private_key(authority.key.encode(), None)
    assert isinstance(issuer_key, ec.EllipticCurvePrivateKey)
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, node_id)])
    uses = [ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]
    builder = (
        _builder(subject, issuer.subject, key.public_key(), _NODE_DAYS)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_key_usage(signs=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage(uses), critical=False)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name_of(node_id))]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), critical=False)
    )
    identity = NodeIdentity(directory / "node.pem", directory / "ca.pem")
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    _write(identity.certificate, _key_pem(key) + _pem(builder.sign(issuer_key, hashes.SHA256())))
    _write(identity.authority, authority.certificate)
    return identity


def context_for(identity: NodeIdentity, side: ssl._SSLMethod) -> ssl.SSLContext:
    """`side`: PROTOCOL_TLS_SERVER or PROTOCOL_TLS_CLIENT. Both ends show a certificate of this cluster."""
    context = ssl.SSLContext(side)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.load_verify_locations(identity.authority)
    context.load_cert_chain(identity.certificate)
    context.verify_mode = ssl.CERT_REQUIRED
    context.set_alpn_protocols(["http/1.1"])
    return context


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, days: int
) -> x509.CertificateBuilder:
    now = datetime.datetime.now(datetime.UTC)
    return x509.CertificateBuilder(
        issuer_name=issuer,
        subject_name=subject,
        public_key=key,
        serial_number=x509.random_serial_number(),
        not_valid_before=now - _CLOCK_SKEW,
        not_valid_after=now + datetime.timedelta(days=days),
    )


def _key_usage(*, signs: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs,
        key_cert_sign=signs,
        crl_sign=signs,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(Encoding.PEM).decode()


def _key_pem(key: ec.EllipticCurvePrivateKey) -> str:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def _write(path: Path, content: str) -> None:
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    temporary.unlink(missing_ok=True)
    with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(content)
    temporary.replace(path)
