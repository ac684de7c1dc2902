"""Makes the local authority and what it signs; imported by `authority` only when one must be made."""

import ipaddress
from pathlib import Path

from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from limen.downstream.authority import DAY
from limen.downstream.authority_files import own_authority
from limen.downstream.issuing import Issued, Signer, Validity, issue_authority, issue_certificate
from limen.downstream.server_names import RESERVED, is_address, permitted_subtrees

_AUTHORITY_DAYS = 3_650
_SERVER_DAYS = 397
"""The longest that browsers accept."""


def can_sign(ca: Path, ca_key: Path, names: list[str], now: float) -> bool:
    """Whether there is an authority that may sign for all these names, and for domain names that are reserved, for as
    long as a server certificate lives."""
    try:
        signer = _load(ca, ca_key)
        constraints = signer.certificate.extensions.get_extension_for_class(x509.NameConstraints).value
    except (OSError, ValueError, TypeError, x509.ExtensionNotFound):
        return False
    permitted = {str(subtree.value) for subtree in constraints.permitted_subtrees or ()}
    wanted = {str(_subtree(name).value) for name in permitted_subtrees([*names, *RESERVED])}
    lives_on = signer.certificate.not_valid_after_utc.timestamp() > now + _SERVER_DAYS * DAY
    return signer.certificate.public_key() == signer.key.public_key() and wanted <= permitted and lives_on


def make_authority(names: list[str], now: float) -> Issued:
    """An authority that can sign for these names alone: whoever steals its key cannot speak for the rest of the web."""
    serial = x509.random_serial_number()
    name = x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Limen"),
            x509.NameAttribute(NameOID.COMMON_NAME, f"Limen local authority {serial % 0x1000000:06x}"),
        ]
    )
    permitted = [_subtree(subtree) for subtree in permitted_subtrees([*names, *RESERVED])]
    return issue_authority(name, permitted, Validity.of_days(_AUTHORITY_DAYS, now), serial)


def sign_server(ca: Path, ca_key: Path, names: list[str], now: float) -> Issued:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Limen gateway")])
    alternative = [
        x509.IPAddress(ipaddress.ip_address(name)) if is_address(name) else x509.DNSName(name) for name in names
    ]
    uses = [ExtendedKeyUsageOID.SERVER_AUTH]
    return issue_certificate(_load(ca, ca_key), subject, alternative, uses, Validity.of_days(_SERVER_DAYS, now))


def _load(ca: Path, ca_key: Path) -> Signer:
    return Signer.load(own_authority(ca.read_bytes()), ca_key.read_bytes())


def _subtree(name: str) -> x509.GeneralName:
    if is_address(name):
        return x509.IPAddress(ipaddress.ip_network(name))
    return x509.DNSName(name)
