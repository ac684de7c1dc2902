"""The authorities that sign for domain names, kept in the store: all nodes of a cluster have the same.

For names that nobody has on the web it is the authority of a data directory, of the node that needed one first; on one
machine it is what `limen trust` installed. For any others one is made that may sign for them alone: whoever steals its
key cannot speak for the rest of the web.
"""

import logging
import time
from collections.abc import Sequence
from pathlib import Path

from cryptography import x509
from cryptography.x509.oid import NameOID
from msgspec import Struct

from limen.control.call import ControlSettings
from limen.control.certificates.documents import AUTHORITY, EVERYWHERE
from limen.downstream.authority_files import CA, CA_KEY, add_authorities, own_authority
from limen.downstream.issuing import Signer, Validity, issue_authority
from limen.downstream.server_names import is_permitted, permitted_subtrees
from limen.store.documents import Document
from limen.store.transaction import Transaction

log = logging.getLogger("limen.control")

AUTHORITY_DAYS = 3_650
DAY = 86_400.0
_LONGEST_NAME = 64
"""Characters of a common name (RFC 5280, ub-common-name)."""


class DomainAuthority(Struct, frozen=True):
    """`key`: of its document."""

    key: str
    signer: Signer
    certificate: str


def authority_for(
    documents: Transaction, settings: ControlSettings, names: Sequence[str], until: float
) -> DomainAuthority:
    """One that may sign for all of these names and lives until then, in seconds since 1970; made where there is none.

    Who has just been answered may connect at once: it stands in our `ca.pem` before the transaction is committed.
    """
    for key, document in documents.list(AUTHORITY, EVERYWHERE):
        if _may_sign(document, names, until):
            found = _open(settings, key, document)
            if found is not None:
                return found
    pair = _own_pair(settings.issuing)
    local = None if pair is None else _document_of(settings, *pair)
    if local is not None and _may_sign(local[1], names, until):
        key, document = local
    else:
        key, document = _document_of(settings, *_make(names, settings.clock.now()))
        log.warning(
            "made an authority that may sign for %s alone; it is in ca.pem: limen trust installs it",
            ", ".join(document["permitted"]),
        )
    documents.put(AUTHORITY, EVERYWHERE, key, document)
    if settings.issuing is not None:
        add_authorities(settings.issuing, [document["certificate"].encode()])
    opened = _open(settings, key, document)
    assert opened is not None
    return opened


def validity_from(now: float, days: int) -> Validity:
    """A clock that was moved ahead does not make it begin later: clients have the time that they have."""
    return Validity(Validity.of_days(days, min(now, time.time())).start, Validity.of_days(days, now).end)


def _may_sign(document: Document, names: Sequence[str], until: float) -> bool:
    permitted = document["permitted"]
    return bool(document["ends"] > until) and all(is_permitted(name.lower(), permitted) for name in names)


def _open(settings: ControlSettings, key: str, document: Document) -> DomainAuthority | None:
    """None for one that was sealed under another key file."""
    opened = settings.secrets_seal.open(document["_sealed"], _about(key))
    if opened is None:
        return None
    certificate: str = document["certificate"]
    return DomainAuthority(key, Signer.load(certificate.encode(), opened), certificate)


def _document_of(settings: ControlSettings, certificate: bytes, private_key: bytes) -> tuple[str, Document]:
    loaded = x509.load_pem_x509_certificate(certificate)
    key = f"{loaded.serial_number:x}"
    constraints = loaded.extensions.get_extension_for_class(x509.NameConstraints).value
    permitted = [each.value for each in constraints.permitted_subtrees or () if isinstance(each, x509.DNSName)]
    return key, {
        "permitted": permitted,
        "certificate": certificate.decode("ascii"),
        "begins": loaded.not_valid_before_utc.timestamp(),
        "ends": loaded.not_valid_after_utc.timestamp(),
        "_sealed": settings.secrets_seal.close(private_key, _about(key)),
    }


def _own_pair(directory: Path | None) -> tuple[bytes, bytes] | None:
    """Certificate and key of the authority of a data directory; None where they cannot be used."""
    if directory is None:
        return None
    try:
        certificate, key = own_authority((directory / CA).read_bytes()), (directory / CA_KEY).read_bytes()
        signer = Signer.load(certificate, key)
        signer.certificate.extensions.get_extension_for_class(x509.NameConstraints)
    except (OSError, ValueError, TypeError, x509.ExtensionNotFound):
        return None
    return (certificate, key) if signer.certificate.public_key() == signer.key.public_key() else None


def _make(names: Sequence[str], now: float) -> tuple[bytes, bytes]:
    subtrees = permitted_subtrees([name.lower() for name in names])
    serial = x509.random_serial_number()
    ending = f" {serial % 0x1000000:06x}"
    common = f"Limen authority for {subtrees[0]}"[: _LONGEST_NAME - len(ending)] + ending
    name = x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Limen"),
            x509.NameAttribute(NameOID.COMMON_NAME, common),
        ]
    )
    made = issue_authority(name, [x509.DNSName(each) for each in subtrees], validity_from(now, AUTHORITY_DAYS), serial)
    return made.certificate, made.key


def _about(key: str) -> str:
    return f"authority {key}"
