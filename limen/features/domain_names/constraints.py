"""Name constraints of authorities (RFC 5280, 4.2.1.10): for which names the certificates below one may be.

A kind of name that is constrained and not understood here is a violation.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from ipaddress import IPv4Network, IPv6Network
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.x509.oid import NameOID

from limen.features.domain_names.facts import Facts

VIOLATION = "name constraints of an issuer do not permit it"
MOST_COMPARISONS = 65_536
"""Of one constraint with the names of one certificate."""

_HOST = re.compile(r"[A-Za-z0-9_*-]+(?:\.[A-Za-z0-9_-]+)+\.?")


def find_violation(path: list[Facts]) -> str:
    """`path`: from a client's certificate to its root. Empty where every name is permitted."""
    for position, issuer in enumerate(path):
        if issuer.constraints is not None:
            for below in path[:position]:
                is_client = below is path[0]
                if (is_client or not below.is_self_issued) and not _permits(issuer.constraints, below, is_client):
                    return VIOLATION
    return ""


def _permits(constraints: x509.NameConstraints, facts: Facts, is_client: bool) -> bool:
    permitted, excluded = constraints.permitted_subtrees or [], constraints.excluded_subtrees or []
    try:
        names = list(_names_of(facts, is_client))
        if len(names) * (len(permitted) + len(excluded)) > MOST_COMPARISONS:
            return False
        return all(_is_permitted(name, permitted) and not _is_within(name, excluded) for name in names)
    except ValueError:
        return False


def _names_of(facts: Facts, is_client: bool) -> Iterator[x509.GeneralName]:
    """Of its extension, and those that a subject holds in older customs: mailboxes, and a host as common name."""
    yield from facts.names
    has_hosts = any(isinstance(name, x509.DNSName) for name in facts.names)
    subject = facts.certificate.subject
    if len(subject.rdns):
        yield x509.DirectoryName(subject)
    for attribute in subject:
        if attribute.oid == NameOID.EMAIL_ADDRESS:
            yield x509.RFC822Name(str(attribute.value))
        elif attribute.oid == NameOID.COMMON_NAME and is_client and not has_hosts and _is_host(attribute.value):
            yield x509.DNSName(str(attribute.value))


def _is_host(value: str | bytes) -> bool:
    return isinstance(value, str) and _HOST.fullmatch(value) is not None


def _is_permitted(name: x509.GeneralName, subtrees: Iterable[x509.GeneralName]) -> bool:
    of_kind = [subtree for subtree in subtrees if type(subtree) is type(name)]
    return not of_kind or _is_within(name, of_kind)


def _is_within(name: x509.GeneralName, subtrees: Iterable[x509.GeneralName]) -> bool:
    """Raises ValueError for a kind of name that is not understood."""
    return any(_lies_within(name, subtree) for subtree in subtrees if type(subtree) is type(name))


def _lies_within(name: x509.GeneralName, subtree: x509.GeneralName) -> bool:
    lies = _KINDS.get(type(name))
    if lies is None:
        raise ValueError(f"{type(name).__name__} is constrained")
    return lies(name.value, subtree.value)


def _host_lies_within(name: str, subtree: str) -> bool:
    """A host, or those below it; with a dot in front those below it alone."""
    name, subtree = name.lower().rstrip("."), subtree.lower().rstrip(".")
    if not subtree or name == subtree:
        return True
    return name.endswith(subtree if subtree.startswith(".") else f".{subtree}")


def _is_host_of(name: str, subtree: str) -> bool:
    """That host alone; with a dot in front those below it."""
    if subtree.startswith("."):
        return _host_lies_within(name, subtree)
    return name.lower().rstrip(".") == subtree.lower().rstrip(".")


def _mailbox_lies_within(name: str, subtree: str) -> bool:
    local, at, host = name.rpartition("@")
    if not at:
        raise ValueError("no mailbox")
    wanted, is_mailbox, wanted_host = subtree.rpartition("@")
    if is_mailbox:
        return local == wanted and _is_host_of(host, wanted_host)
    return not subtree or _is_host_of(host, subtree)


def _uri_lies_within(name: str, subtree: str) -> bool:
    host = urlsplit(name).hostname
    if not host or not _HOST.fullmatch(host) or host.rpartition(".")[2].isdigit():
        raise ValueError("no URI with a host")
    return _is_host_of(host, subtree)


def _address_lies_within(name: object, subtree: object) -> bool:
    if not isinstance(subtree, IPv4Network | IPv6Network) or isinstance(name, IPv4Network | IPv6Network):
        raise ValueError("no address and network")
    return name in subtree


def _directory_lies_within(name: x509.Name, subtree: x509.Name) -> bool:
    above = [_plain(part) for part in subtree.rdns]
    return [_plain(part) for part in name.rdns[: len(above)]] == above


def _plain(part: x509.RelativeDistinguishedName) -> frozenset[tuple[str, str]]:
    """As names are compared: case and spaces mean nothing."""
    return frozenset((each.oid.dotted_string, " ".join(str(each.value).casefold().split())) for each in part)


_KINDS: dict[type[x509.GeneralName], Callable[..., bool]] = {
    x509.DNSName: _host_lies_within,
    x509.RFC822Name: _mailbox_lies_within,
    x509.UniformResourceIdentifier: _uri_lies_within,
    x509.IPAddress: _address_lies_within,
    x509.DirectoryName: _directory_lies_within,
}
