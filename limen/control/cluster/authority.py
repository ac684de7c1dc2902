"""The certificate authority of a cluster: made once, kept sealed in the store, opened by every node with the key.

Whoever has the key can sign; so no node needs to be let in by another. A node signs a certificate for itself at each
start of its process, which other nodes check by its id.
"""

import os
import ssl
import time
from pathlib import Path

import msgspec
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from msgspec import Struct

from limen.aws.sealing import Seal
from limen.control.cluster.joining import CLUSTER
from limen.downstream.issuing import Signer, Validity, issue_authority, issue_certificate
from limen.store.secrets import add_secret, get_secret
from limen.store.store import Store

AUTHORITY = "authority"
DOMAIN = "limen.cluster"
"""What the names of nodes end with in their certificates: the authority can sign for nothing else."""
_AUTHORITY_DAYS = 3_650
_NODE_DAYS = 397


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
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Limen cluster authority")])
    validity = Validity.of_days(_AUTHORITY_DAYS, time.time())
    made = issue_authority(name, [x509.DNSName(DOMAIN)], validity)
    return ClusterAuthority(made.certificate.decode(), made.key.decode())


def sign_node(authority: ClusterAuthority, node_id: str, directory: Path) -> NodeIdentity:
    """Writes what the node shows to others into `directory`, in place of what was there."""
    signer = Signer.load(authority.certificate.encode(), authority.key.encode())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, node_id)])
    names = [x509.DNSName(name_of(node_id))]
    uses = [ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]
    made = issue_certificate(signer, subject, names, uses, Validity.of_days(_NODE_DAYS, time.time()))
    identity = NodeIdentity(directory / "node.pem", directory / "ca.pem")
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    _write(identity.certificate, (made.key + made.certificate).decode())
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


def _write(path: Path, content: str) -> None:
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    temporary.unlink(missing_ok=True)
    with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(content)
    temporary.replace(path)
